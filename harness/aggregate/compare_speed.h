// Speeds of one model in two run files: latency, time to the first token, time to the answer.
//
// Where it stands: harness/aggregate, under compare.cc. One thread.
//
//   add_speeds({old, a, later, b, pairer}, options, report.speeds);
//
// Items taken in turns on one machine at one time are compared item by item on the log scale: what
// the machine or the network did, it did to both. Two runs are interleaved when their sessions ran
// on the same host since the same boot (within 3 s) and at least 80 % of the items of each were
// sent while the other was running. Otherwise a machine that was slower yesterday looks like a
// slower model: all times of one against all of the other, with a banner that says so. Times on a
// virtual clock do not depend on the machine and are paired, with a banner that says simulated.
// Repeats of an item: their geometric mean. Times of loads (`assay bench`) and times of 0 are left
// out; a model without times has no rows, and a figure that is another one in all items of both (a
// reply in one piece, one without reasoning) is not repeated.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/aggregate/compare.h"
#include "harness/aggregate/compare_sides.h"

namespace assay::aggregate {

inline constexpr double kOverlapMin = 0.8;

struct SpeedSides {
  const Side& side_a;
  const Group& a;
  const Side& side_b;
  const Group& b;
  const SamePairer& pairer;
};

// All but the indices of sources and p_holm.
void add_speeds(const SpeedSides& sides, const CompareOptions& options,
                std::vector<SpeedComparison>& out);

// p_holm of all that have a p-value.
void adjust_speeds(std::vector<SpeedComparison>& speeds);

}  // namespace assay::aggregate
