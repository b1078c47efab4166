// Stopping when it is decided: false alarms, also where latency grows with difficulty, and what is
// saved.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/characteristics/experiments.h"
#include "bench/characteristics/sequential_simulation.h"

namespace assay::bench {
namespace {

using stats::SequentialVerdict;

constexpr uint64_t kExperiment = 31;

struct Ends {
  Share regressed;
  Share non_inferior;
  double median_items = 0;  // of all runs; undecided ones count all their items
  double median_asked = 0;
};

double median(std::vector<uint32_t> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// The same draws for every world: rows are compared run by run.
Ends ends_of(const SequentialWorld& world, const Effort& effort) {
  Ends out;
  std::vector<uint32_t> items;
  std::vector<uint32_t> asked;
  for (uint64_t run = 0; run < effort.runs; ++run) {
    const SequentialEnd end = simulate_sequential(world, Rng(effort.seed, kExperiment, run));
    out.regressed.hits += end.verdict == SequentialVerdict::kRegressed ? 1 : 0;
    out.non_inferior.hits += end.verdict == SequentialVerdict::kNonInferior ? 1 : 0;
    items.push_back(end.items);
    asked.push_back(end.asked);
  }
  out.regressed.runs = out.non_inferior.runs = effort.runs;
  out.median_items = median(std::move(items));
  out.median_asked = median(std::move(asked));
  return out;
}

void add_false_verdicts(Table& table, const Effort& effort) {
  table.section(
      "Stopped when decided: wrong verdicts",
      "1,000 items, 10 % flips, 64 in flight, e-process at alpha 5 %; where latency grows "
      "with difficulty, ln latency = 1.5 difficulty + noise, and quick items are likelier "
      "worse, slow ones better (mean difference as said)");
  for (const double tilt : {0.0, 0.9}) {
    for (const bool planned : {true, false}) {
      SequentialWorld same{.by_difficulty = tilt, .planned_order = planned};
      SequentialWorld worse{.worse_by = 0.02, .by_difficulty = -tilt, .planned_order = planned};
      const std::string how =
          fmt::format("{}, read in {} order", tilt > 0 ? "latency grows with difficulty" : "plain",
                      planned ? "planned" : "completion");
      const char* const bound = planned || tilt == 0 ? "<= 5 %" : "a naive rule: too many";
      table.row("no worse, called regressed: " + how, ends_of(same, effort).regressed, bound);
      table.row("worse by the margin, called non-inferior: " + how,
                ends_of(worse, effort).non_inferior, bound);
    }
  }
}

void add_savings(Table& table, const Effort& effort) {
  table.section(
      "Stopped when decided: items",
      "1,000 items, 10 % flips, read in planned order, e-process at alpha 5 %; asked: with 64 "
      "in flight, at most 256 ahead, ln latency = 1.5 difficulty + noise");
  for (const double margin : {0.02, 0.05}) {
    for (const double worse_by : {0.05, 0.10, 0.16}) {
      const Ends ends = ends_of({.worse_by = worse_by, .margin = margin}, effort);
      const std::string setting =
          fmt::format("-{:g} points, margin {:g} points", 100 * worse_by, 100 * margin);
      table.row(setting + ": regressed", ends.regressed, "power");
      table.row(setting + ": items read", ends.median_items, "median");
      table.row(setting + ": items asked", ends.median_asked, "median");
    }
    for (const double flips : {0.1, 0.02}) {
      const Ends ends = ends_of({.flips = flips, .margin = margin}, effort);
      const std::string setting =
          fmt::format("identical, {:g} % flips, margin {:g} points", 100 * flips, 100 * margin);
      table.row(setting + ": non-inferior", ends.non_inferior, "power");
      table.row(setting + ": items read", ends.median_items, "median");
    }
  }
}

}  // namespace

void sequential_characteristics(Table& table, const Effort& effort) {
  add_false_verdicts(table, effort);
  add_savings(table, effort);
}

}  // namespace assay::bench
