// Means and their standard errors, with and without clusters.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread; terms are added in
// the order given.
//
//   const MeanError m = stats::mean_error(values);                  // n - 1 in the variance
//   const Estimate e = stats::mean_t(values);                       // with Student's interval
//   const Estimate c = stats::mean_clustered(values, cluster_ids);  // items of one page together
//
// Edge cases: n = 0: no value; n = 1 (or one cluster): a value, no interval; all equal: an interval
// of width 0; NaN or infinity anywhere: refused, no value (method says so).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct MeanError {
  uint64_t n = 0;
  std::optional<double> mean;
  std::optional<double> deviation;  // sample standard deviation, n - 1
  std::optional<double> error;      // deviation / sqrt(n)
};

// mean = Σx / n; deviation = sqrt(Σ(x - mean)² / (n - 1)).
MeanError mean_error(std::span<const double> values);
// mean ± z · error.
Estimate mean_normal(std::span<const double> values, double confidence = kDefaultConfidence);
// mean ± t(n - 1) · error.
Estimate mean_t(std::span<const double> values, double confidence = kDefaultConfidence);

// The same from sums a caller made in its own store: squared_deviations = Σ(x - mean)².
Estimate mean_from_squares(uint64_t n, double mean, double squared_deviations,
                           double confidence = kDefaultConfidence);

// Small-sample correction of a cluster-robust variance over C clusters.
enum class ClusterCorrection : uint8_t {
  kNone,            // CR0
  kFiniteClusters,  // variance times C / (C - 1)
};

// Standard error of the mean with items in clusters: sqrt(Σ_c (Σ_{i in c} (x_i - mean))²) / n,
// times sqrt(C / (C - 1)) when corrected. `clusters[i]` is any number naming the cluster of item i.
// No value for n = 0, and none for C = 1 when corrected. Source: Liang and Zeger, Biometrika 73
// (1986) 13; Miller, "Adding error bars to evals" (arXiv:2411.00640); CR0 as inspect_ai
// stderr(cluster=...).
std::optional<double> clustered_error(std::span<const double> values,
                                      std::span<const uint32_t> clusters,
                                      ClusterCorrection correction);
// mean ± t(C - 1) · corrected clustered error; n counts items.
Estimate mean_clustered(std::span<const double> values, std::span<const uint32_t> clusters,
                        double confidence = kDefaultConfidence);

}  // namespace assay::stats
