#include "reports/text/text_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
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

constexpr size_t kModelColumns = 28;

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

// "89.6k (59.7–179.2)": all three in the unit of the middle one; one number where they are the
// same.
std::string count_range(const std::optional<Range>& r) {
  if (!r) return std::string(kNotAvailable);
  const double unit = r->typical >= 1e6 ? 1e6 : r->typical >= 1e4 ? 1e3 : 1;
  const char* name = unit == 1e6 ? "M" : unit == 1e3 ? "k" : "";
  const auto text = [&](double x) { return fmt::format("{:.{}f}", x / unit, unit == 1 ? 0 : 1); };
  std::string out = text(r->typical) + name;
  if (r->low < r->high) out += fmt::format(" ({}–{})", text(r->low), text(r->high));
  return out;
}

std::string time_range(const std::optional<Range>& r) {
  if (!r) return std::string(kNotAvailable);
  if (!(r->low < r->high)) return format_seconds(r->typical);
  return fmt::format("{} ({}–{})", format_seconds(r->typical), format_seconds(r->low),
                     format_seconds(r->high));
}

std::string money_range(const std::optional<aggregate::MoneyRange>& m,
                        const std::string& currency) {
  if (!m) return std::string(kNotAvailable);
  const auto bare = [&](Money money) {
    std::string text = format_money(money, currency);
    if (text.ends_with(" " + currency)) text.resize(text.size() - currency.size() - 1);
    return text;
  };
  return fmt::format("{} ({}–{}, at most {})", format_money(m->typical, currency), bare(m->low),
                     bare(m->high), bare(m->worst));
}

// One line for each different text, with the models it is said of where there are several.
void append_bases(std::string& out, const PlanReport& report, std::string_view what,
                  const std::string SpendingForecast::*basis, size_t width) {
  std::vector<std::pair<std::string, std::string>> said;  // text, whom it is about
  for (const SpendingForecast& s : report.spendings) {
    const std::string& text = s.*basis;
    auto at =
        std::find_if(said.begin(), said.end(), [&](const auto& one) { return one.first == text; });
    if (at == said.end()) at = said.insert(said.end(), {text, ""});
    at->second += (at->second.empty() ? "" : ", ") + shorten_middle(s.model, kModelColumns);
  }
  for (const auto& [text, whom] : said) {
    const std::string about = said.size() > 1 ? " (" + whom + ")" : "";
    out += wrap(terminal_safe(fmt::format("{}{}: {}.", what, about, text)), width, "  ");
  }
}

void append_spendings(std::string& out, const PlanReport& report, size_t width) {
  const bool suites = report.suites.size() > 1;
  std::vector<Column> columns{{"model", Align::kLeft}};
  if (suites) columns.push_back({"suite", Align::kLeft});
  for (const char* title : {"requests", "input tokens", "reasoning", "output", "time"})
    columns.push_back({title});
  columns.push_back({"cost", Align::kLeft});
  Table table(std::move(columns));
  for (const SpendingForecast& s : report.spendings) {
    std::vector<std::string> cells{shorten_middle(terminal_safe(s.model), kModelColumns)};
    if (suites) cells.push_back(terminal_safe(s.suite));
    for (std::string cell : {format_count(s.requests), count_range(s.input_tokens),
                             count_range(s.reasoning_tokens), count_range(s.output_tokens),
                             time_range(s.seconds), money_range(s.cost, report.currency)})
      cells.push_back(std::move(cell));
    table.add(std::move(cells));
  }
  out += "\nWhat it uses, typically (low–high)\n";
  out += table.text(width, "  ");
  append_bases(out, report, "Tokens", &SpendingForecast::tokens_basis, width);
  append_bases(out, report, "Cost", &SpendingForecast::cost_basis, width);
  append_bases(out, report, "Time", &SpendingForecast::time_basis, width);
  std::string total = "In all: cost " + money_range(report.cost, report.currency);
  if (report.cost && report.without_cost > 0)
    total += fmt::format(" without {} of {} whose cost is not known", report.without_cost,
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
