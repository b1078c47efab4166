// Percentile bootstrap of any statistic of one list of values, as other tools have it. Differences
// of models are resampled by resampling.h.
//
// Where it stands: harness/stats. Pure; any thread; draw d of resample r is Rng(seed, r)'s d-th, so
// the same seed gives the same interval everywhere.
//
//   const Estimate e = stats::bootstrap_percentile(
//       values, [](std::span<const double> v) { return *stats::median(v); }, {});
//
// Value: the statistic of the values. Interval: the (1 ± confidence) / 2 percentiles (type 7) of
// the statistic of n values drawn with replacement. Source: Efron and Tibshirani, An Introduction
// to the Bootstrap (1993), 13; scipy.stats.bootstrap(method="percentile"). Edge cases: no values,
// or one that is not finite: no value; one value: no interval; the interval needs a statistic that
// is a number for every resample.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct BootstrapOptions {
  uint32_t resamples = 10'000;
  uint64_t seed = 1;
  double confidence = kDefaultConfidence;
};

// Sees the drawn values in the order of drawing.
using Statistic = std::function<double(std::span<const double>)>;

Estimate bootstrap_percentile(std::span<const double> values, const Statistic& statistic,
                              const BootstrapOptions& options);

}  // namespace assay::stats
