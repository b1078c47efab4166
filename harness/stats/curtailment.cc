#include "harness/stats/curtailment.h"

#include <cmath>

namespace assay::stats {

// As a quotient against the threshold as written: 7 / 100 is the same double as 0.07, while 0.07 *
// 100 is not 7.
bool holds(const Threshold& threshold, double figure) {
  switch (threshold.comparator) {
    case Comparator::kAtLeast:
      return figure >= threshold.value;
    case Comparator::kAbove:
      return figure > threshold.value;
    case Comparator::kAtMost:
      return figure <= threshold.value;
    case Comparator::kBelow:
      return figure < threshold.value;
  }
  return false;
}

Curtailed curtail(const Threshold& threshold, const ItemsSoFar& items) {
  const uint64_t all = items.scored + items.open;
  // Where nothing has been scored yet, that nothing will be is possible too: there is no figure.
  if (items.scored == 0 || !std::isfinite(items.sum)) return Curtailed::kOpen;
  const double low = items.sum / static_cast<double>(all);
  const double high = (items.sum + static_cast<double>(items.open)) / static_cast<double>(all);
  const bool at_low = holds(threshold, low);
  if (at_low != holds(threshold, high)) return Curtailed::kOpen;
  return at_low ? Curtailed::kPassed : Curtailed::kFailed;
}

}  // namespace assay::stats
