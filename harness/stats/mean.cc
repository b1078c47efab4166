#include "harness/stats/mean.h"

#include <cmath>

#include "harness/stats/clusters.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

double plain_mean(std::span<const double> values) {
  Sum total;
  for (const double v : values) total.add(v);
  return total.value() / static_cast<double>(values.size());
}

Estimate mean_with(std::span<const double> values, const char* method, double quantile) {
  Estimate out;
  out.n = values.size();
  out.method = method;
  if (!all_finite(values)) {
    out.method = kNotFinite;
    return out;
  }
  const MeanError m = mean_error(values);
  out.value = m.mean;
  if (m.error) {
    out.ci_low = *m.mean - quantile * *m.error;
    out.ci_high = *m.mean + quantile * *m.error;
  }
  return out;
}

// Standard error of the mean and how many clusters it rests on; values not empty, all finite.
struct ErrorOverClusters {
  uint64_t clusters = 0;
  std::optional<double> error;
};
ErrorOverClusters error_over_clusters(std::span<const double> values,
                                      std::span<const uint32_t> clusters,
                                      ClusterCorrection correction) {
  ErrorOverClusters out;
  const double mean = plain_mean(values);
  const ClusterSquares squares =
      cluster_squares(values.size(), clusters, [&](size_t i) { return values[i] - mean; });
  out.clusters = squares.clusters;
  const double error = std::sqrt(squares.sum_of_squares) / static_cast<double>(values.size());
  const double c = static_cast<double>(squares.clusters);
  if (correction == ClusterCorrection::kNone) {
    out.error = error;
  } else if (squares.clusters >= 2) {
    out.error = error * std::sqrt(c / (c - 1));
  }
  return out;
}

}  // namespace

MeanError mean_error(std::span<const double> values) {
  MeanError out;
  out.n = values.size();
  if (values.empty() || !all_finite(values)) return out;
  const double mean = plain_mean(values);
  out.mean = mean;
  if (values.size() == 1) return out;
  Sum squares;
  for (const double v : values) squares.add((v - mean) * (v - mean));
  const double n = static_cast<double>(values.size());
  out.deviation = std::sqrt(squares.value() / (n - 1));
  out.error = *out.deviation / std::sqrt(n);
  return out;
}

Estimate mean_normal(std::span<const double> values, double confidence) {
  return mean_with(values, "mean, normal", normal_quantile((1 + confidence) / 2));
}

Estimate mean_t(std::span<const double> values, double confidence) {
  const double degrees = values.size() < 2 ? 1 : static_cast<double>(values.size() - 1);
  return mean_with(values, "mean, t", student_quantile((1 + confidence) / 2, degrees));
}

std::optional<double> clustered_error(std::span<const double> values,
                                      std::span<const uint32_t> clusters,
                                      ClusterCorrection correction) {
  if (values.empty() || !all_finite(values)) return std::nullopt;
  return error_over_clusters(values, clusters, correction).error;
}

Estimate mean_clustered(std::span<const double> values, std::span<const uint32_t> clusters,
                        double confidence) {
  Estimate out;
  out.n = values.size();
  out.method = "clustered mean, t";
  if (!all_finite(values)) {
    out.method = kNotFinite;
    return out;
  }
  if (values.empty()) return out;
  out.value = plain_mean(values);
  const auto [count, error] =
      error_over_clusters(values, clusters, ClusterCorrection::kFiniteClusters);
  if (!error) return out;
  const double t = student_quantile((1 + confidence) / 2, static_cast<double>(count) - 1);
  out.ci_low = *out.value - t * *error;
  out.ci_high = *out.value + t * *error;
  return out;
}

Estimate mean_from_squares(uint64_t n, double mean, double squared_deviations, double confidence) {
  Estimate out;
  out.n = n;
  out.method = "mean, t";
  if (n == 0) return out;
  if (!std::isfinite(mean) || !std::isfinite(squared_deviations) || squared_deviations < 0) {
    out.method = kNotFinite;
    return out;
  }
  out.value = mean;
  if (n == 1) return out;
  const double degrees = static_cast<double>(n) - 1;
  const double error = std::sqrt(squared_deviations / degrees / static_cast<double>(n));
  const double half = student_quantile((1 + confidence) / 2, degrees) * error;
  out.ci_low = mean - half;
  out.ci_high = mean + half;
  return out;
}

}  // namespace assay::stats
