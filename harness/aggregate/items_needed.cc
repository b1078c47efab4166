#include "harness/aggregate/items_needed.h"

#include <cmath>

#include "harness/stats/detectable.h"
#include "harness/stats/paired.h"

namespace assay::aggregate {
namespace {

stats::TestSize size_of(const Sight& sight) { return {.alpha = sight.alpha, .power = sight.power}; }

// Of a difference that is estimated at all and moves.
std::optional<double> known_error(const RunComparison& row) {
  if (!row.error || !std::isfinite(*row.error) || *row.error <= 0) return std::nullopt;
  return row.error;
}

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
  if (const auto error = known_error(row))
    return stats::smallest_detectable(*error, size_of(sight));
  const auto deviation = item_deviation(row);
  if (!deviation) return row.detectable;
  const double error = *deviation / std::sqrt(static_cast<double>(row.comparison.difference.n));
  return stats::smallest_detectable(error, size_of(sight));
}

std::optional<uint64_t> items_needed(const RunComparison& row, double difference,
                                     const Sight& sight) {
  const auto deviation = item_deviation(row);
  if (!deviation || !(difference > 0)) return std::nullopt;
  return stats::items_for(difference, *deviation, size_of(sight));
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
