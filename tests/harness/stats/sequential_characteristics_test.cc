// Operating characteristics of stopping when decided, with few runs and a fixed seed;
// bench/characteristics prints the table with many.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "bench/characteristics/sequential_simulation.h"

namespace assay::bench {
namespace {

using stats::SequentialVerdict;

constexpr uint64_t kRuns = 300;
// 5 % of 300, and two and a half standard deviations of a count at 5 %.
constexpr uint64_t kAlarmsMax = 24;

struct Ends {
  uint64_t regressed = 0;
  uint64_t non_inferior = 0;
  uint32_t median_items = 0;
};

Ends ends_of(const SequentialWorld& world) {
  Ends out;
  std::vector<uint32_t> items;
  for (uint64_t run = 0; run < kRuns; ++run) {
    const SequentialEnd end = simulate_sequential(world, Rng(77, run));
    if (end.verdict == SequentialVerdict::kRegressed) ++out.regressed;
    if (end.verdict == SequentialVerdict::kNonInferior) ++out.non_inferior;
    items.push_back(end.items);
  }
  std::sort(items.begin(), items.end());
  out.median_items = items[kRuns / 2];
  return out;
}

TEST(SequentialCharacteristics, FalseAlarmsStayBelowAlpha) {
  EXPECT_LE(ends_of({}).regressed, kAlarmsMax);
  EXPECT_LE(ends_of({.worse_by = 0.02}).non_inferior, kAlarmsMax);
}

// Quick items come back first and are likelier worse: who reads them as they come alarms, who reads
// them in planned order does not.
TEST(SequentialCharacteristics, PlannedOrderIsNotFooledByLatencyThatGrowsWithDifficulty) {
  const SequentialWorld planned{.by_difficulty = 0.9, .in_flight = 128};
  SequentialWorld completion = planned;
  completion.planned_order = false;
  EXPECT_LE(ends_of(planned).regressed, kAlarmsMax);
  EXPECT_GT(ends_of(completion).regressed, 2 * kAlarmsMax);
}

TEST(SequentialCharacteristics, LargeRegressionsStopEarly) {
  const Ends ten = ends_of({.worse_by = 0.10});
  const Ends sixteen = ends_of({.worse_by = 0.16});
  EXPECT_GE(ten.regressed, kRuns * 99 / 100);
  EXPECT_GE(sixteen.regressed, kRuns * 99 / 100);
  EXPECT_LT(ten.median_items, 250U);
  EXPECT_LT(sixteen.median_items, 120U);
}

TEST(SequentialCharacteristics, IdenticalModelsArePassedWhereTheMarginIsWideEnough) {
  EXPECT_GE(ends_of({.margin = 0.05}).non_inferior, kRuns * 8 / 10);
}

}  // namespace
}  // namespace assay::bench
