#include "harness/stats/ratio.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "harness/base/check.h"
#include "harness/stats/clusters.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

struct RatioError {
  uint64_t clusters = 0;
  std::optional<double> error;  // SE of the ratio; none for one cluster
};

constexpr double kRoundingShare = 1e-13;  // below this share of the ratio an error is rounding

double total_of(std::span<const double> values) {
  Sum total;
  for (const double v : values) total.add(v);
  return total.value();
}

bool usable(std::span<const double> numerators, std::span<const double> weights) {
  ASSAY_CHECK(numerators.size() == weights.size(), "{} numerators for {} weights",
              numerators.size(), weights.size());
  return all_finite(numerators) && all_finite(weights) &&
         std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; });
}

// A ratio and what its residuals need: u_i = (num_i - r w_i) / d.
struct Pooled {
  std::span<const double> numerators;
  std::span<const double> weights;
  double d = 0;
  double r = 0;
  [[nodiscard]] double residual(size_t i) const { return (numerators[i] - r * weights[i]) / d; }
};

// Nothing when the weights add up to nothing.
std::optional<Pooled> pool(std::span<const double> numerators, std::span<const double> weights) {
  Pooled out{.numerators = numerators, .weights = weights, .d = total_of(weights)};
  if (out.d <= 0) return std::nullopt;
  out.r = total_of(numerators) / out.d;
  return out;
}

// SE from residuals; 0 when what is left is rounding of figures of size `scale`.
template <typename Residual>
RatioError error_of(size_t n, std::span<const uint32_t> clusters, double scale, Residual residual) {
  RatioError out;
  const ClusterSquares squares = cluster_squares(n, clusters, residual);
  out.clusters = squares.clusters;
  if (squares.clusters < 2) return out;
  const double c = static_cast<double>(squares.clusters);
  const double error = std::sqrt(squares.sum_of_squares * c / (c - 1));
  out.error = error <= kRoundingShare * scale ? 0 : error;
  return out;
}

void set_interval(Estimate& out, const RatioError& error, double confidence) {
  if (!error.error) return;
  const double degrees = static_cast<double>(error.clusters) - 1;
  const double half = student_quantile((1 + confidence) / 2, degrees) * *error.error;
  out.ci_low = *out.value - half;
  out.ci_high = *out.value + half;
}

bool all_ones(std::span<const double> weights) {
  return std::all_of(weights.begin(), weights.end(), [](double w) { return w == 1; });
}

const char* method_of(std::span<const double> weights, bool clustered) {
  if (all_ones(weights)) return clustered ? "clustered mean, t" : "mean, t";
  return clustered ? "clustered ratio, t" : "ratio, t";
}

}  // namespace

Estimate ratio(std::span<const double> numerators, std::span<const double> weights,
               std::span<const uint32_t> clusters, double confidence) {
  Estimate out;
  out.n = numerators.size();
  if (!usable(numerators, weights)) {
    out.method = kNotFinite;
    return out;
  }
  out.method = method_of(weights, !clusters.empty());
  const std::optional<Pooled> pooled = pool(numerators, weights);
  if (!pooled) return out;
  out.value = pooled->r;
  const RatioError error = error_of(numerators.size(), clusters, std::fabs(pooled->r),
                                    [&](size_t i) { return pooled->residual(i); });
  set_interval(out, error, confidence);
  return out;
}

RatioDifference ratio_difference(std::span<const double> numerators_a,
                                 std::span<const double> weights_a,
                                 std::span<const double> numerators_b,
                                 std::span<const double> weights_b,
                                 std::span<const uint32_t> clusters, double confidence) {
  ASSAY_CHECK(numerators_a.size() == numerators_b.size(), "{} samples against {}",
              numerators_a.size(), numerators_b.size());
  RatioDifference out;
  out.estimate.n = numerators_a.size();
  if (!usable(numerators_a, weights_a) || !usable(numerators_b, weights_b)) {
    out.estimate.method = kNotFinite;
    return out;
  }
  const bool means = all_ones(weights_a) && all_ones(weights_b);
  out.estimate.method = std::string(clusters.empty() ? "paired " : "clustered paired ") +
                        (means ? "difference of means, t" : "difference of ratios, t");
  const std::optional<Pooled> a = pool(numerators_a, weights_a);
  const std::optional<Pooled> b = pool(numerators_b, weights_b);
  if (!a || !b) return out;
  const double scale = std::fabs(a->r) + std::fabs(b->r);
  const double difference = a->r - b->r;
  out.estimate.value = difference;
  const RatioError error = error_of(numerators_a.size(), clusters, scale,
                                    [&](size_t i) { return a->residual(i) - b->residual(i); });
  set_interval(out.estimate, error, confidence);
  if (!error.error) return out;
  if (*error.error > 0) {
    out.p_value =
        student_two_sided(difference / *error.error, static_cast<double>(error.clusters) - 1);
  } else if (std::fabs(difference) <= kRoundingShare * scale) {
    out.p_value = 1;
  }
  return out;
}

}  // namespace assay::stats
