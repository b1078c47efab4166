// A run that is stopped when decided, simulated: items whose latency grows with their difficulty,
// asked side by side, read in planned order as the product does, or in the order in which they come
// back, as one would without thinking.
//
// Where it stands: bench/characteristics; used by sequential.cc and by a unit test. One thread.
//
//   SequentialWorld world{.worse_by = 0.1};
//   const SequentialEnd end = simulate_sequential(world, Rng(1, run));
#pragma once

#include <cstdint>

#include "harness/base/rng.h"
#include "harness/stats/sequential.h"

namespace assay::bench {

struct SequentialWorld {
  uint32_t items = 1000;
  double flips = 0.1;   // share of items that differ without being worse or better on the whole
  double worse_by = 0;  // further share that became wrong: the mean difference is -worse_by
  double by_difficulty = 0;    // 0..1: so much likelier are quick items worse and slow ones better
  double latency_slope = 1.5;  // ln latency = slope * difficulty + noise; difficulty is N(0, 1)
  uint32_t in_flight = 64;
  uint32_t ahead_max = 256;  // items started beyond the last one read, in planned order
  bool planned_order = true;
  double margin = 0.02;
  double alpha = 0.05;
};

struct SequentialEnd {
  stats::SequentialVerdict verdict = stats::SequentialVerdict::kOpen;
  uint32_t items = 0;  // read when it was decided, or all
  uint32_t asked = 0;  // started by then
};

SequentialEnd simulate_sequential(const SequentialWorld& world, Rng rng);

}  // namespace assay::bench
