#include "harness/stats/percentile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/base/check.h"
#include "harness/stats/finite.h"

namespace assay::stats {
namespace {

// "99" for 0.99, "99.9" for 0.999.
std::string percent_text(double p) { return fmt::format("{:g}", p * 100); }

// Smallest k in [0, n] with P(B <= k) >= q.
uint64_t binomial_rank(uint64_t n, double p, double q) {
  uint64_t low = 0;
  uint64_t high = n;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (binomial_cdf(static_cast<int64_t>(middle), n, p) >= q) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::string unsupported(uint64_t n, double p, double confidence) {
  const auto needed = percentile_n_min(p, confidence);
  if (!needed) return "order statistics: an extreme has no interval";
  return fmt::format("order statistics: n = {} cannot support an interval for p{}, needs {}", n,
                     percent_text(p), *needed);
}

// 0-based position; may lie beyond the ends. Written as the source writes it, because discrete
// definitions turn on the last bit.
double position_of(double n, double p, PercentileDefinition definition) {
  const double h = (n - 1) * p;
  switch (definition) {
    case PercentileDefinition::kLinear:
      return h;
    case PercentileDefinition::kLower:
      return std::floor(h);
    case PercentileDefinition::kHigher:
      return std::ceil(h);
    case PercentileDefinition::kNearest:
      return std::nearbyint(h);
    case PercentileDefinition::kMidpoint:
      return 0.5 * (std::floor(h) + std::ceil(h));
    case PercentileDefinition::kInvertedCdf:
      return std::ceil(n * p - 1);
    case PercentileDefinition::kHazen:
      return n * p + (0.5 + p * (1 - 0.5 - 0.5)) - 1;
    case PercentileDefinition::kWeibull:
      return n * p + (0 + p * 1) - 1;
    case PercentileDefinition::kMedianUnbiased:
      return n * p + (1 / 3.0 + p * (1 - 1 / 3.0 - 1 / 3.0)) - 1;
  }
  return h;
}

}  // namespace

std::optional<uint64_t> percentile_n_min(double p, double confidence) {
  if (p <= 0 || p >= 1) return std::nullopt;
  const double needed = std::log((1 - confidence) / 2) / std::log(std::max(p, 1 - p));
  return static_cast<uint64_t>(std::ceil(needed));
}

PercentileRanks percentile_ranks(uint64_t n, double p, double confidence) {
  ASSAY_CHECK(n >= 1, "a percentile of nothing");
  ASSAY_CHECK(p >= 0 && p <= 1, "percentile {} outside 0..1", p);
  PercentileRanks out;
  const double position = static_cast<double>(n - 1) * p;
  out.below = static_cast<size_t>(std::floor(position));
  out.above = std::min<size_t>(out.below + 1, n - 1);
  out.fraction = position - std::floor(position);
  out.method = "order statistics";
  const double tail = (1 - confidence) / 2;
  const auto needed = percentile_n_min(p, confidence);
  if (!needed || n < *needed) {
    out.method = unsupported(n, p, confidence);
    return out;
  }
  // P(B < l) <= tail for the largest l: l - 1 is one below the smallest k with P(B <= k) > tail.
  uint64_t low = binomial_rank(n, p, tail);
  if (binomial_cdf(static_cast<int64_t>(low), n, p) <= tail) ++low;  // equality still qualifies
  // P(B >= u) <= tail: P(B <= u - 1) >= 1 - tail.
  const uint64_t high = binomial_rank(n, p, 1 - tail) + 1;
  if (low < 1 || high > n) {
    out.method = unsupported(n, p, confidence);
    return out;
  }
  out.low = static_cast<size_t>(low - 1);
  out.high = static_cast<size_t>(high - 1);
  return out;
}

PercentileRanks percentile_ranks_clustered(uint64_t n, double n_effective, double p,
                                           double confidence) {
  const auto size = static_cast<double>(n);
  const double bounded = std::clamp(std::floor(n_effective), 0.0, size);
  PercentileRanks out = percentile_ranks(n, p, confidence);
  const auto independent = static_cast<uint64_t>(bounded);
  if (independent == n) return out;
  out.low.reset();
  out.high.reset();
  if (independent == 0) {
    out.method = "order statistics: one cluster cannot support an interval";
    return out;
  }
  const PercentileRanks few = percentile_ranks(independent, p, confidence);
  out.method = few.low ? fmt::format("order statistics, clustered: as {} independent", independent)
                       : few.method;
  if (!few.low) return out;
  const double scale = size / static_cast<double>(independent);
  const double low = std::floor(static_cast<double>(*few.low) * scale);
  const double high = std::ceil(static_cast<double>(*few.high + 1) * scale) - 1;
  out.low = static_cast<size_t>(std::clamp(low, 0.0, size - 1));
  out.high = static_cast<size_t>(std::clamp(high, 0.0, size - 1));
  return out;
}

double effective_size(uint64_t n, uint64_t clusters, double share, double residual_squares,
                      double confidence) {
  if (clusters < 2 || n == 0) return 0;
  const auto size = static_cast<double>(n);
  const auto count = static_cast<double>(clusters);
  const double tail = (1 + confidence) / 2;
  const double ratio = normal_quantile(tail) / student_quantile(tail, count - 1);
  const double variance = count / (count - 1) * residual_squares / (size * size);
  const double independent = variance > 0 ? share * (1 - share) / variance : count;
  return std::clamp(independent * ratio * ratio, 1.0, size);
}

Estimate percentile(std::span<const double> sorted, double p, double confidence) {
  Estimate out;
  out.n = sorted.size();
  out.method = "order statistics";
  if (!all_finite(sorted)) {
    out.method = kNotFinite;
    return out;
  }
  if (sorted.empty()) return out;
  const PercentileRanks ranks = percentile_ranks(sorted.size(), p, confidence);
  const double below = sorted[ranks.below];
  out.value = below + ranks.fraction * (sorted[ranks.above] - below);
  if (ranks.low) {
    out.ci_low = sorted[*ranks.low];
    out.ci_high = sorted[*ranks.high];
  }
  out.method = ranks.method;
  return out;
}

double percentile_as(std::span<const double> sorted, double p, PercentileDefinition definition) {
  ASSAY_CHECK(!sorted.empty(), "a percentile of nothing");
  ASSAY_CHECK(p >= 0 && p <= 1, "percentile {} outside 0..1", p);
  const double h = position_of(static_cast<double>(sorted.size()), p, definition);
  const double last = static_cast<double>(sorted.size()) - 1;
  if (h <= 0) return sorted.front();
  if (h >= last) return sorted.back();
  const auto below = static_cast<size_t>(h);
  const double fraction = h - std::floor(h);
  const double low = sorted[below];
  const double high = sorted[below + 1];
  // From the nearer end, so that 1 gives exactly the upper value.
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction);
}

}  // namespace assay::stats
