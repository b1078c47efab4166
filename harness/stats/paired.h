// Paired comparisons: two models on the same items.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const PairedTest t = stats::paired_difference(a, b, {});
//   const PairedTest m = stats::mcnemar_newcombe({.both = 30, .only_a = 10, .only_b = 3, .neither =
//   20});
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct PairedTest {
  Estimate difference;  // a - b
  std::optional<double> error;
  std::optional<double> statistic;  // t; absent for exact tests
  std::optional<double> p_value;    // two-sided
};

// d_i = a_i - b_i; mean d ± t(C - 1) SE, SE clustered with C / (C - 1) (C = n without clusters,
// where it is the ordinary paired t test). n = 0: nothing; one cluster: a value only; all d equal:
// an interval of width 0, p = 1 when they are 0 and no p otherwise; NaN: refused. Source: Student
// (1908); scipy.stats.ttest_rel.
PairedTest paired_difference(std::span<const double> a, std::span<const double> b,
                             std::span<const uint32_t> clusters,
                             double confidence = kDefaultConfidence);

// Counts of items by who was right.
struct PairedCounts {
  uint64_t both = 0;
  uint64_t only_a = 0;
  uint64_t only_b = 0;
  uint64_t neither = 0;
};

// Two-sided exact McNemar: min(1, 2 P(B <= min(only_a, only_b))), B ~ Binomial(only_a + only_b,
// 1/2); 1 without discordant pairs. Source: McNemar, Psychometrika 12 (1947) 153; statsmodels
// mcnemar(exact=True).
double mcnemar_exact(uint64_t only_a, uint64_t only_b);

struct ChiSquareTest {
  std::optional<double> statistic;
  std::optional<double> p_value;
};
// The approximate test, for comparison with other tools: (|only_a - only_b| - k)² / (only_a +
// only_b) on one degree, k = 1 with Edwards' correction, else 0. The correction counts also where
// both are equal, as the source does. Without discordant pairs: nothing, or with the correction
// infinity and p = 0, as the source has it; use mcnemar_exact. Source: Edwards, Psychometrika 13
// (1948) 185; statsmodels mcnemar(exact=False).
ChiSquareTest mcnemar_chi_square(uint64_t only_a, uint64_t only_b, bool corrected);

// Interval for pa - pb (square-and-add of two Wilson intervals with the estimated correlation,
// whose numerator is reduced by n/2 when positive). n = 0: nothing.
// Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 2635, method 10.
Estimate newcombe_paired(const PairedCounts& counts, double confidence = kDefaultConfidence);

// The two together. They answer by different roads, so near 5 % the interval may just include 0
// while p is below 0.05, or the other way round; the verdict is the test's.
PairedTest mcnemar_newcombe(const PairedCounts& counts, double confidence = kDefaultConfidence);

}  // namespace assay::stats
