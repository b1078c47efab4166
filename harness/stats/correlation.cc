#include "harness/stats/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/distributions.h"
#include "harness/stats/finite.h"
#include "harness/stats/rank.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr size_t kExactUpTo = 33;

bool usable(std::span<const double> x, std::span<const double> y) {
  ASSAY_CHECK(x.size() == y.size(), "{} values against {}", x.size(), y.size());
  return x.size() >= 2 && all_finite(x) && all_finite(y);
}

bool all_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

// Deviations from the mean, scaled to length 1 so that no square overflows.
std::vector<double> direction(std::span<const double> values) {
  Sum total;
  for (const double v : values) total.add(v / static_cast<double>(values.size()));
  std::vector<double> out(values.begin(), values.end());
  double largest = 0;
  for (double& v : out) {
    v -= total.value();
    largest = std::max(largest, std::fabs(v));
  }
  Sum squares;
  for (double& v : out) {
    v /= largest;
    squares.add(v * v);
  }
  const double length = std::sqrt(squares.value());
  for (double& v : out) v /= length;
  return out;
}

std::optional<double> coefficient(std::span<const double> x, std::span<const double> y) {
  if (all_equal(x) || all_equal(y)) return std::nullopt;
  const std::vector<double> a = direction(x);
  const std::vector<double> b = direction(y);
  Sum product;
  for (size_t i = 0; i < a.size(); ++i) product.add(a[i] * b[i]);
  const double r = product.value();
  if (std::isnan(r)) return std::nullopt;
  return std::clamp(r, -1.0, 1.0);
}

// Of ranks, whose sums are exact: two equal orders give exactly 1.
std::optional<double> rank_coefficient(std::span<const double> x, std::span<const double> y) {
  if (all_equal(x) || all_equal(y)) return std::nullopt;
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  double both = 0;
  double of_x = 0;
  double of_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    both += (x[i] - mean) * (y[i] - mean);
    of_x += (x[i] - mean) * (x[i] - mean);
    of_y += (y[i] - mean) * (y[i] - mean);
  }
  return std::clamp(both / std::sqrt(of_x * of_y), -1.0, 1.0);
}

// n > 2.
double p_of_coefficient(double r, size_t n) {
  const double degrees = static_cast<double>(n) - 2;
  const double rest = (1 + r) * (1 - r);
  return rest <= 0 ? 0 : student_two_sided(r * std::sqrt(degrees / rest), degrees);
}

// Sums over groups of equal values: pairs, and the two terms of the variance of C - D.
struct Ties {
  double pairs = 0;   // Σ t (t - 1) / 2
  double cubic = 0;   // Σ t (t - 1)(t - 2)
  double spread = 0;  // Σ t (t - 1)(2t + 5)
  size_t distinct = 0;
};
Ties ties_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  Ties out;
  for (size_t i = 0; i < sorted.size();) {
    size_t end = i;
    while (end < sorted.size() && sorted[end] == sorted[i]) ++end;
    const auto t = static_cast<double>(end - i);
    out.pairs += t * (t - 1) / 2;
    out.cubic += t * (t - 1) * (t - 2);
    out.spread += t * (t - 1) * (2 * t + 5);
    ++out.distinct;
    i = end;
  }
  return out;
}

// Sorts and counts pairs that stand in the wrong order (strictly), by merging halves bottom up.
double count_inversions(std::vector<double>& values) {
  std::vector<double> merged(values.size());
  double inversions = 0;
  for (size_t width = 1; width < values.size(); width *= 2) {
    for (size_t begin = 0; begin < values.size(); begin += 2 * width) {
      const size_t middle = std::min(begin + width, values.size());
      const size_t end = std::min(begin + 2 * width, values.size());
      size_t left = begin;
      size_t right = middle;
      for (size_t k = begin; k < end; ++k) {
        if (left < middle && (right >= end || values[left] <= values[right])) {
          merged[k] = values[left++];
        } else {
          inversions += static_cast<double>(middle - left);
          merged[k] = values[right++];
        }
      }
    }
    values.swap(merged);
  }
  return inversions;
}

struct OrderedPairs {
  double discordant = 0;
  double tied_in_both = 0;
};
OrderedPairs ordered_pairs(std::span<const double> x, std::span<const double> y) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return x[i] != x[j] ? x[i] < x[j] : y[i] < y[j]; });
  OrderedPairs out;
  double run = 0;  // earlier pairs equal to this one
  for (size_t k = 1; k < order.size(); ++k) {
    const bool same = x[order[k]] == x[order[k - 1]] && y[order[k]] == y[order[k - 1]];
    run = same ? run + 1 : 0;
    out.tied_in_both += run;
  }
  std::vector<double> by_x(x.size());
  for (size_t k = 0; k < order.size(); ++k) by_x[k] = y[order[k]];
  out.discordant = count_inversions(by_x);
  return out;
}

// 2 P(D <= fewer) over all orders of n values, at most 1: the share of orders of j values with k
// inversions is the mean of the shares of j - 1 values with k - i inversions, i = 0..j-1.
double exact_kendall(size_t n, double fewer, double pairs) {
  if (2 * fewer >= pairs) return 1;
  const auto most = static_cast<size_t>(fewer);
  std::vector<double> share(most + 1);
  share[0] = 1;
  std::vector<double> next(most + 1);
  for (size_t j = 2; j <= n; ++j) {
    for (size_t k = 0; k <= most; ++k) {
      double sum = 0;
      for (size_t i = 0; i <= std::min(k, j - 1); ++i) sum += share[k - i];
      next[k] = sum / static_cast<double>(j);
    }
    share.swap(next);
  }
  return std::min(1.0, 2 * std::accumulate(share.begin(), share.end(), 0.0));
}

}  // namespace

Correlation pearson(std::span<const double> x, std::span<const double> y) {
  Correlation out;
  if (!usable(x, y)) return out;
  out.value = coefficient(x, y);
  if (out.value && x.size() == 2) out.value = std::copysign(1.0, *out.value);
  if (out.value) out.p_value = x.size() == 2 ? 1 : p_of_coefficient(*out.value, x.size());
  return out;
}

Correlation spearman_t(std::span<const double> x, std::span<const double> y) {
  Correlation out;
  if (!usable(x, y)) return out;
  out.value = rank_coefficient(average_ranks(x), average_ranks(y));
  if (out.value && x.size() > 2) out.p_value = p_of_coefficient(*out.value, x.size());
  return out;
}

KendallTau kendall(std::span<const double> x, std::span<const double> y) {
  KendallTau out;
  if (!usable(x, y)) return out;
  const auto n = static_cast<double>(x.size());
  const double pairs = n * (n - 1) / 2;
  const Ties of_x = ties_of(x);
  const Ties of_y = ties_of(y);
  if (of_x.distinct < 2 || of_y.distinct < 2) return out;
  const OrderedPairs order = ordered_pairs(x, y);
  const double lead = pairs - of_x.pairs - of_y.pairs + order.tied_in_both - 2 * order.discordant;
  const auto limited = [](double tau) { return std::clamp(tau, -1.0, 1.0); };
  out.b = limited(lead / std::sqrt(pairs - of_x.pairs) / std::sqrt(pairs - of_y.pairs));
  const auto classes = static_cast<double>(std::min(of_x.distinct, of_y.distinct));
  out.c = limited(2 * lead / (n * n * (classes - 1) / classes));
  if (n > 2) {
    const double m = n * (n - 1);
    const double variance = (m * (2 * n + 5) - of_x.spread - of_y.spread) / 18 +
                            2 * of_x.pairs * of_y.pairs / m +
                            of_x.cubic * of_y.cubic / (9 * m * (n - 2));
    out.p_normal = normal_two_sided(lead / std::sqrt(variance));
  }
  const bool tied = of_x.pairs > 0 || of_y.pairs > 0;
  const double fewer = std::min(order.discordant, pairs - order.discordant);
  if (!tied && (x.size() <= kExactUpTo || fewer <= 1)) {
    out.p_exact = exact_kendall(x.size(), fewer, pairs);
  }
  return out;
}

}  // namespace assay::stats
