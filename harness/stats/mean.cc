#include "harness/stats/mean.h"

#include <cmath>
#include <vector>

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

uint64_t count_clusters(std::span<const double> values, std::span<const uint32_t> clusters) {
  return cluster_squares(values, clusters).clusters;
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
  const double mean = plain_mean(values);
  std::vector<double> residuals(values.begin(), values.end());
  for (double& r : residuals) r -= mean;
  const ClusterSquares squares = cluster_squares(residuals, clusters);
  const double error = std::sqrt(squares.sum_of_squares) / static_cast<double>(values.size());
  if (correction == ClusterCorrection::kNone) return error;
  if (squares.clusters < 2) return std::nullopt;
  const double c = static_cast<double>(squares.clusters);
  return error * std::sqrt(c / (c - 1));
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
  const auto error = clustered_error(values, clusters, ClusterCorrection::kFiniteClusters);
  if (!error) return out;
  const double degrees = static_cast<double>(count_clusters(values, clusters)) - 1;
  const double t = student_quantile((1 + confidence) / 2, degrees);
  out.ci_low = *out.value - t * *error;
  out.ci_high = *out.value + t * *error;
  return out;
}

}  // namespace assay::stats
