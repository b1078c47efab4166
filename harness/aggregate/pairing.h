// Pairing: two models on the samples both answered. The one place that chooses the test of a
// difference in quality; the verdict of a run, `assay compare` and a gate all ask here.
//
// Where it stands: harness/aggregate, between samples.h and stats. Pure.
//
//   const Pairs pairs = pair_by_index(a, b);
//   PairResult r = compare_pairs(a, b, pairs, def, {});
//   holm_and_verdicts(comparisons, 0.05);
//
// The rule, the first line that fits (unit: a cluster, or a sample where no two share one):
//   two samples share a cluster, 30 clusters or more: paired t, clustered
//   two samples share a cluster, fewer: sign-flip of whole clusters, interval of the clustered t
//   binary, one repeat: exact McNemar, Newcombe's interval
//   binary, repeats: paired t of the samples' means; below 30 samples their sign-flip for the test
//   graded, at most 20,000 samples: BCa bootstrap for the interval, sign-flip for the test
//   graded, more: paired t (the bootstrap would give the same figures, later)
// Figures are pooled ratios, with linearised residuals; with weights of 1, means. The difference is
// a - b in the metric's own direction. Resamples and flips are 10,000, fewer for many samples (at
// least 1,000); the method says how many. Sources: harness/stats/{ratio,paired,resampling}.h; few
// clusters: Cameron, Gelbach and Miller, Review of Economics and Statistics 90 (2008) 414.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/aggregate/samples.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

// Positions in the two lists of samples, in a's order.
struct Pairs {
  std::vector<uint32_t> a;
  std::vector<uint32_t> b;
  [[nodiscard]] size_t size() const { return a.size(); }
  void add(size_t in_a, size_t in_b) {
    a.push_back(static_cast<uint32_t>(in_a));
    b.push_back(static_cast<uint32_t>(in_b));
  }
};

Pairs pair_by_index(const Samples& a, const Samples& b);

inline constexpr size_t kFewUnits = 30;            // below, Student's t is not relied upon
inline constexpr size_t kResampledMax = 20'000;    // samples; above, t
inline constexpr uint64_t kDrawsMax = 20'000'000;  // resamples (or flips) times units, about
inline constexpr uint32_t kFlipsMin = 1'000;

struct PairOptions {
  double confidence = 0.95;
  double alpha = 0.05;          // of `detectable`, not adjusted
  uint64_t seed = 1;            // of the draws
  uint32_t resamples = 10'000;  // at most
  uint32_t flips = 10'000;      // at most
};

struct PairResult {
  Comparison comparison;             // all but p_holm; no pair: kNotComparable with a note
  std::optional<double> error;       // standard error of the difference
  std::optional<double> detectable;  // smallest difference seen with 80 % power
  double discordant = 0;             // share of the pairs whose values differ
};

PairResult compare_pairs(const Samples& a, const Samples& b, const Pairs& pairs,
                         const MetricDef& def, const PairOptions& options);

// Numerator / weight; 0 without weight.
double value_of(const Samples& samples, size_t place);

// Only the samples at `places`.
Samples pick(const Samples& samples, std::span<const uint32_t> places);

// p_holm over those that have a p-value, and the verdict of each that is comparable.
void holm_and_verdicts(std::span<Comparison* const> comparisons, double alpha);

}  // namespace assay::aggregate
