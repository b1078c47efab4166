#include "harness/stats/moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/finite.h"
#include "harness/stats/percentile.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

// As scipy: a variance below this share of the mean's square is rounding.
constexpr double kRoundingShare = 1e-15;

bool usable(std::span<const double> values) { return !values.empty() && all_finite(values); }

std::vector<double> sorted_copy(std::span<const double> values) {
  std::vector<double> out(values.begin(), values.end());
  std::sort(out.begin(), out.end());
  return out;
}

// Mean of f(x).
template <typename F>
double mean_of(std::span<const double> values, F f) {
  Sum sum;
  for (const double v : values) sum.add(f(v));
  return sum.value() / static_cast<double>(values.size());
}

double mean(std::span<const double> values) {
  return mean_of(values, [](double v) { return v; });
}

double central_moment(std::span<const double> values, double centre, int power) {
  return mean_of(values, [&](double v) {
    double product = 1;
    for (int i = 0; i < power; ++i) product *= v - centre;
    return product;
  });
}

// m_power / m2^(power / 2).
std::optional<double> standard_moment(std::span<const double> values, int power) {
  if (!usable(values)) return std::nullopt;
  const double centre = mean(values);
  const double m2 = central_moment(values, centre, 2);
  const double rounding = kRoundingShare * centre;
  if (m2 <= rounding * rounding) return std::nullopt;
  return central_moment(values, centre, power) / std::pow(m2, power / 2.0);
}

}  // namespace

std::optional<double> median(std::span<const double> values) {
  if (!usable(values)) return std::nullopt;
  return percentile_as(sorted_copy(values), 0.5, PercentileDefinition::kLinear);
}

std::optional<double> median_deviation(std::span<const double> values) {
  const std::optional<double> centre = median(values);
  if (!centre) return std::nullopt;
  std::vector<double> apart;
  apart.reserve(values.size());
  for (const double v : values) apart.push_back(std::fabs(v - *centre));
  return median(apart);
}

std::optional<double> interquartile_range(std::span<const double> values) {
  if (!usable(values)) return std::nullopt;
  const std::vector<double> sorted = sorted_copy(values);
  return percentile_as(sorted, 0.75, PercentileDefinition::kLinear) -
         percentile_as(sorted, 0.25, PercentileDefinition::kLinear);
}

std::optional<double> population_deviation(std::span<const double> values) {
  if (!usable(values)) return std::nullopt;
  return std::sqrt(central_moment(values, mean(values), 2));
}

std::optional<double> geometric_mean(std::span<const double> values) {
  if (!usable(values)) return std::nullopt;
  const double least = *std::min_element(values.begin(), values.end());
  if (least < 0) return std::nullopt;
  if (least == 0) return 0;
  return std::exp(mean_of(values, [](double v) { return std::log(v); }));
}

std::optional<double> harmonic_mean(std::span<const double> values) {
  if (!usable(values)) return std::nullopt;
  const double least = *std::min_element(values.begin(), values.end());
  if (least < 0) return std::nullopt;
  if (least == 0) return 0;
  return 1 / mean_of(values, [](double v) { return 1 / v; });
}

std::optional<double> skewness(std::span<const double> values) {
  return standard_moment(values, 3);
}

std::optional<double> excess_kurtosis(std::span<const double> values) {
  const std::optional<double> moment = standard_moment(values, 4);
  if (!moment) return std::nullopt;
  return *moment - 3;
}

}  // namespace assay::stats
