// Item statistics: whether an item tells good models from bad ones, and how even the labels are.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const stats::Discrimination d = stats::discrimination(scores, models);
//   const stats::Balance b = stats::label_balance(counts);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// Fewer models than this say nothing: r of three or four points is any number.
inline constexpr size_t kDiscriminationModelsMin = 5;

struct Discrimination {
  std::vector<double> r;           // [items]; NaN: the item or the rest does not vary
  std::vector<double> p_negative;  // [items] one-sided, of r not below 0; NaN with r
};

// Item-rest correlation: r_i = Pearson over models m of x_im and Σ_{j != i} x_jm (point-biserial
// for right and wrong). p: P(T <= t), t = r sqrt((M - 2) / (1 - r²)), Student's with M - 2 degrees;
// 0 for r = -1. Shape: scores [items × models], by item. Edge cases: fewer than
// kDiscriminationModelsMin models, a NaN among an item's scores: NaN (and that item counts for no
// rest). O(items · models).
// Source: Lord and Novick, Statistical Theories of Mental Test Scores (1968), 15; Henrysson,
// Psychometrika 28 (1963) 211 (why the item itself is left out of the total).
Discrimination discrimination(std::span<const double> scores, size_t models);

struct Balance {
  uint64_t n = 0;
  uint64_t labels = 0;                 // with a count above 0
  std::optional<double> entropy_bits;  // -Σ p log2 p
  std::optional<double> evenness;      // entropy / log2(labels); none for one label
  size_t majority = 0;                 // index of the largest count, the first of equals
  Estimate majority_share;             // Wilson
};

// Shannon entropy of the labels' shares, and what always answering the most frequent one scores.
// n = 0: nothing. Source: Shannon, Bell System Technical Journal 27 (1948) 379.
Balance label_balance(std::span<const uint64_t> counts, double confidence = kDefaultConfidence);

}  // namespace assay::stats
