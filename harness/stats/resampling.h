// Resampling: bootstrap intervals and sign-flip tests of paired differences, for figures whose
// distribution nobody knows. Counter-based chance: draw d of resample r is a hash of (seed, r, d),
// so any number of threads gives the same bytes.
//
// Where it stands: harness/stats, called by harness/aggregate; its inner loop is bootstrap.h. Pure;
// any thread.
//
//   stats::GradedPairs pairs{.numerators_a = na, .weights_a = wa, .numerators_b = nb,
//                            .weights_b = wb};
//   const PairedTest t = stats::graded_difference(pairs, {});  // BCa interval, sign-flip p
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/stats/bootstrap.h"
#include "harness/stats/distributions.h"
#include "harness/stats/paired.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct ResampleOptions {
  uint32_t resamples = 10'000;
  uint32_t flips = 10'000;  // of a sign-flip test whose 2^C patterns are too many to count all
  uint64_t seed = 1;
  double confidence = kDefaultConfidence;
  // Rows drawn over all resamples: with more rows than draws_max / resamples there are fewer
  // resamples (1,000 at least), and the method says how many.
  uint64_t draws_max = 100'000'000;
  unsigned threads = 1;
};

// How many resamples of so many rows the options allow.
uint32_t affordable_resamples(size_t rows, const ResampleOptions& options);

// Two models on the same n items: pooled ratios Σ numerator / Σ weight, an ordinary mean where all
// weights are 1.
struct GradedPairs {
  std::span<const double> numerators_a;
  std::span<const double> weights_a;  // empty: all 1
  std::span<const double> numerators_b;
  std::span<const double> weights_b;
  std::span<const uint32_t> clusters;  // empty: each item is its own
};

// Ra - Rb with a BCa interval (clusters are drawn whole; acceleration by leaving out one cluster at
// a time) and a two-sided sign-flip p-value on the linearised residuals' cluster sums: with D the
// sums of weights and R the two models' pooled ratio, t_c = Σ_{i in c} (na_i - R wa_i) / Da - (nb_i
// - R wb_i) / Db, whose sum is Ra - Rb; with weights of 1 these are the differences over n. `error`
// is the linearised (clustered) standard error of ratio.h; there is no statistic.
// Edge cases: n = 0, or a sum of weights of 0: no value; one item or one cluster: a value only;
// constant differences: an interval of width 0, p = 2 / 2^C (1 when they are 0); a NaN, infinity or
// negative weight: refused; every resample on one side of the value: see bca_interval. Spans of
// other lengths than numerators_a (or empty, where allowed) are programmer errors. n counts items.
PairedTest graded_difference(const GradedPairs& pairs, const ResampleOptions& options);

// BCa intervals of the means of all columns at once, over the same resamples of rows [items ×
// models]; clusters as above. Edge cases column by column, as above.
std::vector<Estimate> bootstrap_means(const RowTable& scores, std::span<const uint32_t> clusters,
                                      const ResampleOptions& options);

// P(|Σ ± t_c| >= |Σ t_c|) over independent fair signs: exact over all 2^C patterns for C <= 16,
// else (1 + hits) / (1 + flips). Terms of 0 are left out first, which changes nothing but C. Sums
// that differ by rounding are equal. No terms: 1. NaN: NaN. Source: Fisher, The Design of
// Experiments (1935), 21; Phipson and Smyth, Statistical Applications in Genetics and Molecular
// Biology 9 (2010) 39, for the 1 + hits; scipy.stats.permutation_test with permutation_type
// "samples".
double sign_flip_p(std::span<const double> terms, const ResampleOptions& options);

}  // namespace assay::stats
