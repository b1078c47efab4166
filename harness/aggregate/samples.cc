#include "harness/aggregate/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_set>

#include "harness/aggregate/corpus.h"
#include "harness/stats/percentile.h"
#include "harness/stats/proportion.h"
#include "harness/stats/ratio.h"

namespace assay::aggregate {
namespace {

constexpr uint32_t kOwnCluster = 0x8000'0000;  // numbers of clusters of one begin here

// Averages the repeats of one sample.
class RepeatMean {
 public:
  void add(const Tally& tally) {
    numerator_ += tally.numerator;
    weight_ += tally.weight;
    ++repeats_;
  }
  [[nodiscard]] uint32_t repeats() const { return repeats_; }
  [[nodiscard]] Tally mean() const {
    if (repeats_ == 1) return {.numerator = numerator_, .weight = weight_};
    return {.numerator = numerator_ / repeats_, .weight = weight_ / repeats_};
  }

 private:
  double numerator_ = 0;
  double weight_ = 0;
  uint32_t repeats_ = 0;
};

// A sample's repeats by number, one row each.
struct Repeats {
  std::vector<size_t> rows;  // scored ones, ascending by repeat
  uint64_t unscored = 0;
};

// What most rows have as their answer, and of these the first; `rows` is not empty.
size_t elected(const Group& group, size_t metric, const std::vector<size_t>& rows) {
  size_t best = rows.front();
  size_t best_votes = 0;
  for (const size_t candidate : rows) {
    const uint64_t answer = group.answer(metric, candidate);
    const auto votes = static_cast<size_t>(std::count_if(
        rows.begin(), rows.end(), [&](size_t row) { return group.answer(metric, row) == answer; }));
    if (votes > best_votes) {
      best = candidate;
      best_votes = votes;
    }
  }
  return best;
}

bool has_negative_values(Aggregation aggregation) {
  return aggregation == Aggregation::kPerplexity || aggregation == Aggregation::kBitsPerByte;
}

uint64_t ones(const Samples& samples) {
  uint64_t out = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples.tallies.tally(i).numerator == 1) ++out;
  }
  return out;
}

// Rates and scores within 0..1 stay there; errors only stay above 0 (CER may exceed 1).
void clip(Estimate& e, const Samples& samples, const MetricDef& def) {
  if (!e.ci_low) return;
  double lowest = 0;
  double excess = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tally t = samples.tallies.tally(i);
    lowest = std::min(lowest, t.numerator);
    excess = std::max(excess, t.numerator - t.weight);
  }
  if (lowest >= 0) e.ci_low = std::max(0.0, *e.ci_low);
  if ((def.higher_is_better || def.binary) && excess <= 0) e.ci_high = std::min(1.0, *e.ci_high);
}

uint64_t cluster_count(const Samples& samples, const std::vector<uint32_t>& clusters) {
  if (clusters.empty()) return samples.size();
  return std::unordered_set<uint32_t>(clusters.begin(), clusters.end()).size();
}

// A zero-width interval is no interval: it says only that this sample did not vary.
void replace_zero_width(Estimate& e, const MetricDef& def, uint64_t clusters, double confidence) {
  if (!e.ci_low || *e.ci_low != *e.ci_high) return;
  const double value = *e.value;
  e.ci_low.reset();
  e.ci_high.reset();
  if (def.binary && (value == 0 || value == 1)) {
    const Estimate w = stats::wilson(value == 1 ? clusters : 0, clusters, confidence);
    e.ci_low = w.ci_low;
    e.ci_high = w.ci_high;
    e.method += "; no variation: wilson over clusters";
  } else {
    e.method += "; no variation: no interval";
  }
}

Tally signed_tally(Tally tally, const MetricDef& def) {
  if (has_negative_values(def.aggregation)) tally.numerator = -tally.numerator;
  return tally;
}

// One row for each reply; a sample's replies share a weight of 1.
void add_corpus(const Group& group, size_t metric, const std::vector<size_t>& rows,
                ClassNumbers& classes, Samples& out) {
  const MetricDef& def = group.suite.metrics[metric];
  if (!is_corpus_level(def.aggregation)) return;
  for (const size_t row : rows) {
    out.corpus.begin_row(static_cast<uint32_t>(out.index.size()),
                         1.0 / static_cast<double>(rows.size()));
    add_parts(def.aggregation, group.parts(metric, row), classes, out.corpus);
  }
}

Estimate corpus_figure(const Samples& samples, const MetricDef& def,
                       std::span<const uint32_t> clusters, double confidence) {
  return stats::corpus_estimate(
      samples.corpus, samples.size(), clusters,
      [&](std::span<const double> sums) { return figure_of(def.aggregation, sums); }, confidence);
}

Estimate median(const Samples& samples, double confidence) {
  std::vector<double> values;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tally t = samples.tallies.tally(i);
    if (t.weight > 0) values.push_back(t.numerator / t.weight);
  }
  std::sort(values.begin(), values.end());
  Estimate out = stats::percentile(values, 0.5, confidence);
  out.method = "median, " + out.method;
  return out;
}

Estimate pooled_ratio(const Samples& samples, std::span<const uint32_t> clusters,
                      double confidence) {
  const auto term = [&](size_t i) {
    const Tally t = samples.tallies.tally(i);
    return stats::RatioTerm{.numerator = t.numerator, .weight = t.weight};
  };
  return stats::ratio(samples.size(), term, clusters, confidence);
}

Estimate likelihood(const Samples& samples, const MetricDef& def,
                    std::span<const uint32_t> clusters, double confidence) {
  Estimate out = pooled_ratio(samples, clusters, confidence);
  const auto transform = [&](std::optional<double>& nats) {
    if (!nats) return;
    nats =
        def.aggregation == Aggregation::kPerplexity ? std::exp(*nats) : *nats / std::numbers::ln2;
  };
  transform(out.value);
  transform(out.ci_low);
  transform(out.ci_high);
  out.method = fmt::format("{} of {}", aggregation_name(def.aggregation), out.method);
  return out;
}

}  // namespace

std::vector<uint32_t> Samples::clusters() const {
  if (cluster.all_default()) return {};
  std::vector<uint32_t> out(size());
  std::unordered_set<uint32_t> seen;
  bool shared = false;
  for (size_t i = 0; i < size(); ++i) {
    const uint32_t number = cluster.at(i);
    out[i] = number == 0 ? kOwnCluster + static_cast<uint32_t>(i) : number;
    if (number != 0 && !seen.insert(number).second) shared = true;
  }
  if (!shared) out.clear();
  return out;
}

Samples reduce(const Group& group, size_t metric, const Slice* only) {
  Samples out;
  const TallyColumn& column = group.metric(metric);
  const MetricDef& def = group.suite.metrics[metric];
  ClassNumbers classes;
  if (only == nullptr) {
    out.index.reserve(group.size());
    out.tallies.reserve(group.size());
  }
  size_t i = 0;
  while (i < group.size()) {
    const size_t first = group.row(i);
    const uint32_t index = group.index(first);
    const bool wanted = only == nullptr || only->holds(group.tag_set(first));
    Repeats repeats;
    for (; i < group.size() && group.index(group.row(i)) == index; ++i) {
      const size_t row = group.row(i);
      const bool counts = def.repeats_first == 0 || group.repeat(row) < def.repeats_first;
      if (!wanted || !counts) continue;
      const TallyState state = column.state(row);
      if (state == TallyState::kScored) repeats.rows.push_back(row);
      if (state == TallyState::kUnscored) ++repeats.unscored;
    }
    out.unscored += repeats.unscored;
    if (repeats.rows.empty()) continue;
    if (def.vote) repeats.rows = {elected(group, metric, repeats.rows)};
    add_corpus(group, metric, repeats.rows, classes, out);
    RepeatMean mean;
    for (const size_t row : repeats.rows) mean.add(signed_tally(column.tally(row), def));
    out.single = out.single && mean.repeats() == 1;
    out.index.push_back(index);
    out.tallies.push(mean.mean());
    out.cluster.push(group.cluster(first));
    if (group.has_sample_rows()) out.rows.push_back(group.sample_row(first));
  }
  return out;
}

std::optional<double> pooled_error(const Samples& samples, const MetricDef& def) {
  if (def.aggregation != Aggregation::kPooled) return std::nullopt;
  const auto term = [&](size_t i) {
    const Tally t = samples.tallies.tally(i);
    return stats::RatioTerm{.numerator = t.numerator, .weight = t.weight};
  };
  return stats::ratio_error(samples.size(), term, samples.clusters());
}

Estimate estimate(const Samples& samples, const MetricDef& def, double confidence) {
  const std::vector<uint32_t> clusters = samples.clusters();
  if (is_corpus_level(def.aggregation)) return corpus_figure(samples, def, clusters, confidence);
  if (def.aggregation == Aggregation::kMedian) return median(samples, confidence);
  if (has_negative_values(def.aggregation)) return likelihood(samples, def, clusters, confidence);
  if (samples.binary(def) && clusters.empty()) {
    return stats::wilson(ones(samples), samples.size(), confidence);
  }
  Estimate out = pooled_ratio(samples, clusters, confidence);
  replace_zero_width(out, def, cluster_count(samples, clusters), confidence);
  clip(out, samples, def);
  return out;
}

std::vector<SliceResult> slice_results(const Group& group, size_t values_max, double confidence,
                                       std::vector<std::string>& warnings) {
  std::vector<SliceResult> out;
  if (group.suite.metrics.empty()) return out;
  if (group.tags.overflowed()) {
    warnings.push_back(fmt::format(
        "suite {}: more than {} different combinations of tags for {}; its slices are left out",
        group.suite.name, TagSets::kSetsMax, group.model.name));
    return out;
  }
  if (group.tags.size() == 1) return out;
  std::vector<uint64_t> records(group.tags.size());
  for (size_t row = 0; row < group.size(); ++row) ++records[group.tag_set(row)];
  std::vector<std::string> cut;
  const MetricDef& def = group.suite.metrics.front();
  for (const Slice& slice : group.tags.slices(records, values_max, cut)) {
    const Samples samples = reduce(group, 0, &slice);
    out.push_back({.tag = slice.tag,
                   .value = slice.value,
                   .headline = {.def = def,
                                .estimate = estimate(samples, def, confidence),
                                .unscored = samples.unscored}});
  }
  for (const std::string& tag : cut) {
    warnings.push_back(
        fmt::format("suite {}: tag {} has more than {} values; the most frequent "
                    "are shown",
                    group.suite.name, tag, values_max));
  }
  return out;
}

}  // namespace assay::aggregate
