// Pairing: two models on the samples both answered.
//
// Where it stands: harness/aggregate, between samples.h and stats. Pure.
//
//   const Pairs pairs = pair_by_index(a, b);
//   Comparison c = compare_samples(a, b, pairs, def, 0.95);
//   holm_and_verdicts(comparisons, 0.05);
//
// Binary metric, one repeat, no shared clusters: exact McNemar with Newcombe's interval. Otherwise
// the difference of pooled ratios with its paired, linearised (clustered) error, which for weights
// of 1 is the paired t test. Difference a - b in the metric's own direction.
#pragma once

#include <cstdint>
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

// All but p_holm and verdict. No pair: kNotComparable with a note.
Comparison compare_samples(const Samples& a, const Samples& b, const Pairs& pairs,
                           const MetricDef& def, double confidence);

// Only the samples at `places`.
Samples pick(const Samples& samples, std::span<const uint32_t> places);

// p_holm over those that have a p-value, and the verdict of each that is comparable.
void holm_and_verdicts(std::span<Comparison* const> comparisons, double alpha);

}  // namespace assay::aggregate
