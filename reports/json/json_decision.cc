#include "reports/json/json_decision.h"

#include <optional>

#include "reports/decision_view.h"
#include "reports/json/json_fields.h"

namespace assay::reports {
namespace {

void write_strings(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

void write_named(JsonWriter& w, std::string_view key, const Estimate& estimate) {
  w.key(key);
  write_estimate(w, estimate);
}

void write_name(JsonWriter& w, std::string_view key, const SuiteDecision& suite,
                const std::optional<size_t>& model) {
  w.key(key);
  model ? w.value(suite.models[*model].name) : w.null();
}

void write_names(JsonWriter& w, std::string_view key, const SuiteDecision& suite,
                 const std::vector<size_t>& models) {
  w.key(key).begin_array();
  for (const size_t m : models) w.value(suite.models[m].name);
  w.end_array();
}

std::string_view name_of(size_t criterion) {
  return criterion_name(static_cast<Criterion>(criterion));
}

void write_cost(JsonWriter& w, const DecidedModel& model) {
  w.key("cost").begin_object();
  write_named(w, "per_item", model.cost_per_item);
  write_named(w, "per_correct", model.cost_per_correct);
  w.key("none_correct").value(model.none_correct);
  w.key("draws_none_correct").value(model.draws_none_correct);
  write_named(w, "ratio", model.cost_ratio);
  w.key("note").value(model.cost_note);
  w.end_object();
}

void write_latency(JsonWriter& w, const DecidedModel& model) {
  w.key("latency").begin_object();
  write_named(w, "mean", model.latency_mean);
  write_named(w, "p50", model.latency_p50);
  write_named(w, "p95", model.latency_p95);
  w.end_object();
}

void write_central(JsonWriter& w, const SuiteDecision& suite, const DecidedModel& model) {
  w.key("central_weights");
  if (!model.central_weights) {
    w.null();
    return;
  }
  w.begin_object();
  for (size_t k = 0; k < kCriterionCount; ++k) {
    if (suite.weighed[k]) w.key(name_of(k)).value((*model.central_weights)[k]);
  }
  w.end_object();
}

void write_ranks(JsonWriter& w, const SuiteDecision& suite, const DecidedModel& model) {
  w.key("front").begin_object();
  w.key("member").value(model.on_front);
  w.key("probability").value(model.front_probability);
  w.key("criteria").begin_array();
  for (size_t k = 0; k < kCriterionCount; ++k) {
    if (model.has[k]) w.value(name_of(k));
  }
  w.end_array().end_object();
  w.key("acceptability").begin_object();
  w.key("ranks").begin_array();
  for (const double share : model.rank_shares) w.value(share);
  w.end_array();
  w.key("expected_rank").value(model.expected_rank);
  write_central(w, suite, model);
  w.key("first_with_weights").value(model.first_with_weights);
  w.end_object();
}

void write_requirements(JsonWriter& w, const DecidedModel& model) {
  w.key("requirements").begin_array();
  for (const RequirementCheck& check : model.requirements) {
    w.begin_object();
    w.key("requirement").value(requirement_name(check.kind));
    w.key("state").value(requirement_state_name(check.state));
    w.key("shown").value(check.shown);
    w.key("wanted").value(check.wanted);
    w.key("found").value(check.found);
    w.end_object();
  }
  w.end_array();
}

void write_model(JsonWriter& w, const SuiteDecision& suite, const DecidedModel& model) {
  w.begin_object();
  w.key("model").value(model.name);
  w.key("asked").value(model.asked);
  w.key("answered").value(model.answered);
  w.key("failed").value(model.failed);
  write_named(w, "quality", model.quality);
  w.key("standing").value(standing_name(model.standing));
  write_named(w, "loss", model.loss);
  write_cost(w, model);
  write_latency(w, model);
  write_ranks(w, suite, model);
  write_requirements(w, model);
  w.key("knocked_out").value(model.knocked_out);
  w.end_object();
}

void write_changes(JsonWriter& w, const SuiteDecision& suite) {
  const std::vector<std::string> texts = decision_changes(suite, Language::kEnglish);
  w.key("changes").begin_array();
  for (size_t i = 0; i < suite.changes.size(); ++i) {
    const DecisionChange& change = suite.changes[i];
    const bool has_value = change.kind != DecisionChange::Kind::kUnknownPrice &&
                           change.kind != DecisionChange::Kind::kRequirement &&
                           change.kind != DecisionChange::Kind::kUnknown;
    w.begin_object();
    w.key("kind").value(change_name(change.kind));
    w.key("model").value(suite.models[change.model].name);
    w.key("value").value(has_value ? std::optional(change.value) : std::nullopt);
    w.key("cost_per_item").value(change.cost_per_item);
    w.key("requirements").begin_array();
    for (const RequirementKind kind : change.requirements) w.value(requirement_name(kind));
    w.end_array();
    w.key("text").value(i < texts.size() ? texts[i] : std::string());
    w.end_object();
  }
  w.end_array();
}

void write_weights(JsonWriter& w, const SuiteDecision& suite) {
  w.key("weighed").begin_array();
  for (size_t k = 0; k < kCriterionCount; ++k) {
    if (suite.weighed[k]) w.value(name_of(k));
  }
  w.end_array();
  w.key("weights");
  if (!suite.weights) {
    w.null();
    return;
  }
  w.begin_object();
  for (size_t k = 0; k < kCriterionCount; ++k) {
    w.key(name_of(k)).begin_array();
    w.value((*suite.weights)[k].low).value((*suite.weights)[k].high).end_array();
  }
  w.end_object();
}

void write_suite(JsonWriter& w, const DecisionReport& report, const SuiteDecision& suite) {
  w.begin_object();
  w.key("suite").value(suite.suite);
  w.key("outcome").value(decision_outcome_name(suite.outcome));
  w.key("reason").value(reason_name(suite.reason));
  write_name(w, "chosen", suite, suite.chosen);
  write_name(w, "best", suite, suite.best);
  write_names(w, "tied", suite, suite.tied);
  w.key("sentence").value(decision_sentence(report, suite, Language::kEnglish));
  w.key("metric").begin_object();
  write_metric_def(w, suite.metric);
  w.end_object();
  w.key("samples").value(suite.samples);
  w.key("left_out").value(suite.left_out);
  w.key("units").value(suite.units);
  w.key("draws").value(uint64_t{suite.draws});
  w.key("currency");
  suite.currency.empty() ? w.null() : w.value(suite.currency);
  w.key("cost_unit").value(cost_unit_name(suite.cost_unit));
  write_name(w, "reference", suite, suite.reference);
  write_weights(w, suite);
  w.key("models").begin_array();
  for (const DecidedModel& model : suite.models) write_model(w, suite, model);
  w.end_array();
  write_changes(w, suite);
  write_strings(w, "notes", suite.notes);
  w.end_object();
}

void write_members(JsonWriter& w, const DecisionReport& report) {
  w.key("outcome").value(decision_outcome_name(overall_outcome(report)));
  w.key("margin").value(report.margin);
  w.key("confidence").value(report.confidence);
  w.key("seed").value(report.seed);
  write_strings(w, "sources", report.sources);
  w.key("suites").begin_array();
  for (const SuiteDecision& suite : report.suites) write_suite(w, report, suite);
  w.end_array();
  write_strings(w, "notes", report.notes);
}

}  // namespace

void write_decision(JsonWriter& w, const DecisionReport& report) {
  w.begin_object();
  write_members(w, report);
  w.end_object();
}

std::string decision_json(const DecisionReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-decision-1");
  write_members(w, report);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
