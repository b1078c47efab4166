#include "harness/aggregate/load_energy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <optional>
#include <utility>

#include "harness/cost/machine_cost.h"

namespace assay::aggregate {
namespace {

// The parts that were read and have a baseline.
struct Net {
  double joules = 0;
  double idle_watts = 0;
  std::string basis;
  std::string problem;  // why there is no figure
};

void add_part(const char* name, double joules, double idle_watts, double seconds, Net& out) {
  if (!(idle_watts >= 0)) {
    out.problem = fmt::format("{} has no idle baseline", name);
    return;
  }
  out.joules += joules - idle_watts * seconds;
  out.idle_watts += idle_watts;
  out.basis += fmt::format("{}{}", out.basis.empty() ? "" : " and ", name);
}

std::string reason(const MachineUse& use, const std::string& otherwise) {
  return use.notes.empty() ? otherwise : fmt::format("{}", fmt::join(use.notes, "; "));
}

Net net_of(const MachineUse& use) {
  Net out;
  out.problem = energy_problem(use);
  if (out.problem.empty() && !(use.seconds > 0))
    out.problem = "the counters' duration is not known";
  if (!out.problem.empty()) return out;
  add_part("CPU packages (RAPL)", use.cpu_joules, use.idle_watts_cpu, use.seconds, out);
  if (use.gpu_joules >= 0)
    add_part("GPU (NVML)", use.gpu_joules, use.idle_watts_gpu, use.seconds, out);
  if (out.problem.empty() && !(std::isfinite(out.joules) && out.joules > 0)) {
    out.problem = "the load used no more than the idle baseline";
  }
  return out;
}

bool was_given(const MachineUse& use, const std::optional<double>& given_watts) {
  return use.local && use.seconds > 0 && given_watts && !energy_problem(use).empty();
}

std::optional<double> gross_joules(const MachineUse& use,
                                   const std::optional<double>& given_watts) {
  if (was_given(use, given_watts)) return *given_watts * use.seconds;
  if (!energy_problem(use).empty()) return std::nullopt;
  return use.cpu_joules + (use.gpu_joules >= 0 ? use.gpu_joules : 0);
}

struct Priced {
  std::optional<Money> total;
  std::string basis;
};

Priced price_of_time(const Interval& whole, const Manifest& manifest, const ModelInfo& model) {
  const auto none = [](const char* why) {
    return Priced{.total = std::nullopt, .basis = fmt::format("not measured: {}", why)};
  };
  if (!model.local) return none("no price per token is known");
  if (manifest.machine_price_per_hour.empty()) return none("no machine price per hour was given");
  const Result<Money> per_hour = Money::parse(manifest.machine_price_per_hour);
  if (!per_hour || per_hour->nano < 0) return none("the machine price is not an amount");
  const auto total = cost::machine_cost(*per_hour, Nanos(whole.length()));
  if (!total) return none("the amount is beyond what money can hold");
  return {.total = total,
          .basis = fmt::format("machine at {} {} per hour, the load's duration{}", per_hour->text(),
                               manifest.currency, model.virtual_clock ? " (simulated)" : "")};
}

}  // namespace

std::string energy_problem(const MachineUse& use) {
  if (!use.local) return reason(use, "the server is not on this machine");
  if (use.cpu_joules < 0 && use.gpu_joules < 0)
    return reason(use, "no energy counter could be read");
  if (use.cpu_joules < 0) return reason(use, "the processor's energy could not be read");
  if (use.gpu_joules < 0 && !use.gpus.empty())
    return reason(use, "the GPU's energy could not be read");
  return {};
}

EnergyReport load_energy(const MachineUse& use, const std::optional<double>& given_watts,
                         double output_tokens) {
  EnergyReport out;
  Net net = net_of(use);
  if (net.problem.empty()) {
    out.joules = net.joules;
    out.idle_watts = net.idle_watts;
    out.basis = fmt::format("{}, idle {:.3g} W subtracted", net.basis, net.idle_watts);
  } else if (was_given(use, given_watts)) {
    net.joules = *given_watts * use.seconds;
    net.problem.clear();
    out.joules = net.joules;
    out.basis = fmt::format("given: {:.6g} W over {:.6g} s", *given_watts, use.seconds);
  } else {
    out.basis = "not measured: " + net.problem;
  }
  if (net.problem.empty() && !(output_tokens > 0)) net.problem = "no output tokens are known";
  Estimate& each = out.joules_per_output_token;
  each.n = static_cast<uint64_t>(output_tokens);
  if (!net.problem.empty()) {
    each.method = "not measured: " + net.problem;
    return out;
  }
  each.value = net.joules / output_tokens;
  each.method = out.basis + "; one load, no interval";
  return out;
}

CostSummary load_cost(const LoadInfo& load, const LoadRows& rows, const Interval& whole,
                      const Manifest& manifest, const ModelInfo& model,
                      const std::optional<double>& given_watts) {
  CostSummary out;
  out.currency = manifest.currency;
  out.accounting = rows.accounting;
  if (rows.cost) {
    out.total = rows.cost;
    out.basis = "tokens at the prices given with the model";
    if (rows.warm_up > 0) out.basis += ", warm-up included";
    if (rows.unpriced > 0) {
      out.basis += fmt::format(", without {} answers that did not say their tokens", rows.unpriced);
    }
    if (out.currency.empty()) out.currency = "USD";
  } else {
    Priced priced = price_of_time(whole, manifest, model);
    out.total = priced.total;
    out.basis = std::move(priced.basis);
  }
  if (out.total) {
    out.per_thousand_items = cost::scaled(*out.total, 1000, rows.requests + rows.warm_up);
  }
  out.energy_joules = gross_joules(load.machine, given_watts);
  return out;
}

}  // namespace assay::aggregate
