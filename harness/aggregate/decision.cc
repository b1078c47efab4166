#include "harness/aggregate/decision.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/decision_choice.h"
#include "harness/aggregate/decision_figures.h"
#include "harness/aggregate/decision_items.h"
#include "harness/aggregate/decision_requirements.h"
#include "harness/aggregate/samples.h"
#include "harness/stats/acceptability.h"
#include "harness/stats/pareto.h"

namespace assay::aggregate {
namespace {

constexpr std::string_view kNotMeasured = "not measured: ";
constexpr double kP50 = 0.5;
constexpr double kP95 = 0.95;

Estimate percentile_of(const LatencySummary& times, double p) {
  for (const Percentile& each : times.percentiles) {
    if (std::fabs(each.p - p) < 1e-9) return each.estimate;
  }
  return {};
}

// One suite's decision, while its parts are filled in.
class SuiteDecider {
 public:
  SuiteDecider(std::string suite, std::vector<ModelItems> items, MetricDef def,
               const DecisionOptions& options)
      : options_(options), items_(std::move(items)) {
    out_.suite = std::move(suite);
    out_.metric = std::move(def);
  }

  SuiteDecision run() {
    agree_on_currency();
    const DecisionTable table = decision_table(items_);
    out_.samples = table.index.size();
    out_.left_out = table.left_out;
    out_.units = table.units;
    note_gaps(table);
    const DecisionFigures figures(table, out_.metric,
                                  {.confidence = options_.confidence,
                                   .seed = options_.seed,
                                   .resamples = options_.resamples});
    out_.draws = figures.draws();
    out_.cost_unit = figures.cost_unit();
    for (size_t m = 0; m < items_.size(); ++m) add_model(figures, m);
    set_weighed();
    if (out_.draws > 0) rank(figures);
    set_front(figures);
    Chooser(items_, figures, options_, out_).decide();
    return std::move(out_);
  }

 private:
  // Sums of different currencies are never compared: the first model's counts.
  void agree_on_currency() {
    for (ModelItems& model : items_) {
      if (model.currency.empty()) continue;
      if (out_.currency.empty()) out_.currency = model.currency;
      if (model.currency == out_.currency) continue;
      model.cost_note = fmt::format("{}its costs are in {}, those of other models in {}",
                                    kNotMeasured, model.currency, out_.currency);
      model.cost.clear();
      model.currency.clear();
    }
  }

  void note_gaps(const DecisionTable& table) {
    if (table.left_out == 0) return;
    out_.notes.push_back(fmt::format("compared on the {} samples of {} that all models were asked",
                                     table.index.size(), table.index.size() + table.left_out));
    if (table.unpriced > 0) {
      out_.notes.back() +=
          fmt::format("; {} of those left out have an answer without a cost", table.unpriced);
    }
  }

  void add_model(const DecisionFigures& figures, size_t m) {
    const ModelItems& items = items_[m];
    DecidedModel model;
    model.name = items.name;
    model.asked = items.asked;
    model.answered = items.answered;
    model.failed = items.failed;
    if (items.headline.size() > 0)
      model.quality = estimate(items.headline, out_.metric, options_.confidence);
    model.latency_mean = figures.latency(m).estimate;
    model.latency_p50 = percentile_of(items.times, kP50);
    model.latency_p95 = percentile_of(items.times, kP95);
    model.cost_note = items.cost_note;
    if (!items.currency.empty()) add_cost(figures, m, model);
    const CriterionValues values = figures.as_measured(m);
    for (size_t k = 0; k < kCriterionCount; ++k) model.has[k] = std::isfinite(values[k]);
    const ModelFacts* const facts = facts_of(items);
    model.requirements = check_requirements(options_.rules, facts,
                                            {.answered = items.answered,
                                             .failed = items.failed,
                                             .retries = items.retries,
                                             .p95 = model.latency_p95,
                                             .cost_per_item = model.cost_per_item,
                                             .currency = items.currency,
                                             .cost_note = model.cost_note},
                                            options_.confidence);
    model.knocked_out = knocks_out(model.requirements, options_.rules);
    out_.models.push_back(std::move(model));
  }

  void add_cost(const DecisionFigures& figures, size_t m, DecidedModel& model) const {
    const Estimate per_item = figures.cost_per_item(m).estimate;
    if (!per_item.value || *per_item.value <= 0) {
      model.cost_note = fmt::format("{}what it cost comes to 0", kNotMeasured);
      return;
    }
    model.cost_per_item = per_item;
    const stats::Quotient per_correct = figures.cost_per_correct(m);
    model.cost_per_correct = per_correct.estimate;
    model.draws_none_correct = per_correct.draws_no_value;
    model.none_correct = !per_correct.estimate.value.has_value();
  }

  [[nodiscard]] const ModelFacts* facts_of(const ModelItems& items) const {
    for (const ModelFacts& facts : options_.facts) {
      if (facts.name == items.model.name || facts.name == items.model.spec ||
          (!facts.spec.empty() && facts.spec == items.model.spec))
        return &facts;
    }
    return nullptr;
  }

  // Models that stand for the choice and have a figure of quality.
  [[nodiscard]] std::vector<size_t> left() const {
    std::vector<size_t> out;
    for (size_t m = 0; m < out_.models.size(); ++m) {
      if (!out_.models[m].knocked_out && out_.models[m].quality.value) out.push_back(m);
    }
    return out;
  }

  void set_weighed() {
    const std::vector<size_t> models = left();
    for (size_t k = 0; k < kCriterionCount; ++k) {
      out_.weighed[k] = !models.empty() && std::all_of(models.begin(), models.end(), [&](size_t m) {
        return out_.models[m].has[k];
      });
    }
    out_.weights = options_.weights;
    for (const size_t m : models) note_missing(out_.models[m]);
  }

  void note_missing(const DecidedModel& model) {
    std::vector<std::string_view> missing;
    for (size_t k = 0; k < kCriterionCount; ++k) {
      if (!model.has[k]) missing.push_back(criterion_name(static_cast<Criterion>(k)));
    }
    if (missing.empty()) return;
    out_.notes.push_back(
        fmt::format("{} has no {}: it stands on the front by the rest, and nobody is ranked by it",
                    model.name, fmt::join(missing, " and no ")));
  }

  void set_front(const DecisionFigures& figures) {
    const std::vector<size_t> models = left();
    std::vector<double> values;
    for (const size_t m : models) {
      const CriterionValues own = figures.as_measured(m);
      values.insert(values.end(), own.begin(), own.end());
    }
    const std::vector<uint8_t> front = stats::pareto_front(
        {.values = values, .candidates = models.size(), .criteria = kCriterionCount});
    for (size_t i = 0; i < models.size(); ++i) out_.models[models[i]].on_front = front[i] != 0;
  }

  void rank(const DecisionFigures& figures) {
    const std::vector<size_t> models = left();
    if (models.empty()) return;
    const std::vector<double> drawn = figures.drawn(models);
    const std::vector<double> membership =
        stats::front_membership(drawn, models.size(), kCriterionCount);
    for (size_t i = 0; i < models.size(); ++i)
      out_.models[models[i]].front_probability = membership[i];
    std::vector<size_t> criteria;
    for (size_t k = 0; k < kCriterionCount; ++k) {
      if (out_.weighed[k]) criteria.push_back(k);
    }
    if (criteria.empty()) return;
    const std::vector<double> weighed = only_criteria(drawn, criteria);
    accept(weighed, models, criteria);
    if (out_.weights) accept_weights(weighed, models, criteria);
  }

  static std::vector<double> only_criteria(const std::vector<double>& drawn,
                                           const std::vector<size_t>& criteria) {
    if (criteria.size() == kCriterionCount) return drawn;
    std::vector<double> out;
    out.reserve(drawn.size() / kCriterionCount * criteria.size());
    for (size_t row = 0; row < drawn.size(); row += kCriterionCount) {
      for (const size_t k : criteria) out.push_back(drawn[row + k]);
    }
    return out;
  }

  void accept(const std::vector<double>& drawn, const std::vector<size_t>& models,
              const std::vector<size_t>& criteria) {
    const stats::Acceptability all = stats::rank_acceptability(
        {.values = drawn, .candidates = models.size(), .criteria = criteria.size()}, {},
        {.seed = options_.seed});
    if (all.draws == 0) return;
    for (size_t i = 0; i < models.size(); ++i) {
      DecidedModel& model = out_.models[models[i]];
      for (size_t r = 0; r < models.size(); ++r) model.rank_shares.push_back(all.rank(i, r));
      model.expected_rank = all.expected_rank[i];
      if (!std::isfinite(all.central[i * criteria.size()])) continue;
      CriterionValues central{};
      for (size_t c = 0; c < criteria.size(); ++c)
        central[criteria[c]] = all.central[i * criteria.size() + c];
      model.central_weights = central;
    }
  }

  void accept_weights(const std::vector<double>& drawn, const std::vector<size_t>& models,
                      const std::vector<size_t>& criteria) {
    std::vector<stats::WeightBounds> bounds;
    double most = 0;
    for (const size_t k : criteria) {
      const WeightRange& range = (*out_.weights)[k];
      bounds.push_back({.low = range.low, .high = range.high});
      most += range.high;
    }
    if (most <= 0) {
      out_.notes.emplace_back("the weights given are of criteria that not every model left has");
      return;
    }
    const stats::Acceptability given = stats::rank_acceptability(
        {.values = drawn, .candidates = models.size(), .criteria = criteria.size()}, bounds,
        {.seed = options_.seed});
    if (given.draws == 0) return;
    for (size_t i = 0; i < models.size(); ++i)
      out_.models[models[i]].first_with_weights = given.rank(i, 0);
  }

  const DecisionOptions& options_;
  std::vector<ModelItems> items_;
  SuiteDecision out_;
};

// All suites, as their groups come by.
class Decider {
 public:
  Decider(std::span<const RunStore* const> stores, std::span<const std::string> names,
          const DecisionOptions& options)
      : options_(options), collector_(stores, names, /*keep_rows=*/true) {}

  Result<DecisionReport> run() {
    ASSAY_TRY_VOID(collector_.plan());
    ASSAY_TRY_VOID(check_suites());
    ASSAY_TRY_VOID(collector_.read([this](size_t slot, Group&& group) {
      const Slot& place = collector_.slots()[slot];
      if (!wanted(collector_.suites()[place.suite].name) || !group.model.curve_of.empty()) return;
      if (group.answered + group.failed == 0) return;
      items_.emplace(slot,
                     model_items(std::move(group), collector_.sources(), options_.confidence));
    }));
    DecisionReport out;
    for (const Source& source : collector_.sources()) out.sources.push_back(source.name);
    out.margin = options_.margin;
    out.confidence = options_.confidence;
    out.seed = options_.seed;
    for (size_t s = 0; s < collector_.suites().size(); ++s) ASSAY_TRY_VOID(decide_suite(s, out));
    note_facts(out);
    return out;
  }

 private:
  [[nodiscard]] bool wanted(const std::string& suite) const {
    const std::vector<std::string>& names = options_.suites;
    return names.empty() || std::find(names.begin(), names.end(), suite) != names.end();
  }

  [[nodiscard]] Result<void> check_suites() const {
    for (const std::string& name : options_.suites) {
      std::vector<std::string> known;
      for (const SuitePlan& plan : collector_.suites()) known.push_back(plan.name);
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      return input_error("", fmt::format("found suite `{}`, expected one of the runs: {}", name,
                                         fmt::join(known, ", ")));
    }
    return {};
  }

  // Slots of the suite that have items, by variant.
  [[nodiscard]] std::map<size_t, std::vector<size_t>> variants_of(size_t suite) const {
    std::map<size_t, std::vector<size_t>> out;
    for (const auto& [slot, items] : items_) {
      const Slot& place = collector_.slots()[slot];
      if (place.suite == suite) out[place.variant].push_back(slot);
    }
    return out;
  }

  Result<void> decide_suite(size_t suite, DecisionReport& out) {
    const std::map<size_t, std::vector<size_t>> variants = variants_of(suite);
    if (variants.empty()) return {};
    const auto most = std::max_element(
        variants.begin(), variants.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    const SuitePlan& plan = collector_.suites()[suite];
    const SuiteInfo& info = plan.variants[most->first];
    if (info.metrics.empty()) return {};
    if (most->second.size() > kDecisionModelsMax) {
      return input_error(plan.name, fmt::format("found {} models, expected at most {}",
                                                most->second.size(), kDecisionModelsMax));
    }
    std::vector<ModelItems> items;
    for (const size_t slot : most->second) items.push_back(std::move(items_.at(slot)));
    tell_apart(most->second, items);
    SuiteDecision decision =
        SuiteDecider(plan.name, std::move(items), info.metrics.front(), options_).run();
    for (const auto& [variant, slots] : variants) {
      if (variant != most->first) decision.notes.push_back(left_out_note(slots));
    }
    out.suites.push_back(std::move(decision));
    return {};
  }

  [[nodiscard]] std::string left_out_note(const std::vector<size_t>& slots) const {
    std::vector<std::string> names;
    names.reserve(slots.size());
    for (const size_t slot : slots) names.push_back(collector_.slots()[slot].model.name);
    return fmt::format("asked with another prompt, data or scorer, so not compared: {}",
                       fmt::join(names, ", "));
  }

  void tell_apart(const std::vector<size_t>& slots, std::vector<ModelItems>& items) const {
    std::map<std::string, size_t> uses;
    for (const ModelItems& model : items) ++uses[model.name];
    for (size_t i = 0; i < items.size(); ++i) {
      if (uses[items[i].name] < 2) continue;
      const Slot& slot = collector_.slots()[slots[i]];
      items[i].name =
          fmt::format("{} [{}]", items[i].name, collector_.sources()[slot.sources.front()].name);
    }
  }

  // Facts that no run's model has are likely a wrong name.
  void note_facts(DecisionReport& out) const {
    std::set<std::string> known;
    for (const Slot& slot : collector_.slots()) {
      known.insert(slot.model.name);
      known.insert(slot.model.spec);
    }
    for (const ModelFacts& facts : options_.facts) {
      const bool used = known.contains(facts.name) || known.contains(facts.spec);
      const bool says =
          facts.licence || facts.context || !facts.regions.empty() || !facts.modalities.empty();
      if (says && !used)
        out.notes.push_back(
            fmt::format("no run has the model `{}` of the configuration", facts.name));
    }
  }

  const DecisionOptions& options_;
  Collector collector_;
  std::map<size_t, ModelItems> items_;  // by slot: run order
};

}  // namespace

Result<DecisionReport> decide_runs(std::span<const RunStore* const> stores,
                                   std::span<const std::string> source_names,
                                   const DecisionOptions& options) {
  return Decider(stores, source_names, options).run();
}

}  // namespace assay::aggregate
