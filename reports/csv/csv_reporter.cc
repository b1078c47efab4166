#include "reports/csv/csv_reporter.h"

#include <fmt/format.h>

#include "harness/base/utf8.h"
#include "reports/csv/csv_load.h"
#include "reports/energy_view.h"
#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr std::string_view kFormulaStarts = "=+-@\t\r";

struct Row {
  std::string_view suite;
  std::string_view model;
  std::string_view section;  // quality, slice, timing, cost, energy, group
  std::string metric;
  std::string_view tag;
  std::string_view tag_value;
  std::string_view unit;
  Estimate estimate;
  std::string unscored;  // a count, or empty where it has no meaning
};

std::string number(const std::optional<double>& value) {
  return value ? format_exact(*value) : std::string();
}

void append(std::string& out, const Row& r) {
  const Estimate& e = r.estimate;
  out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_text(r.suite),
                     csv_text(r.model), r.section, csv_text(r.metric), csv_text(r.tag),
                     csv_text(r.tag_value), csv_text(r.unit), number(e.value), number(e.ci_low),
                     number(e.ci_high), e.n, csv_text(e.method), r.unscored);
}

void append_quality(std::string& out, const SuiteSummary& suite, const ModelResult& m) {
  for (const MetricResult& metric : m.metrics) {
    append(out, {suite.suite.name, m.model.name, "quality", metric.def.name, "", "", "",
                 metric.estimate, fmt::format("{}", metric.unscored)});
  }
  for (const SliceResult& s : m.slices) {
    append(out, {suite.suite.name, m.model.name, "slice", s.headline.def.name, s.tag, s.value, "",
                 s.headline.estimate, fmt::format("{}", s.headline.unscored)});
  }
}

void append_latency(std::string& out, const SuiteSummary& suite, const ModelResult& m,
                    std::string_view name, const LatencySummary& latency) {
  if (latency.n == 0) return;
  for (const Percentile& p : latency.percentiles) {
    append(out,
           {suite.suite.name, m.model.name, "timing",
            fmt::format("{}_{}", name, format_percentile_name(p.p)), "", "", "s", p.estimate, ""});
  }
  append(out, {suite.suite.name, m.model.name, "timing", fmt::format("{}_mean", name), "", "", "s",
               latency.mean, ""});
}

Estimate plain(double value, uint64_t n) { return {value, std::nullopt, std::nullopt, n, ""}; }

void append_count(std::string& out, const SuiteSummary& suite, const ModelResult& m,
                  std::string_view name, uint64_t count) {
  append(out, {suite.suite.name, m.model.name, "count", std::string(name), "", "", "items",
               plain(static_cast<double>(count), m.items_planned), ""});
}

// Amounts are decimals of whole nano-units; a double would not keep them exactly.
void append_amount(std::string& out, const SuiteSummary& suite, const ModelResult& m,
                   std::string_view name, const std::optional<Money>& amount) {
  if (!amount) return;
  out += fmt::format("{},{},cost,{},,,{},{},,,{},,\r\n", csv_text(suite.suite.name),
                     csv_text(m.model.name), name, csv_text(m.cost.currency), amount->text(),
                     m.items_answered);
}

void append_accounting(std::string& out, const SuiteSummary& suite, const ModelResult& m) {
  const Accounting& a = m.cost.accounting;
  append_amount(out, suite, m, "cost_answers", a.answers.cost);
  append_amount(out, suite, m, "cost_answers_without_cache", a.without_cache);
  append_amount(out, suite, m, "cost_retries", a.retries.cost);
  append_amount(out, suite, m, "cost_failed", a.failed.cost);
  append_amount(out, suite, m, "cost_judges", a.judges.cost);
  append_amount(out, suite, m, "cost_warm_ups", a.warm_ups.cost);
  if (!m.cost.projection) return;
  append_amount(out, suite, m, "projected_per_request", m.cost.projection->per_request);
  append_amount(out, suite, m, "projected_per_month", m.cost.projection->per_month);
}

void append_energy(std::string& out, const SuiteSummary& suite, const ModelResult& m) {
  const EnergySummary& e = m.cost.energy;
  if (e.source == EnergySource::kNone) return;
  const auto add = [&](std::string_view name, std::string_view unit, const Estimate& estimate) {
    append(out, {suite.suite.name, m.model.name, "energy", std::string(name), "", "", unit,
                 estimate, ""});
  };
  const auto figure = [&](std::string_view name, std::string_view unit,
                          const std::optional<double>& value) {
    if (value) add(name, unit, {value, std::nullopt, std::nullopt, m.items_answered, e.basis});
  };
  figure(fmt::format("energy_{}", energy_source_name(e.source)), "J", e.gross_joules);
  figure("energy_net", "J", e.net_joules);
  figure("idle_watts", "W", e.idle_watts);
  add("joules_per_output_token", "J", e.joules_per_output_token);
  add("joules_per_request", "J", e.joules_per_request);
  add("joules_per_correct", "J", e.joules_per_correct);
  figure("carbon_grams", "g", e.carbon_grams);
}

}  // namespace

std::string csv_text(std::string_view text) {
  std::string cell = sanitize_utf8(text);
  if (!cell.empty() && kFormulaStarts.find(cell.front()) != std::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Result<std::string> CsvReporter::write(const Summary& summary, std::span<const RunStore* const>,
                                       const ReportOptions&) const {
  std::string out =
      "suite,model,section,metric,tag,tag_value,unit,value,ci_low,ci_high,n,method,unscored\r\n";
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& m : suite.models) {
      append_quality(out, suite, m);
      append_count(out, suite, m, "items_planned", m.items_planned);
      append_count(out, suite, m, "items_answered", m.items_answered);
      append_count(out, suite, m, "items_failed", m.items_failed);
      append_latency(out, suite, m, "latency_s", m.latency);
      append_latency(out, suite, m, "ttft_s", m.ttft);
      append_latency(out, suite, m, "ttfa_s", m.ttfa);
      append_latency(out, suite, m, "cpu_s", m.cpu);
      append_amount(out, suite, m, "cost_total", m.cost.total);
      append_amount(out, suite, m, "cost_per_thousand_items", m.cost.per_thousand_items);
      append_amount(out, suite, m, "cost_per_correct", m.cost.per_correct);
      append_accounting(out, suite, m);
      append_energy(out, suite, m);
    }
  }
  for (const GroupSummary& group : summary.groups) {
    for (const GroupResult& result : group.models) {
      append(out, {group.name, result.model, "group", group.metric.name, "", "", "",
                   result.estimate, ""});
    }
  }
  append_loads(out, summary.loads);
  return out;
}

}  // namespace assay::reports
