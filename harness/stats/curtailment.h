// Curtailment: an absolute threshold is decided as soon as the items still to come cannot change
// it. No chance is involved, so nothing has to be paid for looking early, and the order in which
// results come in does not matter.
//
// Where it stands: harness/stats, called by harness/aggregate/stop_rules. Pure; any thread.
//
//   curtail({Comparator::kAtLeast, 0.8}, {.sum = 81, .scored = 90, .open = 10});   // kPassed
//
// The figure is the mean of values in [0, 1]. Of `open` items to come some may turn out not to
// count (no reply, not judged); with any number of them counted the mean ends between
//   low = sum / (scored + open)   and   high = (sum + open) / (scored + open),
// both reached when all count. Source: Alling, "Closed sequential tests for binomial
// probabilities", Biometrika 53 (1966) 73.
#pragma once

#include <cstdint>

namespace assay::stats {

enum class Comparator : uint8_t { kAtLeast, kAbove, kAtMost, kBelow };

struct Threshold {
  Comparator comparator = Comparator::kAtLeast;
  double value = 0;
};

struct ItemsSoFar {
  double sum = 0;       // of the scored items' values
  uint64_t scored = 0;  // items that count
  uint64_t open = 0;    // items still to come
};

enum class Curtailed : uint8_t { kOpen, kPassed, kFailed };

bool holds(const Threshold& threshold, double figure);

// Nothing scored and nothing open: kOpen, there is no figure. A sum that is not finite: kOpen.
Curtailed curtail(const Threshold& threshold, const ItemsSoFar& items);

}  // namespace assay::stats
