// Energy of one model on one suite of a run: gross, net of the idle machine, for each output token,
// request and correct answer, and carbon where a grid factor is given.
//
// Where it stands: harness/aggregate; after energy_readings.h. Pure. docs/energy.md.
//
//   ModelResult::cost.energy = run_energy(facts, busy, sources, {});
//
// Formulas, over the turns t of the model in the run files (joules, watts, seconds):
//   gross_t = CPU packages + GPUs; given: watts · seconds
//   net_t   = gross_t - (idle_cpu + idle_gpu) · seconds
//   gross   = Σ gross_t · busy / busy of the model on all its suites; net likewise
//   idle    = Σ idle_t · seconds_t / Σ seconds_t
//   each    = joules / n, joules being net where every turn has an idle baseline, else gross; n:
//             output tokens (visible and reasoning), answered and failed items, correct answers
//   carbon  = gross / 3.6e6 · grams per kWh
// A figure is measured only where every turn of the model was read whole, in every session that
// asked it; else given, where every session states a power; else there is none, and the basis says
// why. Measured wins over given, which is then said beside it.
// Intervals: a counter gives one reading a session, so joules have none, and neither has J/token.
// J per correct answer has that of the share p of correct answers (n items, e joules):
//   e / (n p), from e / (n p_high) to e / (n p_low); p_low = 0: no upper end.
// The map p -> e / (n p) is monotone, so the coverage is that of the interval of p; the reading
// counts as exact. Where the headline is not the share of correct answers there is no interval.
// Edge cases: nobody is correct: no value, the method is "none correct"; net is zero or below: no
// figure for each, since the model used no more than the idle machine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "harness/aggregate/collect.h"
#include "harness/types/estimate.h"
#include "harness/types/summary_parts.h"

namespace assay::aggregate {

// Busy time of a model in one run file over all suites, to divide its energy.
struct ModelBusy {
  int64_t busy_ns = 0;
  uint64_t groups = 0;
};
// By source, then row id of the model.
using BusyTable = std::vector<std::map<uint32_t, ModelBusy>>;

struct EnergyFacts {
  std::span<const StoreShare> shares;
  uint64_t asked = 0;           // answered and failed items
  uint64_t correct = 0;         // of a binary headline
  uint64_t in_load = 0;         // items asked by `assay bench`, whose energy stands with the loads
  uint64_t tokens_unknown = 0;  // answers that did not say their output tokens
  int64_t output_tokens = -1;   // visible and reasoning; -1: not known
  bool virtual_clock = false;
  bool local = true;
  const Estimate* share_correct = nullptr;  // the headline, where it is binary
};

// `grid_grams_per_kwh`: instead of what the run files state.
EnergySummary run_energy(const EnergyFacts& facts, const BusyTable& busy,
                         std::span<const Source> sources,
                         const std::optional<double>& grid_grams_per_kwh);

}  // namespace assay::aggregate
