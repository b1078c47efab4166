// EnergyReadings: what a run file holds of energy, model by model and session by session.
//
// Where it stands: harness/aggregate, below collect.h; run_energy.h makes figures of it. Pure.
//
//   ASSAY_TRY(const EnergyReadings readings, read_energy(*store));
//   readings.turns.at(model).at(session).cpu_joules
//
// Written by app/run_energy.cc, one reading for each turn of a local model. Gauges, with the row id
// of the model behind the colon: `energy_seconds:1`, `energy_cpu_joules:1`, `energy_gpu_joules:1`,
// `idle_watts_cpu:1`, `idle_watts_gpu:1`; of the session: `given_watts`, `grid_grams_per_kwh`.
// An event `energy` closes the reading: {"model": 1, "problem": "..."} where it is no figure,
// {"model": 1, "notes": [...]} where it is. Files of earlier versions have `energy_joules:1` alone:
// processor packages. What is no such thing, not finite or below zero is passed over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::aggregate {

inline constexpr std::string_view kEnergySeconds = "energy_seconds:";
inline constexpr std::string_view kEnergyCpu = "energy_cpu_joules:";
inline constexpr std::string_view kEnergyGpu = "energy_gpu_joules:";
inline constexpr std::string_view kIdleCpu = "idle_watts_cpu:";
inline constexpr std::string_view kIdleGpu = "idle_watts_gpu:";
inline constexpr std::string_view kGivenWatts = "given_watts";
inline constexpr std::string_view kGridFactor = "grid_grams_per_kwh";
inline constexpr std::string_view kEnergyEvent = "energy";

// Around the turns of one model in one session.
struct TurnEnergy {
  std::optional<double> seconds;
  std::optional<double> cpu_joules;
  std::optional<double> gpu_joules;
  std::optional<double> idle_watts_cpu;
  std::optional<double> idle_watts_gpu;
  std::string problem;  // why it is no figure
  std::vector<std::string> notes;
};

struct EnergyReadings {
  // By row id of the model, then of the session.
  std::map<uint32_t, std::map<uint32_t, TurnEnergy>> turns;
  std::map<uint32_t, double> given_watts;    // by session
  std::optional<double> grid_grams_per_kwh;  // of the last session that states one
};

Result<EnergyReadings> read_energy(const RunStore& store);

}  // namespace assay::aggregate
