// items_needed: how many items a paired comparison would need to see a difference of a given size,
// judged from what it saw of the spread.
//
// Where it stands: harness/aggregate, between compare.h and stats; used by the gate. Pure.
//
//   const std::optional<uint64_t> n = items_needed(row, 0.02, {.alpha = 0.05, .power = 0.8});
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/aggregate/compare.h"

namespace assay::aggregate {

struct Sight {
  double alpha = 0.05;  // two-sided
  double power = 0.8;
};

// Standard deviation of one item's difference: error · √n, or sqrt(discordant - d²) of a binary
// metric whose error is not known. None without items or spread.
std::optional<double> item_deviation(const RunComparison& row);
// Smallest difference that this comparison sees: (z(1 - alpha/2) + z(power)) · error, for a binary
// metric at least the fewest pairs that the exact test finds, ⌈1 - log2 alpha⌉ / n, and never below
// what the row itself says. None: the row says that it sees nothing, or the spread is not known.
std::optional<double> detectable_difference(const RunComparison& row, const Sight& sight);
// ⌈((z + z) · deviation / difference)²⌉, for a binary metric at least ⌈1 - log2 alpha⌉ /
// difference. None: the spread is not known, or difference <= 0.
std::optional<uint64_t> items_needed(const RunComparison& row, double difference,
                                     const Sight& sight);
// One-sided sign test: P(X >= worse), X ~ Binomial(worse + better, 1/2), where worse > better;
// else 1. Half of the exact McNemar test's two-sided p.
double one_sided_sign_p(uint64_t worse, uint64_t better);
// One-sided paired t test that a's mean is above b's; none: too few, or no variation.
std::optional<double> one_sided_drop_p(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace assay::aggregate
