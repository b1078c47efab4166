#include "harness/aggregate/pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

#include "harness/stats/detectable.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/ratio.h"
#include "harness/stats/resampling.h"

namespace assay::aggregate {
namespace {

constexpr double kPower = 0.8;  // of PairResult::detectable

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

size_t count_units(const Pairs& pairs, const std::vector<uint32_t>& clusters) {
  if (clusters.empty()) return pairs.size();
  return std::unordered_set<uint32_t>(clusters.begin(), clusters.end()).size();
}

double discordant_share(const Samples& a, const Samples& b, const Pairs& pairs) {
  size_t different = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (value_of(a, pairs.a[i]) != value_of(b, pairs.b[i])) ++different;
  }
  return static_cast<double>(different) / static_cast<double>(pairs.size());
}

enum class Rule : uint8_t { kMcNemar, kT, kFlipsForT, kResampled };

Rule choose_rule(const Samples& a, const Samples& b, const MetricDef& def, size_t pairs,
                 size_t units, bool clustered) {
  if (clustered) return units < kFewUnits ? Rule::kFlipsForT : Rule::kT;
  if (a.binary(def) && b.binary(def)) return Rule::kMcNemar;
  const bool repeats = !a.single || !b.single;
  if (def.binary && repeats) return units < kFewUnits ? Rule::kFlipsForT : Rule::kT;
  return pairs > kResampledMax ? Rule::kT : Rule::kResampled;
}

// Numerators and weights of the pairs, side by side.
struct PairedTerms {
  std::vector<double> numerators_a;
  std::vector<double> weights_a;
  std::vector<double> numerators_b;
  std::vector<double> weights_b;
};

PairedTerms terms_of(const Samples& a, const Samples& b, const Pairs& pairs) {
  PairedTerms out;
  for (std::vector<double>* column :
       {&out.numerators_a, &out.weights_a, &out.numerators_b, &out.weights_b}) {
    column->reserve(pairs.size());
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Tally ta = a.tallies.tally(pairs.a[i]);
    const Tally tb = b.tallies.tally(pairs.b[i]);
    out.numerators_a.push_back(ta.numerator);
    out.weights_a.push_back(ta.weight);
    out.numerators_b.push_back(tb.numerator);
    out.weights_b.push_back(tb.weight);
  }
  return out;
}

// Signs of all flips together stay below kDrawsMax, down to kFlipsMin flips.
uint32_t bounded_flips(uint32_t wanted, size_t units) {
  const uint64_t room = kDrawsMax / std::max<uint64_t>(units, 1);
  return static_cast<uint32_t>(std::clamp<uint64_t>(room, std::min(kFlipsMin, wanted), wanted));
}

// What no test of this kind could show, whatever the data: the least p-value of a sign-flip test of
// so many clusters is 2 / 2^C.
bool flips_can_show(size_t units, double alpha) {
  return units > 60 || std::ldexp(2.0, -static_cast<int>(units)) <= alpha;
}

// Fewest pairs, all differing one way, that the exact test of discordant pairs finds at alpha.
double fewest_one_way(double alpha) { return std::max(1.0, std::ceil(1 - std::log2(alpha))); }

// One comparison, while its parts are filled in.
class PairTester {
 public:
  PairTester(const Samples& a, const Samples& b, const Pairs& pairs, const MetricDef& def,
             const PairOptions& options)
      : a_(a),
        b_(b),
        pairs_(pairs),
        def_(def),
        options_(options),
        clusters_(pair_clusters(a, pairs)),
        units_(count_units(pairs, clusters_)) {}

  PairResult run() {
    out_.comparison.metric = def_;
    out_.comparison.verdict = PairVerdict::kNoDifferenceShown;
    if (a_.binary(def_) && b_.binary(def_)) {
      counts_ = count_pairs(a_, b_, pairs_);
      out_.comparison.only_a_right = counts_.only_a;
      out_.comparison.only_b_right = counts_.only_b;
    }
    out_.discordant = discordant_share(a_, b_, pairs_);
    const Rule rule = choose_rule(a_, b_, def_, pairs_.size(), units_, !clusters_.empty());
    if (rule == Rule::kMcNemar) {
      test_counts();
    } else {
      test_ratios();
      if (units_ >= 2 && rule != Rule::kT) resample(rule);
      set_detectable(rule);
    }
    note_gaps(rule);
    return std::move(out_);
  }

 private:
  void test_counts() {
    const stats::PairedTest test = stats::mcnemar_newcombe(counts_, options_.confidence);
    out_.comparison.difference = test.difference;
    out_.comparison.p_value = test.p_value;
    out_.comparison.test = "exact McNemar";
    const double n = static_cast<double>(pairs_.size());
    out_.error =
        stats::paired_binary_deviation(out_.discordant, *test.difference.value) / std::sqrt(n);
    const double least = fewest_one_way(options_.alpha) / n;
    const double seen = *out_.error > 0 ? stats::smallest_detectable(*out_.error, size()) : 0;
    if (std::max(seen, least) <= 1) out_.detectable = std::max(seen, least);
  }

  // Difference, interval, p and error of Student's t; what resampling answers replaces its part.
  void test_ratios() {
    const auto terms = [](const Samples& samples, const std::vector<uint32_t>& places) {
      return [&samples, &places](size_t i) {
        const Tally t = samples.tallies.tally(places[i]);
        return stats::RatioTerm{.numerator = t.numerator, .weight = t.weight};
      };
    };
    const stats::RatioDifference d = stats::ratio_difference(
        pairs_.size(), terms(a_, pairs_.a), terms(b_, pairs_.b), clusters_, options_.confidence);
    out_.comparison.difference = d.estimate;
    out_.comparison.p_value = d.p_value;
    out_.comparison.test = clusters_.empty() ? "paired t" : "paired t, clustered";
    out_.error = d.error;
  }

  void resample(Rule rule) {
    Comparison& c = out_.comparison;
    if (!c.difference.value) return;
    const PairedTerms terms = terms_of(a_, b_, pairs_);
    const stats::GradedPairs graded{.numerators_a = terms.numerators_a,
                                    .weights_a = terms.weights_a,
                                    .numerators_b = terms.numerators_b,
                                    .weights_b = terms.weights_b,
                                    .clusters = clusters_};
    const stats::PairedTest test =
        stats::graded_difference(graded, {.resamples = options_.resamples,
                                          .flips = bounded_flips(options_.flips, units_),
                                          .seed = options_.seed,
                                          .confidence = options_.confidence,
                                          .draws_max = kDrawsMax});
    c.p_value = test.p_value;
    c.test = clusters_.empty() ? "sign-flip" : "sign-flip, clustered";
    if (rule == Rule::kResampled && test.difference.value) c.difference = test.difference;
  }

  void set_detectable(Rule rule) {
    if (!out_.error || *out_.error <= 0) return;
    if (rule != Rule::kT && !flips_can_show(units_, options_.alpha)) return;
    out_.detectable = stats::smallest_detectable(*out_.error, size());
  }

  void note_gaps(Rule rule) {
    Comparison& c = out_.comparison;
    const size_t most = std::max(a_.size(), b_.size());
    if (!c.p_value) {
      c.note = "no test: too few samples, or no variation among the differences";
    } else if (rule != Rule::kMcNemar && rule != Rule::kT &&
               !flips_can_show(units_, options_.alpha)) {
      c.note = fmt::format("{} {}: too few for any difference to be shown", units_,
                           clusters_.empty() ? "samples" : "clusters");
    } else if (pairs_.size() < most) {
      c.note = fmt::format("on the {} samples of {} that both answered", pairs_.size(), most);
    }
  }

  [[nodiscard]] stats::TestSize size() const { return {.alpha = options_.alpha, .power = kPower}; }

  const Samples& a_;
  const Samples& b_;
  const Pairs& pairs_;
  const MetricDef& def_;
  const PairOptions& options_;
  std::vector<uint32_t> clusters_;
  size_t units_;
  stats::PairedCounts counts_;
  PairResult out_;
};

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

PairResult compare_pairs(const Samples& a, const Samples& b, const Pairs& pairs,
                         const MetricDef& def, const PairOptions& options) {
  if (pairs.size() > 0) return PairTester(a, b, pairs, def, options).run();
  PairResult out;
  out.comparison.metric = def;
  out.comparison.difference.method = "paired";
  out.comparison.note = "no sample that both answered";
  return out;
}

double value_of(const Samples& samples, size_t place) {
  const Tally t = samples.tallies.tally(place);
  return t.weight > 0 ? t.numerator / t.weight : 0;
}

Samples pick(const Samples& samples, std::span<const uint32_t> places) {
  Samples out;
  out.single = samples.single;
  out.index.reserve(places.size());
  out.tallies.reserve(places.size());
  if (!samples.rows.empty()) out.rows.reserve(places.size());
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
