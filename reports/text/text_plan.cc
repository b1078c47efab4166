#include "reports/text/text_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/format.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

using aggregate::PlanReport;
using aggregate::Range;
using aggregate::SightRow;
using aggregate::SpendingForecast;
using aggregate::SuiteSight;

std::string difference(const MetricDef& metric, double value) {
  if (!is_share(metric)) return format_significant(value, 3);
  return fmt::format("{:.{}f} pp", value * 100, value < 0.00995 ? 2 : 1);
}

// Between the smaller and the larger variance.
std::string detectable(const MetricDef& metric, const SightRow& row) {
  const std::string least = difference(metric, row.detectable_best);
  const std::string most = difference(metric, row.detectable);
  return least == most ? most : least + " to " + most;
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

void append_split(std::string& out, const SuiteSight& s, size_t width) {
  if (!s.split_known) return;
  const double all = s.larger.between + s.larger.within / s.question.repeats;
  if (!(all > 0)) return;
  const double items = s.larger.between / all;
  out +=
      wrap(fmt::format("With {} repeat{} {} of the variance comes from the items and {} from the "
                       "models' own answers; only the second shrinks with repeats.",
                       s.question.repeats, s.question.repeats == 1 ? "" : "s", percent(items),
                       percent(1 - items)),
           width, "  ");
}

void append_suite(std::string& out, const SuiteSight& s, size_t width) {
  const MetricDef& metric = s.question.metric;
  out +=
      fmt::format("{}: {}, {} items{}\n", terminal_safe(s.question.suite),
                  terminal_safe(metric.name), format_count(s.question.items),
                  s.question.repeats > 1 ? fmt::format(" × {} repeats", s.question.repeats) : "");
  out += wrap(terminal_safe(s.recommendation), width, "  ");
  if (!s.why_not.empty()) return;
  out += wrap("Variance: " + terminal_safe(s.basis_text) + ".", width, "  ");
  if (s.design_effect > 1) {
    out += wrap(fmt::format("Items in clusters: the variance is {:.2f} times that of independent "
                            "items.",
                            s.design_effect),
                width, "  ");
  }
  append_split(out, s, width);
  std::vector<Column> columns{{"items"}, {"repeats"}, {"requests"}, {"smallest difference seen"}};
  if (s.question.detect)
    columns.push_back({fmt::format("power at {}", difference(metric, *s.question.detect))});
  columns.push_back({"", Align::kLeft});
  Table table(std::move(columns));
  for (size_t i = 0; i < s.rows.size(); ++i) {
    const SightRow& row = s.rows[i];
    std::vector<std::string> cells{format_count(row.items), std::to_string(row.repeats),
                                   format_count(row.items * row.repeats), detectable(metric, row)};
    if (row.power) cells.push_back(percent(*row.power));
    std::string remark = i == s.planned ? "planned" : "";
    if (row.items > s.question.available) remark = "more than the suite has";
    cells.push_back(std::move(remark));
    table.add(std::move(cells));
  }
  out += table.text(width, "  ");
}

std::string count_range(const std::optional<Range>& r) {
  if (!r) return std::string(kNotAvailable);
  const auto count = [](double x) {
    return format_count(static_cast<uint64_t>(std::llround(std::clamp(x, 0.0, 9e18))));
  };
  return fmt::format("{} ({}–{})", count(r->typical), count(r->low), count(r->high));
}

std::string time_range(const std::optional<Range>& r) {
  if (!r) return std::string(kNotAvailable);
  if (r->low == r->high) return "≥ " + format_seconds(r->typical);
  return fmt::format("{} ({}–{})", format_seconds(r->typical), format_seconds(r->low),
                     format_seconds(r->high));
}

std::string money_range(const std::optional<aggregate::MoneyRange>& m,
                        const std::string& currency) {
  if (!m) return std::string(kNotAvailable);
  return fmt::format("{} ({}–{}), at most {}", format_money(m->typical, currency),
                     format_money(m->low, ""), format_money(m->high, ""),
                     format_money(m->worst, ""));
}

void append_spendings(std::string& out, const PlanReport& report, size_t width) {
  Table table({{"model", Align::kLeft},
               {"suite", Align::kLeft},
               {"requests"},
               {"input tokens"},
               {"reasoning"},
               {"output"},
               {"cost"},
               {"time"}});
  for (const SpendingForecast& s : report.spendings) {
    table.add({terminal_safe(s.model), terminal_safe(s.suite), format_count(s.requests),
               count_range(s.input_tokens), count_range(s.reasoning_tokens),
               count_range(s.output_tokens), money_range(s.cost, report.currency),
               time_range(s.seconds)});
  }
  out += "\nWhat it uses, typically (low–high)\n";
  out += table.text(width, "  ");
  for (const SpendingForecast& s : report.spendings) {
    out += wrap(terminal_safe(fmt::format("{}, {}: tokens: {}. Cost: {}. Time: {}.", s.model,
                                          s.suite, s.tokens_basis, s.cost_basis, s.time_basis)),
                width, "  ");
  }
  std::string total = "In all: cost " + money_range(report.cost, report.currency);
  if (report.without_cost > 0)
    total += fmt::format(", without {} of {} (no cost known)", report.without_cost,
                         report.spendings.size());
  total += "; time " + time_range(report.seconds) + ".";
  out += wrap(total, width, "  ");
}

}  // namespace

std::string plan_text(const PlanReport& report, const ReportOptions& options) {
  std::string out;
  for (const SuiteSight& s : report.suites) {
    if (!out.empty()) out += "\n";
    append_suite(out, s, options.width);
  }
  if (!report.spendings.empty()) append_spendings(out, report, options.width);
  for (const std::string& note : report.notes)
    out += wrap(terminal_safe("Note: " + note + "."), options.width, "  ");
  return out;
}

}  // namespace assay::reports
