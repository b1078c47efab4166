// Speed: is b slower than a, as a ratio b / a of times.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const SpeedDifference d = stats::paired_speed(a, b, {});     // same items, taken in turns
//   const SpeedDifference u = stats::unpaired_speed(a, b, {});   // whatever came when
//
// Times are positive and finite, in any unit that both share. Others (a failed request without a
// time, a clock that stood still) are dropped, and the banner says how many and why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/stats/resampling.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct SpeedDifference {
  Estimate ratio;  // b / a; above 1: b is slower
  std::optional<double> p_value;
  std::string test;    // "paired t of logarithms", "Mann-Whitney"
  std::string banner;  // what the reader must know; empty: nothing
};

// exp(mean(log b - log a)) with Student's interval of the logarithms, clustered where given: the
// ratio of geometric means. n counts the pairs kept; a pair with a time that is none is dropped
// whole. Edge cases as paired_difference: no pair: no value; one pair or cluster: a value only; the
// same ratio everywhere: an interval of width 0, p = 1 when it is 1 and no p otherwise. Spans of
// different lengths are programmer errors.
SpeedDifference paired_speed(std::span<const double> a, std::span<const double> b,
                             std::span<const uint32_t> clusters,
                             double confidence = kDefaultConfidence);

// Ratio of medians with a moving-block bootstrap interval (neighbours in time depend on each
// other; blocks of length ⌈n^(1/3)⌉) and Mann-Whitney's p. `a` and `b` in order of time. n counts
// the values of both. One side empty: no value; fewer than 2 values on a side: a value only. The
// banner always says that the two were not interleaved.
// Source: Künsch, Annals of Statistics 17 (1989) 1217; block length Hall, Horowitz and Jing,
// Biometrika 82 (1995) 561.
SpeedDifference unpaired_speed(std::span<const double> a, std::span<const double> b,
                               const ResampleOptions& options);

// Two-sided p of U by its normal approximation: z = (max(U, n m - U) - n m / 2 - 1/2) / sqrt(n m /
// 12 · (N + 1 - Σ_ties (t³ - t) / (N (N - 1)))), N = n + m, p = min(1, 2 P(Z >= z)). All values
// equal: 1. Either side empty or a NaN: none.
// Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947) 50;
// scipy.stats.mannwhitneyu with method "asymptotic".
std::optional<double> mann_whitney_p(std::span<const double> a, std::span<const double> b);

}  // namespace assay::stats
