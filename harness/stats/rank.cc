#include "harness/stats/rank.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/base/check.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr uint64_t kIntervalFrom = 10;

// Pearson's correlation of two lists of ranks; their mean is (n + 1) / 2. NaN where one does not
// vary.
double rank_correlation(std::span<const double> x, std::span<const double> y) {
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  Sum both;
  Sum of_x;
  Sum of_y;
  for (size_t i = 0; i < x.size(); ++i) {
    both.add((x[i] - mean) * (y[i] - mean));
    of_x.add((x[i] - mean) * (x[i] - mean));
    of_y.add((y[i] - mean) * (y[i] - mean));
  }
  return both.value() / std::sqrt(of_x.value() * of_y.value());
}

double sign(double v) { return v > 0 ? 1 : (v < 0 ? -1 : 0); }

// Σ t (t - 1)(2t + 5) over groups of equal values.
double tie_term(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  double term = 0;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i;
    while (end < sorted.size() && sorted[end] == sorted[i]) ++end;
    const auto t = static_cast<double>(end - i);
    term += t * (t - 1) * (2 * t + 5);
    i = end;
  }
  return term;
}

}  // namespace

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double shared = static_cast<double>(i + 1 + end) / 2;
    for (size_t k = i; k < end; ++k) ranks[order[k]] = shared;
    i = end;
  }
  return ranks;
}

Estimate spearman(std::span<const double> x, std::span<const double> y, double confidence) {
  ASSAY_CHECK(x.size() == y.size(), "{} values against {}", x.size(), y.size());
  Estimate out;
  out.n = x.size();
  out.method = "spearman";
  if (!all_finite(x) || !all_finite(y)) {
    out.method = kNotFinite;
    return out;
  }
  if (x.size() < 3) {
    out.method = "spearman: n too small";
    return out;
  }
  const double r = rank_correlation(average_ranks(x), average_ranks(y));
  if (!std::isfinite(r)) {
    out.method = "spearman: one side does not vary";
    return out;
  }
  out.value = std::clamp(r, -1.0, 1.0);
  if (out.n < kIntervalFrom || std::fabs(*out.value) > 1 - 1e-12) return out;
  const double half = normal_quantile((1 + confidence) / 2) *
                      std::sqrt((1 + r * r / 2) / (static_cast<double>(out.n) - 3));
  out.ci_low = std::tanh(std::atanh(r) - half);
  out.ci_high = std::tanh(std::atanh(r) + half);
  out.method = "spearman, fisher z";
  return out;
}

double mann_kendall(std::span<const double> values) {
  if (values.size() < 3 || !all_finite(values)) return 0;
  double s = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j) s += sign(values[j] - values[i]);
  }
  const auto n = static_cast<double>(values.size());
  const double variance = (n * (n - 1) * (2 * n + 5) - tie_term(values)) / 18;
  return variance > 0 ? (s - sign(s)) / std::sqrt(variance) : 0;
}

}  // namespace assay::stats
