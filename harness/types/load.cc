#include "harness/types/load.h"

#include <array>
#include <utility>

#include "harness/base/json.h"

namespace assay {
namespace {

constexpr std::array<std::pair<LoadKind, std::string_view>, 7> kKinds{{
    {LoadKind::kClosed, "closed"},
    {LoadKind::kConstant, "constant"},
    {LoadKind::kPoisson, "poisson"},
    {LoadKind::kGamma, "gamma"},
    {LoadKind::kRamp, "ramp"},
    {LoadKind::kTrace, "trace"},
    {LoadKind::kBurst, "burst"},
}};
constexpr std::string_view kWhere = "load";

Json spread_to_json(const Spread& spread) {
  return {{"n", spread.n}, {"p50", spread.p50}, {"p99", spread.p99}, {"max", spread.max}};
}

// Members that are absent or of another type keep the default: files of later versions stay
// readable, and hostile ones give nothing worse than defaults.
void read(const Json& object, const char* key, double& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_number()) out = member->get<double>();
}
void read(const Json& object, const char* key, bool& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_boolean()) out = member->get<bool>();
}
void read(const Json& object, const char* key, std::string& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_string()) out = member->get<std::string>();
}
void read(const Json& object, const char* key, int64_t& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_number_integer()) out = member->get<int64_t>();
}
void read(const Json& object, const char* key, uint64_t& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_number_unsigned()) out = member->get<uint64_t>();
}
void read(const Json& object, const char* key, uint32_t& out) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number_unsigned()) return;
  const auto value = member->get<uint64_t>();
  if (value <= UINT32_MAX) out = static_cast<uint32_t>(value);
}
void read(const Json& object, const char* key, std::optional<double>& out) {
  const Json* member = find_member(object, key);
  if (member != nullptr && member->is_number()) out = member->get<double>();
}
void read(const Json& object, const char* key, Spread& out) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_object()) return;
  read(*member, "n", out.n);
  read(*member, "p50", out.p50);
  read(*member, "p99", out.p99);
  read(*member, "max", out.max);
}
void read(const Json& object, const char* key, std::vector<std::string>& out) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_array()) return;
  for (const Json& element : *member)
    if (element.is_string()) out.push_back(element.get<std::string>());
}

Json instrument_to_json(const InstrumentUse& use) {
  return {{"loops", use.loops},
          {"kernel_stamps", use.kernel_stamps},
          {"timer_late_s", spread_to_json(use.timer_late_s)},
          {"loop_turn_s", spread_to_json(use.loop_turn_s)},
          {"loop_cpu_s", use.loop_cpu_s},
          {"process_cpu_s", use.process_cpu_s},
          {"run_delay_s", use.run_delay_s},
          {"wall_s", use.wall_s},
          {"resident_bytes_max", use.resident_bytes_max},
          {"in_flight_max", use.in_flight_max},
          {"clock_steps", use.clock_steps},
          {"in_flight_capped", use.in_flight_capped},
          {"scheduling", use.scheduling}};
}

InstrumentUse instrument_from_json(const Json& object) {
  InstrumentUse use;
  read(object, "loops", use.loops);
  read(object, "kernel_stamps", use.kernel_stamps);
  read(object, "timer_late_s", use.timer_late_s);
  read(object, "loop_turn_s", use.loop_turn_s);
  read(object, "loop_cpu_s", use.loop_cpu_s);
  read(object, "process_cpu_s", use.process_cpu_s);
  read(object, "run_delay_s", use.run_delay_s);
  read(object, "wall_s", use.wall_s);
  read(object, "resident_bytes_max", use.resident_bytes_max);
  read(object, "in_flight_max", use.in_flight_max);
  read(object, "clock_steps", use.clock_steps);
  read(object, "in_flight_capped", use.in_flight_capped);
  read(object, "scheduling", use.scheduling);
  return use;
}

Json machine_to_json(const MachineUse& use) {
  Json gpus = Json::array();
  for (const GpuUse& gpu : use.gpus) {
    gpus.push_back({{"index", gpu.index},
                    {"name", gpu.name},
                    {"utilisation_mean", gpu.utilisation_mean},
                    {"memory_bytes_max", gpu.memory_bytes_max},
                    {"power_watts_mean", gpu.power_watts_mean},
                    {"joules", gpu.joules}});
  }
  return {{"local", use.local},
          {"pids", use.pids},
          {"server_cpu_s", use.server_cpu_s},
          {"server_resident_bytes_max", use.server_resident_bytes_max},
          {"gpus", std::move(gpus)},
          {"cpu_joules", use.cpu_joules},
          {"gpu_joules", use.gpu_joules},
          {"idle_watts_cpu", use.idle_watts_cpu},
          {"idle_watts_gpu", use.idle_watts_gpu},
          {"seconds", use.seconds},
          {"notes", use.notes}};
}

GpuUse gpu_from_json(const Json& object) {
  GpuUse gpu;
  read(object, "index", gpu.index);
  read(object, "name", gpu.name);
  read(object, "utilisation_mean", gpu.utilisation_mean);
  read(object, "memory_bytes_max", gpu.memory_bytes_max);
  read(object, "power_watts_mean", gpu.power_watts_mean);
  read(object, "joules", gpu.joules);
  return gpu;
}

MachineUse machine_from_json(const Json& object) {
  MachineUse use;
  read(object, "local", use.local);
  const Json* pids = find_member(object, "pids");
  if (pids != nullptr && pids->is_array()) {
    for (const Json& pid : *pids)
      if (pid.is_number_integer()) use.pids.push_back(pid.get<int64_t>());
  }
  const Json* gpus = find_member(object, "gpus");
  if (gpus != nullptr && gpus->is_array()) {
    for (const Json& gpu : *gpus)
      if (gpu.is_object()) use.gpus.push_back(gpu_from_json(gpu));
  }
  read(object, "server_cpu_s", use.server_cpu_s);
  read(object, "server_resident_bytes_max", use.server_resident_bytes_max);
  read(object, "cpu_joules", use.cpu_joules);
  read(object, "gpu_joules", use.gpu_joules);
  read(object, "idle_watts_cpu", use.idle_watts_cpu);
  read(object, "idle_watts_gpu", use.idle_watts_gpu);
  read(object, "seconds", use.seconds);
  read(object, "notes", use.notes);
  return use;
}

Json slo_to_json(const Slo& slo) {
  Json out = Json::object();
  if (slo.ttft_s) out["ttft_s"] = *slo.ttft_s;
  if (slo.ttfa_s) out["ttfa_s"] = *slo.ttfa_s;
  if (slo.tpot_s) out["tpot_s"] = *slo.tpot_s;
  if (slo.e2e_s) out["e2e_s"] = *slo.e2e_s;
  if (!slo.empty()) out["share"] = slo.share;
  return out;
}

Slo slo_from_json(const Json& object) {
  Slo slo;
  read(object, "ttft_s", slo.ttft_s);
  read(object, "ttfa_s", slo.ttfa_s);
  read(object, "tpot_s", slo.tpot_s);
  read(object, "e2e_s", slo.e2e_s);
  read(object, "share", slo.share);
  return slo;
}

}  // namespace

std::string_view load_kind_name(LoadKind kind) {
  for (const auto& [known, name] : kKinds)
    if (known == kind) return name;
  return "closed";
}

std::optional<LoadKind> load_kind_from_name(std::string_view name) {
  for (const auto& [kind, known] : kKinds)
    if (known == name) return kind;
  return std::nullopt;
}

std::string load_to_json(const LoadInfo& load) {
  const Json out{{"point", load.point},
                 {"round", load.round},
                 {"order", load.order},
                 {"kind", load_kind_name(load.kind)},
                 {"concurrency", load.concurrency},
                 {"rate", load.rate},
                 {"rate_end", load.rate_end},
                 {"burstiness", load.burstiness},
                 {"trace", load.trace},
                 {"workload", load.workload},
                 {"workload_hash", load.workload_hash},
                 {"seed", load.seed},
                 {"probe", load.probe},
                 {"slo", slo_to_json(load.slo)},
                 {"planned", load.planned},
                 {"duration_s", load.duration_s},
                 {"warm_up_s", load.warm_up_s},
                 {"begin_ns", load.begin_ns},
                 {"last_due_ns", load.last_due_ns},
                 {"end_ns", load.end_ns},
                 {"end_reason", load.end_reason},
                 {"instrument", instrument_to_json(load.instrument)},
                 {"machine", machine_to_json(load.machine)}};
  return dump_json(out);
}

Result<LoadInfo> load_from_json(const std::string& text) {
  ASSAY_TRY(const Json object, parse_json(text, kWhere));
  if (!object.is_object())
    return input_error(std::string(kWhere),
                       "is " + json_type_name(object) + ", expected an object");
  LoadInfo load;
  ASSAY_TRY(const std::string kind, get_string(object, "kind", kWhere));
  const std::optional<LoadKind> known = load_kind_from_name(kind);
  if (!known) return input_error(std::string(kWhere), "has the unknown kind `" + kind + "`");
  load.kind = *known;
  read(object, "point", load.point);
  read(object, "round", load.round);
  read(object, "order", load.order);
  read(object, "concurrency", load.concurrency);
  read(object, "rate", load.rate);
  read(object, "rate_end", load.rate_end);
  read(object, "burstiness", load.burstiness);
  read(object, "trace", load.trace);
  read(object, "workload", load.workload);
  read(object, "workload_hash", load.workload_hash);
  read(object, "seed", load.seed);
  read(object, "probe", load.probe);
  read(object, "planned", load.planned);
  read(object, "duration_s", load.duration_s);
  read(object, "warm_up_s", load.warm_up_s);
  read(object, "begin_ns", load.begin_ns);
  read(object, "last_due_ns", load.last_due_ns);
  read(object, "end_ns", load.end_ns);
  read(object, "end_reason", load.end_reason);
  if (const Json* slo = find_member(object, "slo"); slo != nullptr && slo->is_object())
    load.slo = slo_from_json(*slo);
  if (const Json* use = find_member(object, "instrument"); use != nullptr && use->is_object())
    load.instrument = instrument_from_json(*use);
  if (const Json* use = find_member(object, "machine"); use != nullptr && use->is_object())
    load.machine = machine_from_json(*use);
  return load;
}

}  // namespace assay
