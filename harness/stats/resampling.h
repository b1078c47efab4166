// Resampling: bootstrap intervals and sign-flip tests of paired differences, for figures whose
// distribution nobody knows. Counter-based chance: draw d of resample r is a hash of (seed, r, d),
// so any number of threads gives the same bytes.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   stats::GradedPairs pairs{.numerators_a = na, .weights_a = wa, .numerators_b = nb,
//                            .weights_b = wb};
//   const PairedTest t = stats::graded_difference(pairs, {});  // BCa interval, sign-flip p
#pragma once

#include <cstdint>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/stats/paired.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct ResampleOptions {
  uint32_t resamples = 10'000;
  uint32_t flips = 10'000;  // of a sign-flip test whose 2^C patterns are too many to count all
  uint64_t seed = 1;
  double confidence = kDefaultConfidence;
};

// Two models on the same n items: pooled ratios Σ numerator / Σ weight, an ordinary mean where all
// weights are 1.
struct GradedPairs {
  std::span<const double> numerators_a;
  std::span<const double> weights_a;  // empty: all 1
  std::span<const double> numerators_b;
  std::span<const double> weights_b;
  std::span<const uint32_t> clusters;  // empty: each item is its own
};

// Ra - Rb with a BCa interval (clusters are drawn whole) and a two-sided sign-flip p-value on the
// linearised residuals' cluster sums: exact over all 2^C patterns for C <= 16, else (1 + hits) /
// (1 + flips).
PairedTest graded_difference(const GradedPairs& pairs, const ResampleOptions& options);

}  // namespace assay::stats
