#include "reports/json/json_reporter.h"

#include <algorithm>

#include "reports/json/json_accounting.h"
#include "reports/json/json_decision.h"
#include "reports/json/json_energy.h"
#include "reports/json/json_fields.h"
#include "reports/json/json_load.h"
#include "reports/json/json_tco.h"
#include "reports/json/json_trends.h"

namespace assay::reports {
namespace {

void write_models(JsonWriter& w, const Manifest& manifest) {
  w.key("models").begin_array();
  for (const ModelInfo& m : manifest.models) {
    w.begin_object();
    w.key("name").value(m.name);
    w.key("spec").value(m.spec);
    w.key("config_hash").value(m.config_hash);
    w.key("version").value(m.version);
    w.key("curve_of");
    m.curve_of.empty() ? w.null() : w.value(m.curve_of);
    w.key("train_size");
    m.train_size < 0 ? w.null() : w.value(m.train_size);
    w.key("virtual_clock").value(m.virtual_clock);
    w.end_object();
  }
  w.end_array();
}

void write_suite_infos(JsonWriter& w, const Manifest& manifest) {
  w.key("suites").begin_array();
  for (const SuiteInfo& s : manifest.suites) {
    w.begin_object();
    w.key("name").value(s.name);
    w.key("title").value(s.title);
    w.key("language").value(s.language);
    w.key("licence").value(s.licence);
    w.key("hash").value(s.hash);
    w.key("prompt_hash").value(s.prompt_hash);
    w.key("data_hash").value(s.data_hash);
    w.key("scorer_hash").value(s.scorer_hash);
    w.key("sample_count").value(s.sample_count);
    w.key("train_count").value(s.train_count);
    w.key("repeats").value(uint64_t{s.repeats});
    w.key("metrics").begin_array();
    for (const MetricDef& def : s.metrics) {
      w.begin_object();
      write_metric_def(w, def);
      w.end_object();
    }
    w.end_array();
    w.key("published").begin_object();
    for (const auto& [name, value] : s.published) w.key(name).value(value);
    w.end_object();
    w.end_object();
  }
  w.end_array();
}

void write_manifest(JsonWriter& w, const Manifest& manifest) {
  w.key("manifest").begin_object();
  w.key("schema_version").value(int64_t{manifest.schema_version});
  w.key("assay_version").value(manifest.assay_version);
  w.key("run_hash").value(manifest.run_hash);
  w.key("seed").value(manifest.seed);
  write_models(w, manifest);
  write_suite_infos(w, manifest);
  w.end_object();
}

void write_name(JsonWriter& w, const SuiteSummary& suite, const std::optional<size_t>& index) {
  index ? w.value(suite.models[*index].model.name) : w.null();
}

void write_verdict(JsonWriter& w, const SuiteSummary& suite) {
  w.key("verdict").begin_object();
  w.key("kind").value(verdict_kind_name(suite.verdict.kind));
  w.key("best");
  write_name(w, suite, suite.verdict.best);
  w.key("tied").begin_array();
  for (const size_t i : suite.verdict.tied) w.value(suite.models[i].model.name);
  w.end_array();
  w.end_object();
}

void write_metric(JsonWriter& w, const MetricResult& m) {
  w.begin_object();
  write_metric_def(w, m.def);
  w.key("estimate");
  write_estimate(w, m.estimate);
  w.key("unscored").value(m.unscored);
  w.end_object();
}

void write_model_quality(JsonWriter& w, const ModelResult& m) {
  w.begin_object();
  w.key("model").value(m.model.name);
  w.key("items_planned").value(m.items_planned);
  w.key("items_answered").value(m.items_answered);
  w.key("items_failed").value(m.items_failed);
  w.key("items_unjudged").value(m.items_unjudged);
  w.key("outcomes").begin_object();
  for (const auto& [name, count] : m.outcomes) w.key(name).value(count);
  w.end_object();
  w.key("metrics").begin_array();
  for (const MetricResult& metric : m.metrics) write_metric(w, metric);
  w.end_array();
  w.key("slices").begin_array();
  for (const SliceResult& slice : m.slices) {
    w.begin_object();
    w.key("tag").value(slice.tag);
    w.key("value").value(slice.value);
    w.key("headline");
    write_metric(w, slice.headline);
    w.end_object();
  }
  w.end_array();
  w.end_object();
}

void write_quality(JsonWriter& w, const SuiteSummary& suite) {
  w.key("quality").begin_object().key("models").begin_array();
  for (const ModelResult& m : suite.models) write_model_quality(w, m);
  w.end_array().end_object();
}

void write_tokens(JsonWriter& w, std::string_view name, int64_t tokens) {
  w.key(name);
  tokens < 0 ? w.null() : w.value(tokens);
}

// What money is computed from, and nothing that was measured by a clock: a price and token counts.
void write_money(JsonWriter& w, const SuiteSummary& suite, const Manifest& manifest) {
  w.key("money").begin_object();
  w.key("currency");
  manifest.currency.empty() ? w.null() : w.value(manifest.currency);
  w.key("machine_price_per_hour");
  manifest.machine_price_per_hour.empty() ? w.null() : w.value(manifest.machine_price_per_hour);
  w.key("models").begin_array();
  for (const ModelResult& m : suite.models) {
    w.begin_object();
    w.key("model").value(m.model.name);
    write_tokens(w, "input_tokens", m.usage.input_tokens);
    write_tokens(w, "cached_tokens", m.usage.cached_tokens);
    write_tokens(w, "cache_write_tokens", m.usage.cache_write_tokens);
    write_tokens(w, "reasoning_tokens", m.usage.reasoning_tokens);
    write_tokens(w, "output_tokens", m.usage.output_tokens);
    w.key("usage_missing").value(m.usage_missing);
    write_accounting(w, m.cost);
    w.end_object();
  }
  w.end_array().end_object();
}

void write_latency(JsonWriter& w, std::string_view name, const LatencySummary& latency) {
  w.key(name);
  if (latency.n == 0) {
    w.null();
    return;
  }
  w.begin_object();
  w.key("n").value(latency.n);
  w.key("percentiles").begin_array();
  for (const Percentile& p : latency.percentiles) {
    w.begin_object();
    w.key("p").value(p.p);
    w.key("estimate");
    write_estimate(w, p.estimate);
    w.end_object();
  }
  w.end_array();
  w.key("mean");
  write_estimate(w, latency.mean);
  w.key("ecdf").begin_array();
  for (const auto& [seconds, share] : latency.ecdf) {
    w.begin_array().value(seconds).value(share).end_array();
  }
  w.end_array();
  w.end_object();
}

void write_amount(JsonWriter& w, std::string_view name, const std::optional<Money>& amount) {
  w.key(name);
  amount ? w.value(amount->text()) : w.null();
}

// Machine money is time times a price, so it is a measurement and stands with the times.
void write_machine_cost(JsonWriter& w, const CostSummary& cost) {
  w.key("machine_cost").begin_object();
  w.key("currency");
  cost.currency.empty() ? w.null() : w.value(cost.currency);
  write_amount(w, "total", cost.total);
  write_amount(w, "per_thousand_items", cost.per_thousand_items);
  write_amount(w, "per_correct", cost.per_correct);
  w.key("none_correct").value(cost.none_correct);
  w.key("energy_joules").value(cost.energy_joules);
  w.key("basis").value(cost.basis);
  w.end_object();
}

void write_timing(JsonWriter& w, const SuiteSummary& suite) {
  w.key("timing").begin_object();
  w.key("fastest");
  write_name(w, suite, suite.verdict.fastest);
  w.key("models").begin_array();
  for (const ModelResult& m : suite.models) {
    w.begin_object();
    w.key("model").value(m.model.name);
    w.key("virtual_clock").value(m.model.virtual_clock);
    w.key("retries").value(m.retries);
    w.key("busy_seconds").value(m.busy_seconds);
    write_latency(w, "latency_s", m.latency);
    write_latency(w, "ttft_s", m.ttft);
    write_latency(w, "ttfa_s", m.ttfa);
    write_latency(w, "cpu_s", m.cpu);
    write_machine_cost(w, m.cost);
    write_energy(w, m.cost.energy);
    w.end_object();
  }
  w.end_array().end_object();
}

void write_comparisons(JsonWriter& w, const SuiteSummary& suite) {
  w.key("comparisons").begin_array();
  for (const Comparison& c : suite.comparisons) {
    w.begin_object();
    w.key("a").value(suite.models[c.a].model.name);
    w.key("b").value(suite.models[c.b].model.name);
    w.key("metric").value(c.metric.name);
    w.key("difference");
    write_estimate(w, c.difference);
    w.key("p_value").value(c.p_value);
    w.key("p_holm").value(c.p_holm);
    w.key("test").value(c.test);
    w.key("only_a_right").value(c.only_a_right);
    w.key("only_b_right").value(c.only_b_right);
    w.key("verdict").value(pair_verdict_name(c.verdict));
    w.key("note").value(c.note);
    w.end_object();
  }
  w.end_array();
}

void write_curves(JsonWriter& w, const SuiteSummary& suite) {
  w.key("learning_curves").begin_array();
  for (const LearningCurve& curve : suite.curves) {
    w.begin_object().key("model").value(curve.model);
    w.key("points").begin_array();
    for (const CurvePoint& point : curve.points) {
      w.begin_object().key("train_size").value(point.train_size).key("headline");
      write_estimate(w, point.headline);
      w.end_object();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

void write_health_items(JsonWriter& w, std::string_view key, const std::vector<HealthItem>& items) {
  w.key(key).begin_array();
  for (const HealthItem& item : items) w.value(item.index);
  w.end_array();
}

void write_health(JsonWriter& w, const SuiteSummary& suite) {
  if (suite.health.empty()) return;
  const auto& [items, labels, needed] = suite.health;
  w.key("health").begin_object();
  w.key("models").value(items.models);
  w.key("items").value(items.items);
  w.key("solved_by_none").value(items.solved_by_none);
  w.key("solved_by_all").value(items.solved_by_all);
  w.key("negative").value(items.negative);
  w.key("negative_shown").value(items.negative_shown);
  write_health_items(w, "none_indices", items.none);
  write_health_items(w, "all_indices", items.all);
  write_health_items(w, "negative_indices", items.worst);
  w.key("note").value(items.note);
  w.key("labels").begin_object();
  w.key("n").value(labels.n);
  w.key("labels").value(labels.labels);
  w.key("entropy_bits").value(labels.entropy_bits);
  w.key("evenness").value(labels.evenness);
  w.key("majority").value(labels.majority);
  w.key("majority_share");
  write_estimate(w, labels.majority_share);
  w.key("note").value(labels.note).end_object();
  w.key("needed").begin_object();
  w.key("difference").value(needed.difference);
  w.key("items").value(needed.items);
  w.key("have").value(needed.have);
  w.key("detectable").value(needed.detectable);
  w.key("basis").value(needed.basis).end_object();
  w.end_object();
}

void write_groups(JsonWriter& w, const Summary& summary) {
  if (summary.groups.empty()) return;
  w.key("groups").begin_array();
  for (const GroupSummary& group : summary.groups) {
    w.begin_object().key("group").value(group.name);
    w.key("metric").value(group.metric.name);
    w.key("weight_by_size").value(group.weight_by_size);
    w.key("suites").begin_array();
    for (const std::string& suite : group.suites) w.value(suite);
    w.end_array().key("models").begin_array();
    for (const GroupResult& result : group.models) {
      w.begin_object().key("model").value(result.model);
      w.key("suites").value(result.suites).key("estimate");
      write_estimate(w, result.estimate);
      w.end_object();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

// What differs between two executions of the same run: who, when, where.
void write_provenance(JsonWriter& w, const Summary& summary, const ReportOptions& options) {
  if (options.generated_utc.empty()) return;
  w.key("provenance").begin_object();
  w.key("generated_utc").value(options.generated_utc);
  w.key("sources").begin_array();
  for (const std::string& source : summary.sources) w.value(source);
  w.end_array();
  w.key("sessions").begin_array();
  for (const SessionInfo& s : summary.manifest.sessions) {
    w.begin_object();
    w.key("id").value(uint64_t{s.id});
    w.key("utc").value(s.utc);
    w.key("argv").value(s.argv);
    w.key("host").value(s.host);
    w.end_object();
  }
  w.end_array().end_object();
}

}  // namespace

Result<std::string> JsonReporter::write(const Summary& summary, std::span<const RunStore* const>,
                                        const ReportOptions& options) const {
  JsonWriter w;
  w.begin_object().key("format").value("assay-summary-1");
  write_manifest(w, summary.manifest);
  w.key("suites").begin_array();
  for (const SuiteSummary& suite : summary.suites) {
    w.begin_object().key("suite").value(suite.suite.name);
    write_verdict(w, suite);
    write_quality(w, suite);
    write_money(w, suite, summary.manifest);
    write_timing(w, suite);
    write_comparisons(w, suite);
    write_curves(w, suite);
    write_health(w, suite);
    w.end_object();
  }
  w.end_array();
  write_groups(w, summary);
  write_loads(w, summary.loads);
  write_trends(w, options.trends);
  if (options.decision != nullptr) {
    w.key("decision");
    write_decision(w, *options.decision);
  }
  write_tco(w, options.tco);
  w.key("warnings").begin_array();
  for (const std::string& warning : summary.warnings) w.value(warning);
  w.end_array();
  write_provenance(w, summary, options);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
