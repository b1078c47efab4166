// The stop rule against an absolute threshold: curtailment. A decision is certain, whatever the
// rest brings, so results are taken as they come in.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "harness/aggregate/corpus.h"
#include "harness/aggregate/item_values.h"
#include "harness/aggregate/planned_order.h"
#include "harness/aggregate/stop_rules.h"
#include "harness/stats/curtailment.h"
#include "harness/stats/mean.h"
#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

struct NamedThreshold {
  std::string metric;
  stats::Threshold threshold;
};

Error bad_threshold(const std::string& text) {
  return input_error("--threshold",
                     fmt::format("`{}` is no threshold, expected for example accuracy>=0.8 or "
                                 "accuracy>=80%",
                                 text));
}

Result<NamedThreshold> parse_threshold(const std::string& text) {
  const size_t at = text.find_first_of("<>");
  if (at == std::string::npos || at == 0) return bad_threshold(text);
  const bool equal = at + 1 < text.size() && text[at + 1] == '=';
  NamedThreshold out;
  out.metric = text.substr(0, at);
  while (out.metric.ends_with(' ')) out.metric.pop_back();
  out.threshold.comparator = text[at] == '>'
                                 ? (equal ? stats::Comparator::kAtLeast : stats::Comparator::kAbove)
                                 : (equal ? stats::Comparator::kAtMost : stats::Comparator::kBelow);
  std::string number = text.substr(at + (equal ? 2 : 1));
  while (number.starts_with(' ')) number.erase(0, 1);
  const bool percent = number.ends_with('%');
  if (percent) number.pop_back();
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failed != std::errc() || end != number.data() + number.size() || !std::isfinite(value))
    return bad_threshold(text);
  out.threshold.value = percent ? value / 100 : value;
  if (out.threshold.value < 0 || out.threshold.value > 1) {
    return input_error(
        "--threshold",
        fmt::format("`{}` is outside of 0 to 1 (0 % to 100 %), where it would always "
                    "or never hold",
                    text));
  }
  return out;
}

Result<size_t> find_metric(const SuiteInfo& suite, const std::string& wanted) {
  for (size_t m = 0; m < suite.metrics.size(); ++m) {
    const MetricDef& def = suite.metrics[m];
    if (def.name != wanted) continue;
    const bool bounded = def.aggregation == Aggregation::kPooled &&
                         (def.binary || (def.share && def.higher_is_better));
    if (bounded) return m;
    return input_error(
        "--threshold",
        fmt::format("`{}` of suite `{}` {}; it can be decided early only where the "
                    "items still to come are known to score from 0 to 1",
                    wanted, suite.name,
                    is_corpus_level(def.aggregation) ? "is a figure of all replies together"
                                                     : "has no bounds"));
  }
  std::vector<std::string> names;
  for (const MetricDef& def : suite.metrics) names.push_back(fmt::format("`{}`", def.name));
  return input_error("--threshold", fmt::format("suite `{}` has no metric `{}`; its metrics: {}",
                                                suite.name, wanted, fmt::join(names, ", ")));
}

// One model on one suite.
class Curtailing {
 public:
  Curtailing(const Suite& suite, std::string model, size_t metric, std::vector<uint32_t> order,
             std::string text, stats::Threshold threshold)
      : suite_(suite.info()),
        model_(std::move(model)),
        metric_(metric),
        order_(std::move(order)),
        text_(std::move(text)),
        threshold_(threshold),
        values_(suite.info().metrics[metric], suite.size(), suite.info().repeats) {}

  [[nodiscard]] std::span<const uint32_t> order() const { return order_; }
  [[nodiscard]] size_t metric() const { return metric_; }
  [[nodiscard]] bool over() const { return over_; }

  void add(uint64_t index, uint32_t repeat, const std::optional<JudgedValue>& judged) {
    if (!values_.add(index, repeat, judged)) return;
    if (values_.state(index) == ItemValues::State::kValue) {
      const Tally tally = values_.tally(index);
      numerator_ += tally.numerator;
      weight_ += tally.weight;
      ++scored_;
      const double value = values_.value(index);
      bounded_ = bounded_ && values_.unweighted() && value >= 0 && value <= 1;
    }
    if (over_) return;
    verdict_ = judge();
    over_ = verdict_ != stats::Curtailed::kOpen || values_.open() == 0;
    used_ = values_.size() - values_.open();
    excluded_ = used_ - scored_;
  }

  void reset() {
    values_.clear();
    numerator_ = weight_ = 0;
    scored_ = used_ = excluded_ = 0;
    bounded_ = true;
    over_ = false;
    verdict_ = stats::Curtailed::kOpen;
  }

  [[nodiscard]] Decision decision() const {
    Decision out;
    out.suite = suite_.name;
    out.model = model_;
    out.metric = suite_.metrics[metric_];
    if (verdict_ == stats::Curtailed::kPassed) out.verdict = DecisionVerdict::kPassed;
    if (verdict_ == stats::Curtailed::kFailed) out.verdict = DecisionVerdict::kFailed;
    out.items_planned = values_.size();
    out.items_used = used_;
    out.items_excluded = excluded_;
    out.items_known = values_.size() - values_.open();
    out.items_saved = values_.open();
    out.threshold = text_;
    out.fixed_n = fixed_n();
    if (!bounded_) {
      out.notes.emplace_back(
          "scores carry weights or leave 0 to 1: nothing is certain before the last item");
    }
    return out;
  }

 private:
  [[nodiscard]] stats::Curtailed judge() const {
    if (bounded_)
      return stats::curtail(threshold_,
                            {.sum = numerator_, .scored = scored_, .open = values_.open()});
    if (values_.open() > 0 || weight_ <= 0) return stats::Curtailed::kOpen;
    return stats::holds(threshold_, numerator_ / weight_) ? stats::Curtailed::kPassed
                                                          : stats::Curtailed::kFailed;
  }

  [[nodiscard]] Estimate fixed_n() const {
    std::vector<double> values;
    bool binary = suite_.metrics[metric_].binary && suite_.repeats == 1;
    uint64_t right = 0;
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_.state(i) != ItemValues::State::kValue) continue;
      values.push_back(values_.value(i));
      binary = binary && (values.back() == 0 || values.back() == 1);
      if (values.back() == 1) ++right;
    }
    if (values.empty()) return {.method = "no items"};
    return binary ? stats::wilson(right, values.size()) : stats::mean_t(values);
  }

  SuiteInfo suite_;
  std::string model_;
  size_t metric_;
  std::vector<uint32_t> order_;
  std::string text_;
  stats::Threshold threshold_;
  ItemValues values_;  // by sample index
  double numerator_ = 0;
  double weight_ = 0;
  uint64_t scored_ = 0;
  uint64_t used_ = 0;
  uint64_t excluded_ = 0;
  bool bounded_ = true;
  bool over_ = false;
  stats::Curtailed verdict_ = stats::Curtailed::kOpen;
};

class ThresholdRule final : public DecisionRule {
 public:
  explicit ThresholdRule(std::vector<std::vector<Curtailing>> parts) : parts_(std::move(parts)) {}

  [[nodiscard]] size_t metric(size_t suite) const override {
    return parts_.front()[suite].metric();
  }
  [[nodiscard]] std::span<const uint32_t> order(size_t model, size_t suite) const override {
    return parts_[model][suite].order();
  }
  void on_result(const ResultPlace& place, const std::optional<JudgedValue>& judged) override {
    parts_[place.model][place.suite].add(place.index, place.repeat, judged);
  }
  [[nodiscard]] bool over(size_t model, size_t suite) const override {
    return parts_[model][suite].over();
  }
  // Results are taken as they come in: nothing waits for a slow item.
  [[nodiscard]] uint64_t ahead(size_t /*model*/, size_t /*suite*/,
                               uint64_t /*index*/) const override {
    return 0;
  }
  void reset(size_t model, size_t suite) override { parts_[model][suite].reset(); }

  [[nodiscard]] std::vector<Decision> decisions() const override {
    std::vector<Decision> out;
    const size_t suites = parts_.empty() ? 0 : parts_.front().size();
    for (size_t s = 0; s < suites; ++s) {
      for (const std::vector<Curtailing>& of_model : parts_) out.push_back(of_model[s].decision());
    }
    return out;
  }

 private:
  std::vector<std::vector<Curtailing>> parts_;  // by model, then suite
};

}  // namespace

Result<std::unique_ptr<DecisionRule>> make_threshold_rule(const std::string& text,
                                                          std::span<const Suite* const> suites,
                                                          std::span<const std::string> models,
                                                          uint64_t seed) {
  ASSAY_TRY(const NamedThreshold threshold, parse_threshold(text));
  std::vector<std::vector<Curtailing>> parts(models.size());
  for (const Suite* suite : suites) {
    ASSAY_TRY(const size_t metric, find_metric(suite->info(), threshold.metric));
    ASSAY_TRY(const std::vector<uint32_t> order, planned_order(*suite, seed, {}));
    for (size_t m = 0; m < models.size(); ++m)
      parts[m].emplace_back(*suite, models[m], metric, order, text, threshold.threshold);
  }
  return std::unique_ptr<DecisionRule>(std::make_unique<ThresholdRule>(std::move(parts)));
}

}  // namespace assay::aggregate
