#include "harness/stats/ratio.h"

#include <cmath>
#include <string>

#include "harness/base/check.h"
#include "harness/stats/clusters.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr double kRoundingShare = 1e-13;  // below this share of the ratio an error is rounding

// Sums of one model's terms; its residuals are u_i = (num_i - r w_i) / d.
struct Pooled {
  bool usable = true;       // all finite, no negative weight
  bool all_ones = true;     // every weight is 1: the ratio is a mean
  double d = 0;             // Σ w
  std::optional<double> r;  // none when d = 0

  [[nodiscard]] double residual(const RatioTerm& term) const {
    return (term.numerator - *r * term.weight) / d;
  }
};

Pooled pool(size_t n, const RatioTerms& terms) {
  Pooled out;
  Sum numerators;
  Sum weights;
  for (size_t i = 0; i < n; ++i) {
    const RatioTerm term = terms(i);
    out.usable = out.usable && std::isfinite(term.numerator) && std::isfinite(term.weight) &&
                 term.weight >= 0;
    out.all_ones = out.all_ones && term.weight == 1;
    numerators.add(term.numerator);
    weights.add(term.weight);
  }
  out.d = weights.value();
  if (out.usable && out.d > 0) out.r = numerators.value() / out.d;
  return out;
}

struct RatioError {
  uint64_t clusters = 0;
  std::optional<double> error;  // SE of the ratio; none for one cluster
};

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

RatioTerms terms_of(std::span<const double> numerators, std::span<const double> weights) {
  ASSAY_CHECK(numerators.size() == weights.size(), "{} numerators for {} weights",
              numerators.size(), weights.size());
  return [numerators, weights](size_t i) {
    return RatioTerm{.numerator = numerators[i], .weight = weights[i]};
  };
}

}  // namespace

Estimate ratio(size_t n, const RatioTerms& terms, std::span<const uint32_t> clusters,
               double confidence) {
  Estimate out;
  out.n = n;
  const Pooled pooled = pool(n, terms);
  if (!pooled.usable) {
    out.method = kNotFinite;
    return out;
  }
  out.method = std::string(clusters.empty() ? "" : "clustered ") +
               (pooled.all_ones ? "mean, t" : "ratio, t");
  if (!pooled.r) return out;
  out.value = pooled.r;
  set_interval(out,
               error_of(n, clusters, std::fabs(*pooled.r),
                        [&](size_t i) { return pooled.residual(terms(i)); }),
               confidence);
  return out;
}

Estimate ratio(std::span<const double> numerators, std::span<const double> weights,
               std::span<const uint32_t> clusters, double confidence) {
  return ratio(numerators.size(), terms_of(numerators, weights), clusters, confidence);
}

std::optional<double> ratio_error(size_t n, const RatioTerms& terms,
                                  std::span<const uint32_t> clusters) {
  const Pooled pooled = pool(n, terms);
  if (!pooled.usable || !pooled.r) return std::nullopt;
  return error_of(n, clusters, std::fabs(*pooled.r),
                  [&](size_t i) { return pooled.residual(terms(i)); })
      .error;
}

RatioDifference ratio_difference(size_t n, const RatioTerms& a, const RatioTerms& b,
                                 std::span<const uint32_t> clusters, double confidence) {
  RatioDifference out;
  out.estimate.n = n;
  const Pooled pa = pool(n, a);
  const Pooled pb = pool(n, b);
  if (!pa.usable || !pb.usable) {
    out.estimate.method = kNotFinite;
    return out;
  }
  out.estimate.method =
      std::string(clusters.empty() ? "paired " : "clustered paired ") +
      (pa.all_ones && pb.all_ones ? "difference of means, t" : "difference of ratios, t");
  if (!pa.r || !pb.r) return out;
  const double scale = std::fabs(*pa.r) + std::fabs(*pb.r);
  const double difference = *pa.r - *pb.r;
  out.estimate.value = difference;
  const RatioError error =
      error_of(n, clusters, scale, [&](size_t i) { return pa.residual(a(i)) - pb.residual(b(i)); });
  set_interval(out.estimate, error, confidence);
  out.error = error.error;
  if (!error.error) return out;
  if (*error.error > 0) {
    out.p_value =
        student_two_sided(difference / *error.error, static_cast<double>(error.clusters) - 1);
  } else if (std::fabs(difference) <= kRoundingShare * scale) {
    out.p_value = 1;
  }
  return out;
}

RatioDifference ratio_difference(std::span<const double> numerators_a,
                                 std::span<const double> weights_a,
                                 std::span<const double> numerators_b,
                                 std::span<const double> weights_b,
                                 std::span<const uint32_t> clusters, double confidence) {
  ASSAY_CHECK(numerators_a.size() == numerators_b.size(), "{} samples against {}",
              numerators_a.size(), numerators_b.size());
  return ratio_difference(numerators_a.size(), terms_of(numerators_a, weights_a),
                          terms_of(numerators_b, weights_b), clusters, confidence);
}

}  // namespace assay::stats
