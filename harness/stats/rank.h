// Rank statistics: whether two quantities go together, and whether one rises over time, without
// assuming a shape.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const Estimate rho = stats::spearman(input_tokens, ttft);
//   const double z = stats::mann_kendall(latency_by_due_time);   // above 2.33: rises, p < 1 %
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// Ranks 1..n; ties share the mean of their ranks.
std::vector<double> average_ranks(std::span<const double> values);

// Spearman's rho: Pearson's correlation of the average ranks. Interval from n = 10 on: tanh(atanh r
// ± z sqrt((1 + r²/2) / (n - 3))). Edge cases: n < 3, or one side all equal: no value; |r| = 1: no
// interval; NaN: refused; sizes must agree. Source: Spearman (1904), scipy.stats.spearmanr; Bonett
// and Wright, Psychometrika 65 (2000) 23.
Estimate spearman(std::span<const double> x, std::span<const double> y,
                  double confidence = kDefaultConfidence);

// Mann-Kendall's z of a series in order of time: S = Σ_{i<j} sign(x_j - x_i), z = (S - sign S) /
// sqrt(n (n - 1)(2n + 5) / 18 - Σ_ties t (t - 1)(2t + 5) / 18). 0 for n < 3 or all equal. O(n²):
// for some dozens of values. Source: Mann, Econometrica 13 (1945) 245; Kendall, Rank Correlation
// Methods.
double mann_kendall(std::span<const double> values);

}  // namespace assay::stats
