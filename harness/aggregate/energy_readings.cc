#include "harness/aggregate/energy_readings.h"

#include <charconv>
#include <cmath>

#include "harness/base/json.h"

namespace assay::aggregate {
namespace {

constexpr std::string_view kJoulesOfEarlierVersions = "energy_joules:";
constexpr size_t kNotesMax = 100;

void add(std::optional<double>& sum, double value) { sum = sum.value_or(0) + value; }

// The row id behind `prefix`; nothing where `name` is another gauge's.
std::optional<uint32_t> model_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  uint32_t model = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + prefix.size(), end, model);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return model;
}

void take_gauge(uint32_t session, const GaugeFact& gauge, EnergyReadings& out) {
  if (!std::isfinite(gauge.value) || gauge.value < 0) return;
  if (gauge.name == kGivenWatts) {
    out.given_watts[session] = gauge.value;
  } else if (gauge.name == kGridFactor) {
    out.grid_grams_per_kwh = gauge.value;
  } else if (const auto seconds = model_of(gauge.name, kEnergySeconds)) {
    add(out.turns[*seconds][session].seconds, gauge.value);
  } else if (const auto cpu = model_of(gauge.name, kEnergyCpu)) {
    add(out.turns[*cpu][session].cpu_joules, gauge.value);
  } else if (const auto earlier = model_of(gauge.name, kJoulesOfEarlierVersions)) {
    add(out.turns[*earlier][session].cpu_joules, gauge.value);
  } else if (const auto gpu = model_of(gauge.name, kEnergyGpu)) {
    add(out.turns[*gpu][session].gpu_joules, gauge.value);
  } else if (const auto idle_cpu = model_of(gauge.name, kIdleCpu)) {
    out.turns[*idle_cpu][session].idle_watts_cpu = gauge.value;
  } else if (const auto idle_gpu = model_of(gauge.name, kIdleGpu)) {
    out.turns[*idle_gpu][session].idle_watts_gpu = gauge.value;
  }
}

void take_event(uint32_t session, const EventFact& event, EnergyReadings& out) {
  const Result<Json> json = parse_json(event.json, "event");
  if (!json || !json->is_object()) return;
  const Result<int64_t> model = get_integer(*json, "model", "event");
  if (!model || *model < 0 || *model > UINT32_MAX) return;
  TurnEnergy& turn = out.turns[static_cast<uint32_t>(*model)][session];
  if (const auto problem = get_string(*json, "problem", "event")) turn.problem = *problem;
  const Json* notes = find_member(*json, "notes");
  if (notes == nullptr || !notes->is_array()) return;
  for (const Json& note : *notes) {
    if (note.is_string() && turn.notes.size() < kNotesMax)
      turn.notes.push_back(note.get<std::string>());
  }
}

}  // namespace

Result<EnergyReadings> read_energy(const RunStore& store) {
  EnergyReadings out;
  ASSAY_TRY_VOID(store.read_gauges(
      [&](uint32_t session, const GaugeFact& gauge) { take_gauge(session, gauge, out); }));
  ASSAY_TRY_VOID(store.read_events(
      std::string(kEnergyEvent),
      [&](uint32_t session, const EventFact& event) { take_event(session, event, out); }));
  return out;
}

}  // namespace assay::aggregate
