#include "harness/aggregate/items_needed.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/detectable.h"
#include "harness/stats/paired.h"

namespace assay::aggregate {
namespace {

constexpr double kItemsMax = 1e15;  // a count that still is one

stats::TestSize size_of(const Sight& sight) { return {.alpha = sight.alpha, .power = sight.power}; }

// Of a difference that is estimated at all and moves.
std::optional<double> known_error(const RunComparison& row) {
  if (!row.error || !std::isfinite(*row.error) || *row.error <= 0) return std::nullopt;
  return row.error;
}

// Fewest pairs, all differing one way, that the exact test of discordant pairs finds: the p-value
// of c of them is 2^(1 - c).
double fewest_one_way(double alpha) { return std::max(1.0, std::ceil(1 - std::log2(alpha))); }

}  // namespace

std::optional<double> item_deviation(const RunComparison& row) {
  const Estimate& d = row.comparison.difference;
  if (d.n == 0 || !d.value || !std::isfinite(*d.value)) return std::nullopt;
  if (const auto error = known_error(row)) return *error * std::sqrt(static_cast<double>(d.n));
  if (!row.metric.binary || row.discordant <= 0) return std::nullopt;
  const double deviation = stats::paired_binary_deviation(row.discordant, *d.value);
  return deviation > 0 ? std::optional(deviation) : std::nullopt;
}

std::optional<double> detectable_difference(const RunComparison& row, const Sight& sight) {
  const auto deviation = item_deviation(row);
  if (!row.detectable || !deviation) return std::nullopt;
  const auto n = static_cast<double>(row.comparison.difference.n);
  double seen = stats::smallest_detectable(*deviation / std::sqrt(n), size_of(sight));
  if (row.metric.binary) seen = std::max(seen, fewest_one_way(sight.alpha) / n);
  return std::max(seen, *row.detectable);
}

std::optional<uint64_t> items_needed(const RunComparison& row, double difference,
                                     const Sight& sight) {
  const auto deviation = item_deviation(row);
  if (!deviation || !(difference > 0)) return std::nullopt;
  uint64_t needed = stats::items_for(difference, *deviation, size_of(sight));
  if (row.metric.binary) {
    const double least = std::ceil(fewest_one_way(sight.alpha) / difference);
    if (least < kItemsMax) needed = std::max(needed, static_cast<uint64_t>(least));
  }
  return needed;
}

double one_sided_sign_p(uint64_t worse, uint64_t better) {
  return worse > better ? stats::mcnemar_exact(worse, better) / 2 : 1;
}

std::optional<double> one_sided_drop_p(const std::vector<double>& a, const std::vector<double>& b) {
  const stats::PairedTest test = stats::paired_difference(a, b, {});
  if (!test.p_value || !test.difference.value) return std::nullopt;
  return *test.difference.value > 0 ? *test.p_value / 2 : 1 - *test.p_value / 2;
}

}  // namespace assay::aggregate
