// Percentiles of n values and their intervals by order statistics (no assumption on the shape).
//
// Where it stands: harness/stats, called by harness/aggregate, which keeps latencies in its own
// compact columns: so the ranks are computed here and looked up there. Pure; any thread.
//
//   const Estimate p95 = stats::percentile(sorted, 0.95);
//   const PercentileRanks r = stats::percentile_ranks(n, 0.95);   // value: sorted[r.below] + ...
//
// Value: linear interpolation, type 7: h = (n - 1) p, x_floor(h) + (h - floor(h)) (x_ceil(h) -
// x_floor(h)), 0-based. Source: Hyndman and Fan, The American Statistician 50 (1996) 361; numpy
// "linear".
// Interval [x_(l), x_(u)], 1-based: l the largest rank with P(B < l) <= a/2, u the smallest with
// P(B >= u) <= a/2, B ~ Binomial(n, p); its coverage is at least 1 - a, also with ties. Where n is
// too small for either rank to exist there is no interval, and the method says which n would do.
// Source: David and Nagaraja, Order Statistics (3rd ed.), 7.1.
// Edge cases: n = 0: no value; n = 1: a value; NaN: refused; p outside [0, 1] is a programmer
// error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct PercentileRanks {
  size_t below = 0;           // 0-based rank of the value at or below
  size_t above = 0;           // and at or above
  double fraction = 0;        // of the way from below to above
  std::optional<size_t> low;  // 0-based ranks of the interval
  std::optional<size_t> high;
  std::string method;  // "order statistics", or that n cannot support an interval
};

// n >= 1.
PercentileRanks percentile_ranks(uint64_t n, double p, double confidence = kDefaultConfidence);

// The smallest n for which both ranks of the interval exist: p^n <= a/2 and (1-p)^n <= a/2; none
// for p = 0 and p = 1.
std::optional<uint64_t> percentile_n_min(double p, double confidence = kDefaultConfidence);

// The same where the n values depend on each other within clusters (the gaps of one reply): the
// value as above, the interval as wide as that of `n_effective` independent values (see
// effective_size), its ranks scaled to n and rounded outward. n_effective = n gives
// percentile_ranks(n, p). n >= 1.
PercentileRanks percentile_ranks_clustered(uint64_t n, double n_effective, double p,
                                           double confidence = kDefaultConfidence);

// How many independent values tell as much of the share F of values at or below a point as n
// values in C clusters do: n* = F (1 - F) / SE² · (z / t)², at least 1 and at most n, where SE² = C
// / (C - 1) · Σ_c (k_c - F n_c)² / n² (`residual_squares` is the sum), z and t(C - 1) the quantiles
// of the confidence: with few clusters SE itself is not well known. No variation (SE = 0): C · (z /
// t)², one value a cluster. C < 2: 0, nothing is known of the dependence. Source: Woodruff, JASA 47
// (1952) 635; Korn and Graubard, Survey Methodology 24 (1998) 193.
double effective_size(uint64_t n, uint64_t clusters, double share, double residual_squares,
                      double confidence = kDefaultConfidence);

// `sorted` ascending.
Estimate percentile(std::span<const double> sorted, double p,
                    double confidence = kDefaultConfidence);

// The definitions that other tools use, named as NumPy names them. p at position h (0-based) of n
// sorted values; between two values by their distance unless said otherwise.
enum class PercentileDefinition : uint8_t {
  kLinear,          // type 7, the product's: h = (n - 1) p
  kLower,           // the value at or below h of type 7
  kHigher,          // at or above
  kNearest,         // nearest, half to even positions
  kMidpoint,        // half way between the two
  kInvertedCdf,     // type 1: the first value whose share of values at or below it reaches p
  kHazen,           // type 5: h = n p - 1/2
  kWeibull,         // type 6: h = (n + 1) p - 1
  kMedianUnbiased,  // type 8: h = (n + 1/3) p - 2/3
};

// `sorted` ascending, not empty, without NaN; p in [0, 1]. Beyond the ends: the end. Source:
// Hyndman and Fan (above); numpy.percentile 1.24.
double percentile_as(std::span<const double> sorted, double p, PercentileDefinition definition);

}  // namespace assay::stats
