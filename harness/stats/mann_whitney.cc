#include "harness/stats/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/distributions.h"
#include "harness/stats/finite.h"
#include "harness/stats/rank.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr size_t kSmall = 8;
constexpr double kBitsMax = 126;
constexpr size_t kCellsMax = 1'000'000;  // of n_a · n_b, for the list of counts

// Σ t³ - t over groups of equal values.
double tie_sum(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (size_t i = 0; i < values.size();) {
    size_t end = i;
    while (end < values.size() && values[end] == values[i]) ++end;
    const auto t = static_cast<double>(end - i);
    sum += t * t * t - t;
    i = end;
  }
  return sum;
}

bool countable(size_t fewer, size_t more) {
  if (fewer > kCellsMax / more) return false;
  const auto m = static_cast<double>(fewer);
  const auto n = static_cast<double>(more);
  const double log_orders = std::lgamma(m + n + 1) - std::lgamma(m + 1) - std::lgamma(n + 1);
  return log_orders / std::log(2.0) < kBitsMax;
}

// P(U >= u): the counts are the coefficients of Π_{i=1..m} (1 - x^(n+i)) / (1 - x^i). Integers that
// wrap are exact in the end, because the end fits.
double exact_tail(size_t m, size_t n, double u) {
  std::vector<Wide> counts(m * n + 1);
  counts[0] = 1;
  for (size_t i = 1; i <= m; ++i) {
    for (size_t k = counts.size(); k-- > n + i;) counts[k] -= counts[k - n - i];
    for (size_t k = i; k < counts.size(); ++k) counts[k] += counts[k - i];
  }
  Wide all = 0;
  for (const Wide count : counts) all += count;
  Wide tail = 0;
  for (auto k = static_cast<size_t>(u); k < counts.size(); ++k) tail += counts[k];
  return static_cast<double>(tail) / static_cast<double>(all);
}

double normal_upper_of(double numerator, double deviation) {
  if (deviation > 0) return normal_upper(numerator / deviation);
  return numerator < 0 ? 1 : 0;
}

}  // namespace

MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b,
                         Alternative alternative) {
  MannWhitney out;
  if (a.empty() || b.empty() || !all_finite(a) || !all_finite(b)) return out;
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const std::vector<double> ranks = average_ranks(all);
  Sum rank_sum;
  for (size_t i = 0; i < a.size(); ++i) rank_sum.add(ranks[i]);
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  out.u = rank_sum.value() - m * (m + 1) / 2;
  out.small = std::min(a.size(), b.size()) <= kSmall;

  double u = *out.u;
  if (alternative == Alternative::kLess) u = m * n - u;
  if (alternative == Alternative::kTwoSided) u = std::max(u, m * n - u);
  const double sides = alternative == Alternative::kTwoSided ? 2 : 1;
  const double ties = tie_sum(all);
  const double total = m + n;
  const double deviation =
      std::sqrt(std::max(0.0, m * n / 12 * (total + 1 - ties / (total * (total - 1)))));
  const double ahead = u - m * n / 2;
  out.p_normal = std::min(1.0, sides * normal_upper_of(ahead - 0.5, deviation));
  if (deviation > 0) {
    out.p_normal_uncorrected = std::min(1.0, sides * normal_upper_of(ahead, deviation));
  }
  const size_t fewer = std::min(a.size(), b.size());
  const size_t more = std::max(a.size(), b.size());
  if (ties <= 0 && countable(fewer, more)) {
    out.p_exact = std::min(1.0, sides * exact_tail(fewer, more, u));
  }
  return out;
}

}  // namespace assay::stats
