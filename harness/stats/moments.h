// What a list of numbers looks like: middle, spread and shape.
//
// Where it stands: harness/stats; means and their errors are in mean.h, percentiles in
// percentile.h. Pure; any thread.
//
//   stats::median(values);  stats::interquartile_range(values);  stats::skewness(values);
//
// Edge cases, for all: nothing, or a number that is not finite: no value.
#pragma once

#include <optional>
#include <span>

namespace assay::stats {

std::optional<double> median(std::span<const double> values);
// Median of |x - median|, not scaled. Source: scipy.stats.median_abs_deviation.
std::optional<double> median_deviation(std::span<const double> values);
// 75th less 25th percentile, type 7. Source: scipy.stats.iqr.
std::optional<double> interquartile_range(std::span<const double> values);
// sqrt(Σ (x - mean)² / n).
std::optional<double> population_deviation(std::span<const double> values);
// exp(Σ ln x / n); 0 where one is 0, none where one is negative. Source: scipy.stats.gmean.
std::optional<double> geometric_mean(std::span<const double> values);
// n / Σ (1 / x); 0 where one is 0, none where one is negative. Source: scipy.stats.hmean.
std::optional<double> harmonic_mean(std::span<const double> values);
// m3 / m2^1.5, m_k = Σ (x - mean)^k / n; none where nothing varies. Source: scipy.stats.skew (bias
// kept).
std::optional<double> skewness(std::span<const double> values);
// m4 / m2² - 3; none where nothing varies. Source: scipy.stats.kurtosis (Fisher, bias kept).
std::optional<double> excess_kurtosis(std::span<const double> values);

}  // namespace assay::stats
