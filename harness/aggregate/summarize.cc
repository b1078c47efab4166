#include "harness/aggregate/summarize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/latency.h"
#include "harness/aggregate/load.h"
#include "harness/aggregate/money.h"
#include "harness/aggregate/pairing.h"
#include "harness/aggregate/run_energy.h"
#include "harness/aggregate/run_health.h"
#include "harness/aggregate/samples.h"
#include "harness/aggregate/suite_groups.h"
#include "harness/aggregate/verdict.h"
#include "harness/base/utc_time.h"

namespace assay::aggregate {
namespace {

// What is left of a group once it was read: its result, and the headline of each sample for
// pairing.
struct Finished {
  ModelResult result;
  Samples headline;
  CostFacts cost;
  EnergyFacts energy;
  uint64_t duplicates = 0;
  std::vector<std::string> warnings;
};

class Summarizer {
 public:
  Summarizer(std::span<const RunStore* const> stores, std::span<const std::string> names,
             const SummarizeOptions& options)
      : stores_(stores),
        names_(names),
        options_(options),
        collector_(stores, names, /*keep_rows=*/false) {}

  Result<Summary> run() {
    ASSAY_TRY_VOID(collector_.plan());
    busy_.resize(collector_.sources().size());
    ASSAY_TRY_VOID(collector_.read(
        [this](size_t slot, Group&& group) { finish_group(slot, std::move(group)); }));
    Summary out;
    for (const Source& source : collector_.sources()) out.sources.push_back(source.name);
    out.manifest = collector_.sources().front().manifest;
    for (size_t s = 0; s < collector_.suites().size(); ++s) {
      ASSAY_TRY(SuiteSummary suite, suite_summary(s));
      out.suites.push_back(std::move(suite));
    }
    out.groups = group_summaries(out.suites, options_.confidence);
    LoadOptions load_options;
    load_options.confidence = options_.confidence;
    load_options.ecdf_points = options_.ecdf_points_max;
    ASSAY_TRY(out.loads, summarize_loads(stores_, names_, load_options));
    warn_idle_models();
    warn_virtual_clock(out);
    out.warnings = std::move(warnings_);
    return out;
  }

 private:
  using Place = std::map<size_t, Finished>::iterator;

  void finish_group(size_t slot, Group&& group);
  void count_busy(const Group& group);
  Result<SuiteSummary> suite_summary(size_t suite);
  void add_model(Place place, SuiteSummary& out);
  void add_curves(const std::vector<Place>& points, const std::vector<Place>& places,
                  SuiteSummary& out) const;
  void compare_with_best(const std::vector<Place>& places, SuiteSummary& out);
  Result<void> add_health(const std::vector<Place>& places, SuiteSummary& out) const;
  [[nodiscard]] Result<LabelHealth> read_labels(const Slot& slot) const;
  void tell_apart_names(const std::vector<Place>& places, SuiteSummary& out) const;
  [[nodiscard]] std::string name_with_source(const std::string& name, const Slot& slot) const;
  void warn_variants(const SuitePlan& plan);
  void warn_model(const std::string& suite, Place place);
  [[nodiscard]] bool stops_when_decided(const Slot& slot) const;
  void warn_idle_models();
  void warn_virtual_clock(const Summary& out);

  std::span<const RunStore* const> stores_;
  std::span<const std::string> names_;
  SummarizeOptions options_;
  Collector collector_;
  std::map<size_t, Finished> finished_;  // by slot: run order
  BusyTable busy_;
  std::vector<std::string> warnings_;
};

std::map<std::string, uint64_t> outcome_counts(const Group& group) {
  std::map<std::string, uint64_t> out;
  for (size_t o = 0; o < group.outcomes.size(); ++o) {
    if (group.outcomes[o] > 0) {
      out[std::string(outcome_name(static_cast<Outcome>(o)))] = group.outcomes[o];
    }
  }
  return out;
}

// Visible and reasoning; -1: not known.
int64_t output_tokens(const Usage& usage) {
  if (usage.output_tokens < 0 && usage.reasoning_tokens < 0) return -1;
  int64_t sum = 0;
  const bool beyond = __builtin_add_overflow(std::max<int64_t>(usage.output_tokens, 0),
                                             std::max<int64_t>(usage.reasoning_tokens, 0), &sum);
  return beyond ? INT64_MAX : sum;
}

bool headline_is_binary(const Group& group) {
  return !group.suite.metrics.empty() && group.suite.metrics.front().binary;
}

void Summarizer::finish_group(size_t slot, Group&& group) {
  count_busy(group);
  Finished& out = finished_[slot];
  ModelResult& result = out.result;
  // Times first: their columns are gone before the samples take room.
  const auto durations = [this](DurationColumn& column) {
    return summarize_durations(std::move(column), options_.confidence, options_.ecdf_points_max);
  };
  result.latency = durations(group.latency);
  result.ttft = durations(group.ttft);
  result.ttfa = durations(group.ttfa);
  result.cpu = durations(group.cpu);
  for (size_t m = 0; m < group.suite.metrics.size(); ++m) {
    const MetricDef& def = group.suite.metrics[m];
    Samples samples = reduce(group, m);
    result.metrics.push_back({.def = def,
                              .estimate = estimate(samples, def, options_.confidence),
                              .error = pooled_error(samples, def),
                              .unscored = samples.unscored});
    if (m == 0) out.headline = std::move(samples);
  }
  if (group.model.curve_of.empty()) {
    result.slices =
        slice_results(group, options_.slice_values_max, options_.confidence, out.warnings);
  } else {
    out.headline = {};
  }
  result.items_planned = std::max<uint64_t>(group.planned, group.size());
  result.items_answered = group.answered;
  result.items_failed = group.failed;
  result.items_unjudged = group.unjudged;
  result.retries = group.retries;
  result.outcomes = outcome_counts(group);
  result.usage = group.usage;
  result.usage_missing = group.usage_missing;
  out.duplicates = group.duplicates;
  if (group.usage_missing > 0) {
    out.warnings.push_back(fmt::format("usage: missing in {} of {} answers of {}",
                                       group.usage_missing, group.answered, group.model.name));
  }
  out.cost = {.shares = std::move(group.shares),
              .asked = group.answered + group.failed,
              .correct = headline_is_binary(group) ? group.correct : 0,
              .binary = headline_is_binary(group),
              .retries = group.retries,
              .in_load = group.in_load,
              .virtual_clock = group.model.virtual_clock,
              .local = group.model.local,
              .token_cost = group.token_cost,
              .unpriced = group.unpriced,
              .answered = group.answered,
              .accounting = group.account.sums(),
              .prices = group.account.prices()};
  out.energy = {.asked = out.cost.asked,
                .correct = out.cost.correct,
                .in_load = out.cost.in_load,
                .tokens_unknown = group.tokens_unknown,
                .output_tokens = output_tokens(group.usage),
                .virtual_clock = out.cost.virtual_clock,
                .local = out.cost.local};
  int64_t busy_ns = 0;
  for (const StoreShare& share : out.cost.shares) {
    if (__builtin_add_overflow(busy_ns, share.busy_ns, &busy_ns)) busy_ns = INT64_MAX;
  }
  result.busy_seconds = static_cast<double>(busy_ns) / 1e9;
  result.model = std::move(group.model);
}

void Summarizer::count_busy(const Group& group) {
  for (const StoreShare& share : group.shares) {
    ModelBusy& busy = busy_[share.store][share.model];
    ++busy.groups;
    if (__builtin_add_overflow(busy.busy_ns, share.busy_ns, &busy.busy_ns)) {
      busy.busy_ns = INT64_MAX;
    }
  }
}

Result<SuiteSummary> Summarizer::suite_summary(size_t suite) {
  const SuitePlan& plan = collector_.suites()[suite];
  SuiteSummary out;
  out.suite = plan.variants.front();
  warn_variants(plan);
  std::vector<Place> places;
  std::vector<Place> points;  // of learning curves
  for (auto place = finished_.begin(); place != finished_.end(); ++place) {
    if (collector_.slots()[place->first].suite != suite) continue;
    if (!place->second.result.model.curve_of.empty()) {
      warn_model(plan.name, place);
      points.push_back(place);
    } else {
      add_model(place, out);
      places.push_back(place);
    }
  }
  add_curves(points, places, out);
  tell_apart_names(places, out);
  compare_with_best(places, out);
  ASSAY_TRY_VOID(add_health(places, out));
  return out;
}

void Summarizer::add_model(Place place, SuiteSummary& out) {
  Finished& model = place->second;
  EnergyFacts& energy = model.energy;
  energy.shares = model.cost.shares;
  if (!model.result.metrics.empty() && model.result.metrics.front().def.binary)
    energy.share_correct = &model.result.metrics.front().estimate;
  model.result.cost =
      summarize_cost(model.cost, collector_.sources(),
                     run_energy(energy, busy_, collector_.sources(), options_.grid_grams_per_kwh));
  if (options_.mix) {
    const std::vector<SessionInfo>& sessions = collector_.sources().back().manifest.sessions;
    const int64_t at = sessions.empty() ? 0 : parse_utc(sessions.back().utc).value_or(0);
    model.result.cost.projection = project_cost(model.cost, *options_.mix, at);
  }
  warn_model(out.suite.name, place);
  out.models.push_back(model.result);
}

// One curve per model and variant of the suite; it ends with the model itself, trained on
// everything.
void Summarizer::add_curves(const std::vector<Place>& points, const std::vector<Place>& places,
                            SuiteSummary& out) const {
  std::map<std::pair<size_t, std::string>, LearningCurve> curves;
  const auto add = [&](const Place& place, LearningCurve& curve, int64_t train_size) {
    const std::vector<MetricResult>& metrics = place->second.result.metrics;
    if (metrics.empty()) return;
    curve.points.push_back({.train_size = train_size, .headline = metrics.front().estimate});
  };
  for (const Place& place : points) {
    const Slot& slot = collector_.slots()[place->first];
    LearningCurve& curve = curves[{slot.variant, slot.model.curve_of}];
    curve.model =
        slot.variant == 0 ? slot.model.curve_of : name_with_source(slot.model.curve_of, slot);
    add(place, curve, slot.model.train_size);
  }
  const auto train_count =
      static_cast<int64_t>(std::min<uint64_t>(out.suite.train_count, INT64_MAX));
  for (const Place& place : places) {
    const Slot& slot = collector_.slots()[place->first];
    const auto curve = curves.find({slot.variant, slot.model.name});
    if (curve == curves.end()) continue;
    add(place, curve->second, slot.model.train_size >= 0 ? slot.model.train_size : train_count);
  }
  for (auto& [key, curve] : curves) {
    std::stable_sort(
        curve.points.begin(), curve.points.end(),
        [](const CurvePoint& a, const CurvePoint& b) { return a.train_size < b.train_size; });
    out.curves.push_back(std::move(curve));
  }
}

void Summarizer::compare_with_best(const std::vector<Place>& places, SuiteSummary& out) {
  const auto variant = [&](size_t i) { return collector_.slots()[places[i]->first].variant; };
  std::vector<bool> takes_part;
  for (size_t i = 0; i < places.size(); ++i) takes_part.push_back(variant(i) == variant(0));
  const std::optional<size_t> best = best_model(out.models, takes_part);
  if (!best) return;
  const MetricDef& def = out.models[*best].metrics.front().def;
  for (size_t i = 0; i < places.size(); ++i) {
    if (i == *best) continue;
    const Samples& a = places[*best]->second.headline;
    const Samples& b = places[i]->second.headline;
    Comparison c;
    if (takes_part[i]) {
      c = compare_pairs(a, b, pair_by_index(a, b), def,
                        {.confidence = options_.confidence, .alpha = options_.alpha})
              .comparison;
    } else {
      c.metric = def;
      c.difference.method = "not compared";
      c.note = "asked with another prompt, data or scorer under the same suite name";
    }
    c.a = *best;
    c.b = i;
    out.comparisons.push_back(std::move(c));
  }
  std::vector<Comparison*> family;
  for (Comparison& c : out.comparisons) family.push_back(&c);
  holm_and_verdicts(family, options_.alpha);
  out.verdict = suite_verdict(out.models, out.comparisons, takes_part, best);
}

Result<void> Summarizer::add_health(const std::vector<Place>& places, SuiteSummary& out) const {
  if (places.empty() || out.suite.metrics.empty()) return {};
  std::vector<HealthModel> models;
  for (size_t i = 0; i < places.size(); ++i) {
    if (collector_.slots()[places[i]->first].variant != 0) continue;
    models.push_back({out.models[i].model.name, &places[i]->second.headline});
  }
  if (models.empty()) return {};
  out.health = run_health(models, out.suite.metrics.front(),
                          {.have = out.suite.sample_count,
                           .difference = options_.detect,
                           .confidence = options_.confidence,
                           .alpha = options_.alpha});
  ASSAY_TRY(out.health.labels, read_labels(collector_.slots()[places.front()->first]));
  return {};
}

// From the truths in the file of one model; of a large suite they would cost more than everything
// else together.
Result<LabelHealth> Summarizer::read_labels(const Slot& slot) const {
  const SuiteInfo& suite = collector_.suites()[slot.suite].variants[slot.variant];
  LabelHealth out;
  if (suite.sample_count > kLabelItemsMax) {
    out.note = fmt::format("more than {} items: `assay suite check` counts labels", kLabelItemsMax);
    return out;
  }
  std::map<std::string, uint64_t> counts;
  const ItemQuery query{.model = slot.model.name, .suite = suite.name};
  ASSAY_TRY_VOID(collector_.sources()[slot.sources.front()].store->read_items(
      query, [&](const ItemDetail& item) {
        if (item.repeat != 0) return true;
        if (std::string label = label_of_truth(item.truth); !label.empty()) ++counts[label];
        return true;
      }));
  return label_health(counts, options_.confidence);
}

std::string Summarizer::name_with_source(const std::string& name, const Slot& slot) const {
  return fmt::format("{} [{}]", name, collector_.sources()[slot.sources.front()].name);
}

// Two models of one name (another configuration, another variant of the suite) get their file's
// name.
void Summarizer::tell_apart_names(const std::vector<Place>& places, SuiteSummary& out) const {
  std::map<std::string, size_t> uses;
  for (const ModelResult& model : out.models) ++uses[model.model.name];
  for (size_t i = 0; i < places.size(); ++i) {
    std::string& name = out.models[i].model.name;
    if (uses[name] < 2) continue;
    const Slot& slot = collector_.slots()[places[i]->first];
    name = name_with_source(name, slot);
  }
}

void Summarizer::warn_variants(const SuitePlan& plan) {
  const SuiteInfo& first = plan.variants.front();
  for (size_t v = 1; v < plan.variants.size(); ++v) {
    const SuiteInfo& other = plan.variants[v];
    std::vector<std::string_view> what;
    if (other.prompt_hash != first.prompt_hash) what.emplace_back("prompt");
    if (other.data_hash != first.data_hash) what.emplace_back("data");
    if (other.scorer_hash != first.scorer_hash) what.emplace_back("scorer");
    if (what.empty()) what.emplace_back("metrics");
    warnings_.push_back(fmt::format(
        "suite {}: not the same {} in {} and {}; their models are shown, not compared", plan.name,
        fmt::join(what, ", "), collector_.sources()[plan.variant_source.front()].name,
        collector_.sources()[plan.variant_source[v]].name));
  }
}

// Items that such a run did not ask are not missing.
bool Summarizer::stops_when_decided(const Slot& slot) const {
  return std::any_of(slot.sources.begin(), slot.sources.end(), [&](size_t source) {
    const std::vector<SessionInfo>& sessions = collector_.sources()[source].manifest.sessions;
    return !sessions.empty() && sessions.back().argv.find("--until-decided") != std::string::npos;
  });
}

void Summarizer::warn_model(const std::string& suite, Place place) {
  const Finished& model = place->second;
  const ModelResult& r = model.result;
  const std::string who = fmt::format("suite {}, model {}", suite, r.model.name);
  const uint64_t settled = r.items_answered + r.items_failed;
  if (settled < r.items_planned && stops_when_decided(collector_.slots()[place->first])) {
    warnings_.push_back(
        fmt::format("{}: asked until decided (--until-decided), {} of {} items have an outcome; "
                    "intervals that take their number as fixed are too narrow",
                    who, settled, r.items_planned));
  } else if (settled < r.items_planned) {
    warnings_.push_back(fmt::format("{}: incomplete, {} of {} items have an outcome", who, settled,
                                    r.items_planned));
  }
  if (r.items_failed > 0) {
    warnings_.push_back(fmt::format(
        "{}: {} items got no reply after all attempts and are not in the quality figures", who,
        r.items_failed));
  }
  if (r.items_unjudged > 0) {
    warnings_.push_back(fmt::format("{}: {} replies have no score yet (`assay score` judges them)",
                                    who, r.items_unjudged));
  }
  if (model.duplicates > 0) {
    warnings_.push_back(
        fmt::format("{}: {} items are in more than one run file; the first file's count", who,
                    model.duplicates));
  }
  for (const std::string& warning : model.warnings) warnings_.push_back(warning);
}

// A model that was planned and never answered anything would otherwise just be missing.
void Summarizer::warn_idle_models() {
  std::vector<bool> seen(collector_.slots().size());
  for (const auto& [slot, model] : finished_) seen[slot] = true;
  std::vector<const Slot*> told;
  for (const Slot& slot : collector_.slots()) {
    const auto same = [&](const Slot* other) { return same_model(other->model, slot.model); };
    if (std::any_of(told.begin(), told.end(), same)) continue;
    told.push_back(&slot);
    bool any = false;
    for (size_t s = 0; s < collector_.slots().size(); ++s) {
      any = any || (seen[s] && same(&collector_.slots()[s]));
    }
    if (!any) {
      warnings_.push_back(fmt::format("model {} has no items in {}", slot.model.name,
                                      collector_.sources()[slot.sources.front()].name));
    }
  }
}

void Summarizer::warn_virtual_clock(const Summary& out) {
  std::vector<std::string> names;
  for (const SuiteSummary& suite : out.suites) {
    for (const ModelResult& model : suite.models) {
      if (!model.model.virtual_clock) continue;
      if (std::find(names.begin(), names.end(), model.model.name) == names.end()) {
        names.push_back(model.model.name);
      }
    }
  }
  if (!names.empty()) {
    warnings_.push_back(
        fmt::format("latencies are simulated (virtual clock) for {}", fmt::join(names, ", ")));
  }
}

}  // namespace

Result<Summary> summarize(std::span<const RunStore* const> stores,
                          std::span<const std::string> source_names,
                          const SummarizeOptions& options) {
  return Summarizer(stores, source_names, options).run();
}

}  // namespace assay::aggregate
