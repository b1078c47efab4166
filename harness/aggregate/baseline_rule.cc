// The stop rule against a baseline: one Sequence for each model on each suite.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "harness/aggregate/baseline_scores.h"
#include "harness/aggregate/item_values.h"
#include "harness/aggregate/planned_order.h"
#include "harness/aggregate/stop_rules.h"
#include "harness/stats/mean.h"
#include "harness/stats/paired.h"
#include "harness/stats/sequential.h"

namespace assay::aggregate {
namespace {

// Items without a score in the baseline are asked last; the decision does not read them, so they
// are never reached.
std::vector<uint32_t> paired_first(std::vector<uint32_t> order, const std::vector<double>& values) {
  std::stable_partition(order.begin(), order.end(),
                        [&](uint32_t index) { return !std::isnan(values[index]); });
  return order;
}

// Reads one model's results on one suite in planned order, as far as they are in without a gap.
class Sequence {
 public:
  Sequence(const Suite& suite, std::string model, BaselineScores baseline,
           const std::vector<uint32_t>& order, const BaselineRuleOptions& options)
      : suite_(suite.info()),
        model_(std::move(model)),
        baseline_(std::move(baseline)),
        order_(paired_first(order, baseline_.values)),
        position_(order_.size()),
        options_(test_options(options)),
        values_(metric(), baseline_.paired, suite.info().repeats),
        test_(options_) {
    for (size_t p = 0; p < order_.size(); ++p) position_[order_[p]] = static_cast<uint32_t>(p);
  }

  [[nodiscard]] std::span<const uint32_t> order() const { return order_; }
  [[nodiscard]] bool over() const { return decided() || next_ == values_.size(); }

  [[nodiscard]] uint64_t ahead(uint64_t index) const {
    return index < position_.size() && position_[index] > next_ ? position_[index] - next_ : 0;
  }

  void add(uint64_t index, uint32_t repeat, const std::optional<JudgedValue>& judged) {
    if (index >= position_.size() || !values_.add(position_[index], repeat, judged)) return;
    while (!over() && values_.state(next_) != ItemValues::State::kOpen) read(next_++);
  }

  void reset() {
    values_.clear();
    test_ = stats::SequentialTest(options_);
    unit_ = {.sum = 0, .items = 0};
    next_ = 0;
    excluded_ = 0;
  }

  [[nodiscard]] Decision decision() const {
    Decision out;
    out.suite = suite_.name;
    out.model = model_;
    out.baseline_model = baseline_.model;
    out.metric = metric();
    if (test_.verdict() == stats::SequentialVerdict::kRegressed)
      out.verdict = DecisionVerdict::kRegressed;
    if (test_.verdict() == stats::SequentialVerdict::kNonInferior)
      out.verdict = DecisionVerdict::kNonInferior;
    out.items_planned = values_.size();
    out.items_used = next_;
    out.items_excluded = excluded_;
    out.items_known = values_.size() - values_.open();
    out.items_saved = values_.open();
    out.e_regressed = test_.e_regressed();
    out.e_non_inferior = test_.e_non_inferior();
    out.sequential = test_.interval();
    out.fixed_n = fixed_n();
    out.margin = options_.margin;
    out.alpha = options_.alpha;
    out.notes = notes();
    return out;
  }

 private:
  [[nodiscard]] const MetricDef& metric() const { return suite_.metrics.front(); }
  [[nodiscard]] bool decided() const { return test_.verdict() != stats::SequentialVerdict::kOpen; }

  [[nodiscard]] stats::SequentialOptions test_options(const BaselineRuleOptions& options) const {
    stats::SequentialOptions out{.margin = options.margin, .alpha = options.alpha};
    if (baseline_.clusters.empty()) return out;
    std::map<uint32_t, uint32_t> sizes;
    for (size_t i = 0; i < baseline_.values.size(); ++i) {
      const uint32_t cluster = baseline_.clusters[i];
      if (cluster == 0 || std::isnan(baseline_.values[i])) continue;
      out.items_max = std::max(out.items_max, ++sizes[cluster]);
    }
    return out;
  }

  // Better is positive.
  [[nodiscard]] double difference(size_t position) const {
    const double now = std::clamp(values_.value(position), 0.0, 1.0);
    const double before = baseline_.values[order_[position]];
    return metric().higher_is_better ? now - before : before - now;
  }

  [[nodiscard]] uint32_t cluster(size_t position) const {
    return baseline_.clusters.empty() ? 0 : baseline_.clusters[order_[position]];
  }

  [[nodiscard]] bool ends_unit(size_t position) const {
    return position + 1 == values_.size() || cluster(position) == 0 ||
           cluster(position + 1) != cluster(position);
  }

  void read(size_t position) {
    if (values_.state(position) == ItemValues::State::kValue) {
      unit_.sum += difference(position);
      ++unit_.items;
    } else {
      ++excluded_;
    }
    if (!ends_unit(position)) return;
    if (unit_.items > 0) test_.add(unit_);
    unit_ = {.sum = 0, .items = 0};
  }

  // Over all items whose results are in, also beyond the decision.
  [[nodiscard]] Estimate fixed_n() const {
    const double confidence = 1 - 2 * options_.alpha;
    std::vector<double> differences;
    std::vector<uint32_t> clusters;
    stats::PairedCounts counts;
    bool binary = metric().binary && baseline_.single && suite_.repeats == 1;
    for (size_t p = 0; p < values_.size(); ++p) {
      if (values_.state(p) != ItemValues::State::kValue) continue;
      const double d = difference(p);
      const bool was = baseline_.values[order_[p]] == 1;
      binary = binary && (d == 0 || std::fabs(d) == 1);
      differences.push_back(d);
      // Items of their own cluster: numbers that no cluster has.
      clusters.push_back(cluster(p) != 0 ? cluster(p) : 0x8000'0000U + static_cast<uint32_t>(p));
      if (d > 0) ++counts.only_a;
      if (d < 0) ++counts.only_b;
      if (d == 0) ++(was ? counts.both : counts.neither);
    }
    if (differences.empty()) return {.method = "no items"};
    if (!baseline_.clusters.empty())
      return stats::mean_clustered(differences, clusters, confidence);
    return binary ? stats::newcombe_paired(counts, confidence)
                  : stats::mean_t(differences, confidence);
  }

  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> out = baseline_.notes;
    if (!baseline_.unweighted || !values_.unweighted()) {
      out.push_back(fmt::format(
          "decided on the mean of the items' own values; the suite's `{}` weighs them by size",
          metric().name));
    }
    if (!baseline_.clusters.empty()) {
      out.push_back(fmt::format("items come in clusters of up to {}, read cluster by cluster",
                                options_.items_max));
    }
    return out;
  }

  SuiteInfo suite_;
  std::string model_;
  BaselineScores baseline_;
  std::vector<uint32_t> order_;     // position → sample index
  std::vector<uint32_t> position_;  // and back
  stats::SequentialOptions options_;
  ItemValues values_;  // by position; paired items only
  stats::SequentialTest test_;
  stats::SequentialUnit unit_{.sum = 0, .items = 0};
  size_t next_ = 0;
  uint64_t excluded_ = 0;
};

class BaselineRule final : public DecisionRule {
 public:
  explicit BaselineRule(std::vector<std::vector<Sequence>> sequences)
      : sequences_(std::move(sequences)) {}

  [[nodiscard]] size_t metric(size_t /*suite*/) const override { return 0; }
  [[nodiscard]] std::span<const uint32_t> order(size_t model, size_t suite) const override {
    return sequences_[model][suite].order();
  }
  void on_result(const ResultPlace& place, const std::optional<JudgedValue>& judged) override {
    sequences_[place.model][place.suite].add(place.index, place.repeat, judged);
  }
  [[nodiscard]] bool over(size_t model, size_t suite) const override {
    return sequences_[model][suite].over();
  }
  [[nodiscard]] uint64_t ahead(size_t model, size_t suite, uint64_t index) const override {
    return sequences_[model][suite].ahead(index);
  }
  void reset(size_t model, size_t suite) override { sequences_[model][suite].reset(); }

  [[nodiscard]] std::vector<Decision> decisions() const override {
    std::vector<Decision> out;
    const size_t suites = sequences_.empty() ? 0 : sequences_.front().size();
    for (size_t s = 0; s < suites; ++s) {
      for (const std::vector<Sequence>& of_model : sequences_)
        out.push_back(of_model[s].decision());
    }
    return out;
  }

 private:
  std::vector<std::vector<Sequence>> sequences_;  // by model, then suite
};

}  // namespace

std::string_view decision_name(DecisionVerdict verdict) {
  switch (verdict) {
    case DecisionVerdict::kNonInferior:
      return "non_inferior";
    case DecisionVerdict::kRegressed:
      return "regressed";
    case DecisionVerdict::kPassed:
      return "passed";
    case DecisionVerdict::kFailed:
      return "failed";
    case DecisionVerdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

Result<std::unique_ptr<DecisionRule>> make_baseline_rule(const RunStore& baseline,
                                                         const std::string& baseline_name,
                                                         std::span<const Suite* const> suites,
                                                         std::span<const std::string> models,
                                                         const BaselineRuleOptions& options) {
  ASSAY_TRY(auto scores, read_baseline(baseline, baseline_name, suites, models));
  std::vector<std::vector<Sequence>> sequences(models.size());
  for (size_t m = 0; m < models.size(); ++m) {
    for (size_t s = 0; s < suites.size(); ++s) {
      ASSAY_TRY(const std::vector<uint32_t> order,
                planned_order(*suites[s], options.seed, scores[m][s].clusters));
      sequences[m].emplace_back(*suites[s], models[m], std::move(scores[m][s]), order, options);
    }
  }
  return std::unique_ptr<DecisionRule>(std::make_unique<BaselineRule>(std::move(sequences)));
}

}  // namespace assay::aggregate
