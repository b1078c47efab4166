// Samples: a group's items with their repeats averaged, and the estimate over them.
//
// Where it stands: harness/aggregate, between group.h and stats. Pure. One thread.
//
//   const Samples samples = reduce(group, 0);               // the headline
//   MetricResult result{def, estimate(samples, def, 0.95), samples.unscored};
//
// Formula: for sample i with scored repeats r = 1..K, num_i = Σ value·weight / K and w_i = Σ weight
// / K; the figure is Σ num_i / Σ w_i. Samples in order of their index. A metric that looks at the
// first k repeats only leaves the others out; one that votes takes, of these, the score of the
// answer that most of them gave (ties: the one given first).
//   - a binary metric, one repeat, no clusters: Wilson;
//   - else the ratio estimator with its linearised (clustered) error, clipped to the metric's
//   range;
//   - no variation at all (every sample the same): for a binary metric at 0 or 1 Wilson over the
//     clusters; for others no interval, because a width of 0 would claim to know too much.
// Aggregations other than the pooled ratio:
//   - median of the samples' own ratios, interval by order statistics;
//   - perplexity exp(r) and bits per byte r / ln 2 of the pooled r = -Σ log-likelihood / Σ weight,
//     the interval's ends transformed alike; the tallies hold the negative log-likelihood, so that
//     lower is better in a comparison too;
//   - corpus figures (BLEU, chrF, F1, MCC) of the summed parts, with a bootstrap interval.
// Edge cases: no scored sample: no value; one sample (or one cluster): no interval unless Wilson.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/aggregate/columns.h"
#include "harness/aggregate/group.h"
#include "harness/stats/corpus.h"
#include "harness/types/estimate.h"
#include "harness/types/score.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

struct Samples {
  std::vector<uint32_t> index;   // ascending
  TallyColumn tallies;           // all scored
  LazyColumn<uint32_t> cluster;  // 0: its own
  std::vector<uint64_t> rows;    // row ids, where the group keeps them
  bool single = true;            // one scored repeat each
  stats::CorpusRows corpus;      // of corpus-level metrics
  uint64_t unscored = 0;         // items (not samples) that the scorer could not judge
  [[nodiscard]] size_t size() const { return index.size(); }
  // Numbers for each of the samples at `places` (all of them when empty), or nothing when no two
  // samples share a cluster.
  [[nodiscard]] std::vector<uint32_t> clusters() const;
  [[nodiscard]] bool binary(const MetricDef& def) const {
    return def.binary && single && tallies.only_bits();
  }
};

// `only`: the slice to keep; nullptr: all.
Samples reduce(const Group& group, size_t metric, const Slice* only = nullptr);

// Standard error of a pooled figure, clustered where samples are; none for other aggregations.
std::optional<double> pooled_error(const Samples& samples, const MetricDef& def);

Estimate estimate(const Samples& samples, const MetricDef& def, double confidence);

// The headline by slice, sorted by tag and value. Warnings (tags cut or not sliced) are appended.
std::vector<SliceResult> slice_results(const Group& group, size_t values_max, double confidence,
                                       std::vector<std::string>& warnings);

}  // namespace assay::aggregate
