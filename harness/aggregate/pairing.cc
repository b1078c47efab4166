#include "harness/aggregate/pairing.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/ratio.h"

namespace assay::aggregate {
namespace {

stats::PairedCounts count_pairs(const Samples& a, const Samples& b, const Pairs& pairs) {
  stats::PairedCounts out;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const bool right_a = a.tallies.tally(pairs.a[i]).numerator == 1;
    const bool right_b = b.tallies.tally(pairs.b[i]).numerator == 1;
    if (right_a && right_b) ++out.both;
    if (right_a && !right_b) ++out.only_a;
    if (!right_a && right_b) ++out.only_b;
    if (!right_a && !right_b) ++out.neither;
  }
  return out;
}

// Clusters of the pairs, from a's side; empty when no two of them share one.
std::vector<uint32_t> pair_clusters(const Samples& a, const Pairs& pairs) {
  if (a.cluster.all_default()) return {};
  return pick(a, pairs.a).clusters();
}

stats::RatioTerms terms_of(const Samples& samples, const std::vector<uint32_t>& places) {
  return [&samples, &places](size_t i) {
    const Tally t = samples.tallies.tally(places[i]);
    return stats::RatioTerm{.numerator = t.numerator, .weight = t.weight};
  };
}

void test_ratios(const Samples& a, const Samples& b, const Pairs& pairs,
                 const std::vector<uint32_t>& clusters, double confidence, Comparison& out) {
  const stats::RatioDifference d = stats::ratio_difference(
      pairs.size(), terms_of(a, pairs.a), terms_of(b, pairs.b), clusters, confidence);
  out.difference = d.estimate;
  out.p_value = d.p_value;
  out.test = clusters.empty() ? "paired t" : "paired t, clustered";
}

PairVerdict verdict_of(const Comparison& c, double alpha) {
  if (!c.p_holm || *c.p_holm >= alpha || !c.difference.value || *c.difference.value == 0) {
    return PairVerdict::kNoDifferenceShown;
  }
  const bool a_is_higher = *c.difference.value > 0;
  return a_is_higher == c.metric.higher_is_better ? PairVerdict::kABetter : PairVerdict::kBBetter;
}

}  // namespace

Pairs pair_by_index(const Samples& a, const Samples& b) {
  Pairs out;
  out.a.reserve(std::min(a.size(), b.size()));
  out.b.reserve(std::min(a.size(), b.size()));
  size_t j = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    while (j < b.size() && b.index[j] < a.index[i]) ++j;
    if (j < b.size() && b.index[j] == a.index[i]) out.add(i, j);
  }
  return out;
}

Comparison compare_samples(const Samples& a, const Samples& b, const Pairs& pairs,
                           const MetricDef& def, double confidence) {
  Comparison out;
  out.metric = def;
  out.difference.method = "paired";
  if (pairs.size() == 0) {
    out.note = "no sample that both answered";
    return out;
  }
  out.verdict = PairVerdict::kNoDifferenceShown;
  const std::vector<uint32_t> clusters = pair_clusters(a, pairs);
  const bool binary = a.binary(def) && b.binary(def);
  stats::PairedCounts counts;
  if (binary) counts = count_pairs(a, b, pairs);
  out.only_a_right = counts.only_a;
  out.only_b_right = counts.only_b;
  if (binary && clusters.empty()) {
    const stats::PairedTest test = stats::mcnemar_newcombe(counts, confidence);
    out.difference = test.difference;
    out.p_value = test.p_value;
    out.test = "exact McNemar";
  } else {
    test_ratios(a, b, pairs, clusters, confidence, out);
  }
  const size_t most = std::max(a.size(), b.size());
  if (!out.p_value) {
    out.note = "no test: too few samples, or no variation among the differences";
  } else if (pairs.size() < most) {
    out.note = fmt::format("on the {} samples of {} that both answered", pairs.size(), most);
  }
  return out;
}

Samples pick(const Samples& samples, std::span<const uint32_t> places) {
  Samples out;
  out.single = samples.single;
  for (const uint32_t place : places) {
    out.index.push_back(samples.index[place]);
    out.tallies.push(samples.tallies.tally(place));
    out.cluster.push(samples.cluster.at(place));
    const auto [first, end] = samples.corpus.rows_of(place);
    for (size_t row = first; row < end; ++row)
      out.corpus.copy_row(samples.corpus, row, static_cast<uint32_t>(out.index.size() - 1));
    if (!samples.rows.empty()) out.rows.push_back(samples.rows[place]);
  }
  return out;
}

void holm_and_verdicts(std::span<Comparison* const> comparisons, double alpha) {
  std::vector<double> p_values;
  for (const Comparison* c : comparisons) {
    if (c->p_value) p_values.push_back(*c->p_value);
  }
  const std::vector<double> adjusted = stats::holm(p_values);
  size_t next = 0;
  for (Comparison* c : comparisons) {
    if (c->p_value) c->p_holm = adjusted[next++];
    if (c->verdict != PairVerdict::kNotComparable) c->verdict = verdict_of(*c, alpha);
  }
}

}  // namespace assay::aggregate
