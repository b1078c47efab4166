#include "harness/stats/ratio.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/clusters.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

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

// u_i = (num_i - R den_i) / D. Adds sign * u to `out`.
void add_residuals(std::span<const double> numerators, std::span<const double> weights, double r,
                   double d, double sign, std::vector<double>& out) {
  for (size_t i = 0; i < numerators.size(); ++i) {
    out[i] += sign * (numerators[i] - r * weights[i]) / d;
  }
}

// SE from residuals; 0 when what is left is rounding of figures of size `scale`.
RatioError error_of(std::span<const double> residuals, std::span<const uint32_t> clusters,
                    double scale) {
  RatioError out;
  const ClusterSquares squares = cluster_squares(residuals, clusters);
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

RatioError ratio_error(std::span<const double> numerators, std::span<const double> weights,
                       std::span<const uint32_t> clusters) {
  if (!usable(numerators, weights)) return {};
  const double d = total_of(weights);
  if (d <= 0) return {};
  const double r = total_of(numerators) / d;
  std::vector<double> residuals(numerators.size());
  add_residuals(numerators, weights, r, d, 1, residuals);
  return error_of(residuals, clusters, std::fabs(r));
}

Estimate ratio(std::span<const double> numerators, std::span<const double> weights,
               std::span<const uint32_t> clusters, double confidence) {
  Estimate out;
  out.n = numerators.size();
  if (!usable(numerators, weights)) {
    out.method = kNotFinite;
    return out;
  }
  out.method = method_of(weights, !clusters.empty());
  const double d = total_of(weights);
  if (d <= 0) return out;
  out.value = total_of(numerators) / d;
  set_interval(out, ratio_error(numerators, weights, clusters), confidence);
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
  const double da = total_of(weights_a);
  const double db = total_of(weights_b);
  if (da <= 0 || db <= 0) return out;
  const double ra = total_of(numerators_a) / da;
  const double rb = total_of(numerators_b) / db;
  out.estimate.value = ra - rb;
  std::vector<double> residuals(numerators_a.size());
  add_residuals(numerators_a, weights_a, ra, da, 1, residuals);
  add_residuals(numerators_b, weights_b, rb, db, -1, residuals);
  const RatioError error = error_of(residuals, clusters, std::fabs(ra) + std::fabs(rb));
  set_interval(out.estimate, error, confidence);
  if (!error.error) return out;
  if (*error.error > 0) {
    out.p_value =
        student_two_sided((ra - rb) / *error.error, static_cast<double>(error.clusters) - 1);
  } else if (std::fabs(ra - rb) <= kRoundingShare * (std::fabs(ra) + std::fabs(rb))) {
    out.p_value = 1;
  }
  return out;
}

}  // namespace assay::stats
