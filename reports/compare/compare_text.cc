#include <fmt/format.h>

#include <algorithm>

#include "reports/compare/compare_report.h"
#include "reports/compare/compare_view.h"
#include "reports/format.h"
#include "reports/load_view.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr size_t kWidthMin = 40;
constexpr size_t kItemsShown = 5;  // sample ids named per row; the rest is counted

std::vector<std::string> row_cells(const aggregate::RunComparison& row, Language language) {
  const Comparison& c = row.comparison;
  const auto pp = say(language, Msg::kPercentagePoints);
  const Estimate change = change_estimate(c);
  std::string difference = format_difference(row.metric, change, pp);
  const std::string interval = format_difference_interval(row.metric, change);
  if (!interval.empty()) difference += " [" + interval + "]";
  return {terminal_safe(row.b_label),
          terminal_safe(row.metric.name),
          format_value(row.metric, row.a),
          format_value(row.metric, row.b),
          difference,
          change_p(c),
          format_count(c.difference.n),
          format_count(row.improved),
          format_count(row.worsened),
          change_text(change_of(row), language)};
}

std::vector<Column> columns(Language language) {
  std::vector<Column> out{{std::string(say(language, Msg::kModel)), Align::kLeft},
                          {std::string(say(language, Msg::kMetric)), Align::kLeft}};
  for (const Msg m : {Msg::kBaseline, Msg::kNew, Msg::kChange}) {
    out.push_back({std::string(say(language, m))});
  }
  out.push_back({"Holm p"});
  out.push_back({"n"});
  out.push_back({std::string(say(language, Msg::kImproved))});
  out.push_back({std::string(say(language, Msg::kWorsened))});
  out.push_back({std::string(say(language, Msg::kResult)), Align::kLeft});
  return out;
}

std::string item_line(std::string_view title, const std::vector<std::string>& items, uint64_t total,
                      Language language) {
  std::string out(title);
  const size_t shown = std::min(items.size(), kItemsShown);
  for (size_t i = 0; i < shown; ++i) out += (i == 0 ? ": " : ", ") + terminal_safe(items[i]);
  if (total > shown) {
    out += ", " + say(language, Msg::kAndMore, {{"count", format_count(total - shown)}});
  }
  return out;
}

void append_items(std::string& out, const aggregate::RunComparison& row, size_t width,
                  Language language) {
  if (!row.headline || row.improved + row.worsened == 0) return;
  const std::string name = terminal_safe(row.b_label) + " — ";
  if (row.improved > 0) {
    out += wrap(item_line(name + std::string(say(language, Msg::kImproved)), row.improved_items,
                          row.improved, language),
                width, kIndent);
  }
  if (row.worsened > 0) {
    out += wrap(item_line(name + std::string(say(language, Msg::kWorsened)), row.worsened_items,
                          row.worsened, language),
                width, kIndent);
  }
}

void append_suite(std::string& out, const aggregate::ComparisonReport& report,
                  const std::string& suite, size_t width, Language language) {
  Table table(columns(language));
  std::string notes;
  std::string items;
  for (const auto& row : report.rows) {
    if (row.suite != suite) continue;
    table.add(row_cells(row, language));
    append_items(items, row, width, language);
    if (!row.comparison.note.empty()) {
      const std::string note =
          fmt::format("{} {}: {}", row.b_label, row.metric.name, row.comparison.note);
      notes += wrap(terminal_safe(note), width, kIndent);
    }
  }
  out += "\n" + terminal_safe(suite) + "\n" + table.text(width, kIndent);
  if (!items.empty()) out += "\n" + items;
  if (!notes.empty()) out += "\n" + notes;
}

void append_loads(std::string& out, const std::vector<LoadComparison>& loads, size_t width,
                  Language language) {
  if (loads.empty()) return;
  out += "\n" + std::string(say(language, Msg::kLoad)) + "\n";
  out += wrap(say(language, Msg::kLoadComparisonsIntro), width, kIndent);
  Table table({{std::string(say(language, Msg::kLoadPoint)), Align::kLeft},
               {std::string(say(language, Msg::kComparison)), Align::kLeft},
               {std::string(say(language, Msg::kMetric)), Align::kLeft},
               {std::string(say(language, Msg::kDifference))},
               {std::string(say(language, Msg::kLoadRatio))},
               {"p"},
               {std::string(say(language, Msg::kResult)), Align::kLeft}});
  for (const LoadComparison& c : loads) {
    table.add({terminal_safe(c.label), terminal_safe(c.b + " − " + c.a), terminal_safe(c.metric),
               format_compact(load_unit(c.metric), c.difference),
               c.ratio ? format_number(*c.ratio) : std::string(kNotAvailable),
               format_p_value(c.p_value), terminal_safe(comparison_text(c, language))});
  }
  out += table.text(width, kIndent);
}

}  // namespace

std::string compare_text(const aggregate::ComparisonReport& report, const ReportOptions& options) {
  const Language language = language_from_code(options.language);
  const size_t width = std::max(options.width, kWidthMin);
  std::string out = wrap(change_counts(report, language), width, "");
  if (!report.sources.empty()) {
    out += wrap(
        say(language, Msg::kCompareIntro, {{"baseline", terminal_safe(report.sources.front())}}),
        width, "");
  }
  std::vector<std::string> suites;  // in order of first appearance
  for (const auto& row : report.rows) {
    if (std::find(suites.begin(), suites.end(), row.suite) == suites.end()) {
      suites.push_back(row.suite);
    }
  }
  for (const std::string& suite : suites) append_suite(out, report, suite, width, language);
  append_loads(out, report.loads, width, language);
  if (!report.notes.empty()) out += "\n";
  for (const std::string& note : report.notes) out += wrap(terminal_safe("! " + note), width, "");
  return out;
}

}  // namespace assay::reports
