#include "reports/text/text_reporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/health_view.h"
#include "reports/text/table.h"
#include "reports/text/text_accounting.h"
#include "reports/text/text_decision.h"
#include "reports/text/text_energy.h"
#include "reports/text/text_load.h"
#include "reports/text/text_tco.h"
#include "reports/text/text_trends.h"
#include "reports/verdict.h"

namespace assay::reports {
namespace {

constexpr size_t kWidthMin = 40;
constexpr std::string_view kIndent = "  ";
constexpr double kPercentiles[] = {0.5, 0.9, 0.99};

// ANSI colours, or nothing.
struct Paint {
  bool on;
  [[nodiscard]] std::string bold(const std::string& text) const { return code("1", text); }
  [[nodiscard]] std::string good(const std::string& text) const { return code("1;32", text); }
  [[nodiscard]] std::string warn(const std::string& text) const { return code("33", text); }

 private:
  [[nodiscard]] std::string code(std::string_view sgr, const std::string& text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", sgr, text) : text;
  }
};

std::string percentile_cell(const LatencySummary& latency, double p) {
  const Estimate* e = percentile(latency, p);
  return e == nullptr ? std::string(kNotAvailable) : format_seconds(*e);
}

std::vector<Column> columns(const SuiteSummary& suite, Language language, bool cost) {
  std::vector<Column> out{{std::string(say(language, Msg::kModel)), Align::kLeft}};
  for (const MetricDef& def : suite.suite.metrics) {
    out.push_back({terminal_safe(def.name) + (def.higher_is_better ? " ↑" : " ↓")});
  }
  for (const char* p : {"p50", "p90", "p99"}) out.push_back({p});
  if (cost) out.push_back({"/1000"});
  out.push_back({std::string(say(language, Msg::kAnswered))});
  out.push_back({std::string(say(language, Msg::kFailed))});
  out.push_back({std::string(say(language, Msg::kUnscored))});
  return out;
}

std::vector<std::string> row(const SuiteSummary& suite, const ModelResult& m, bool cost) {
  std::vector<std::string> cells{terminal_safe(m.model.name)};
  uint64_t unscored = 0;
  for (const MetricDef& def : suite.suite.metrics) {
    const auto it = std::find_if(m.metrics.begin(), m.metrics.end(),
                                 [&](const MetricResult& r) { return r.def.name == def.name; });
    cells.push_back(it == m.metrics.end() ? std::string(kNotAvailable)
                                          : format_estimate(def, it->estimate));
    if (it != m.metrics.end()) unscored = std::max(unscored, it->unscored);
  }
  for (const double p : kPercentiles) cells.push_back(percentile_cell(m.latency, p));
  if (cost) cells.push_back(format_money(m.cost.per_thousand_items, m.cost.currency));
  cells.push_back(format_count(m.items_answered));
  cells.push_back(format_count(m.items_failed));
  cells.push_back(format_count(unscored));
  return cells;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& s : sentences) out += (out.empty() ? "" : " ") + terminal_safe(s);
  return out;
}

void append_suite(std::string& out, const SuiteSummary& suite, const ReportOptions& options,
                  const Paint& paint) {
  const Language language = language_from_code(options.language);
  const size_t width = std::max(options.width, kWidthMin);
  const VerdictText verdict = verdict_text(suite, language);
  std::string title = terminal_safe(suite.suite.name);
  if (!suite.suite.title.empty()) title += " — " + terminal_safe(suite.suite.title);
  out += paint.bold(shorten_middle(title, width)) + "\n";
  std::string lead = wrap(terminal_safe(verdict.headline), width, kIndent);
  if (!lead.empty()) lead.pop_back();
  out += paint.good(lead) + "\n";
  out += wrap(joined(verdict.sentences), width, kIndent);
  out += wrap(joined(verdict.details), width, kIndent);
  if (suite.models.empty()) return;
  const bool cost = cost_was_measured(suite);
  Table table(columns(suite, language, cost));
  for (const size_t i : by_quality(suite)) table.add(row(suite, suite.models[i], cost));
  out += "\n" + table.text(width, kIndent);
  const std::string money = accounting_text(suite, language, width, kIndent);
  if (!money.empty()) out += "\n" + money;
  out += suite_energy_text(suite, language, width);
  const std::vector<std::string> health = health_sentences(suite, language);
  if (health.empty()) return;
  out +=
      "\n" + wrap(std::string(say(language, Msg::kHealth)) + ": " + joined(health), width, kIndent);
}

void append_groups(std::string& out, const std::vector<GroupSummary>& groups,
                   const ReportOptions& options, const Paint& paint) {
  if (groups.empty()) return;
  const Language language = language_from_code(options.language);
  out += "\n" + paint.bold(std::string(say(language, Msg::kGroups))) + "\n";
  Table table({{std::string(say(language, Msg::kGroup)), Align::kLeft},
               {std::string(say(language, Msg::kModel)), Align::kLeft},
               {std::string(say(language, Msg::kMetric)), Align::kLeft},
               {std::string(say(language, Msg::kValue))},
               {std::string(say(language, Msg::kSuites))}});
  for (const GroupSummary& group : groups) {
    for (const GroupResult& result : group.models) {
      table.add({terminal_safe(group.name), terminal_safe(result.model),
                 terminal_safe(group.metric.name), format_estimate(group.metric, result.estimate),
                 fmt::format("{}/{}", result.suites, group.suites.size())});
    }
  }
  out += table.text(std::max(options.width, kWidthMin), kIndent);
}

// The loads as text; what is wrong with them goes to the top of the report.
std::string load_part(std::string& top, const LoadSection& section, const ReportOptions& options,
                      const Paint& paint) {
  if (section.empty()) return {};
  LoadText text =
      load_text(section, language_from_code(options.language), std::max(options.width, kWidthMin));
  if (!text.alarm.empty()) {
    text.alarm.pop_back();
    top += paint.warn(text.alarm) + "\n";
  }
  return text.body;
}

}  // namespace

Result<std::string> TextReporter::write(const Summary& summary, std::span<const RunStore* const>,
                                        const ReportOptions& options) const {
  const Paint paint{options.colour};
  const size_t width = std::max(options.width, kWidthMin);
  std::string out;
  for (const std::string& warning : summary.warnings) {
    std::string lines = wrap(terminal_safe("! " + warning), width, "");
    if (!lines.empty()) lines.pop_back();
    out += paint.warn(lines) + "\n";
  }
  if (options.decision != nullptr) {
    if (!out.empty()) out += "\n";
    out += decision_text(*options.decision, options);
  }
  const std::string loads = load_part(out, summary.loads, options, paint);
  for (const SuiteSummary& suite : summary.suites) {
    if (!out.empty()) out += "\n";
    append_suite(out, suite, options, paint);
  }
  append_groups(out, summary.groups, options, paint);
  if (!loads.empty()) out += (out.empty() ? "" : "\n") + loads;
  if (!options.trends.empty()) {
    out += fmt::format("\n{}\n\n", say(language_from_code(options.language), Msg::kTrend));
    out += trends_text(options.trends, options);
  }
  if (options.tco != nullptr) out += (out.empty() ? "" : "\n") + tco_text(*options.tco, options);
  if (summary.suites.empty() && summary.loads.empty()) {
    out += std::string(say(language_from_code(options.language), Msg::kHeadNoData)) + "\n";
  }
  return out;
}

}  // namespace assay::reports
