#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

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

std::string change_cell(const aggregate::RunComparison& row, Language language) {
  const Estimate change = change_estimate(row.comparison);
  std::string out = format_difference(row.metric, change, say(language, Msg::kPercentagePoints));
  const std::string interval = format_difference_interval(row.metric, change);
  if (!interval.empty()) out += " [" + interval + "]";
  return out;
}

// First what a row is about, then its figures; with a margin, how it stands to it.
class RowTable {
 public:
  RowTable(std::vector<Column> columns, std::optional<double> margin, Language language)
      : margin_(margin), language_(language), table_(titles(std::move(columns))) {}

  void add(std::vector<std::string> cells, const aggregate::RunComparison& row) {
    const Comparison& c = row.comparison;
    for (std::string& cell : std::vector<std::string>{
             format_value(row.metric, row.a), format_value(row.metric, row.b),
             change_cell(row, language_), change_p(c), format_count(c.difference.n),
             could_see(row, language_), format_count(row.improved), format_count(row.worsened),
             change_text(change_of(row), language_)}) {
      cells.push_back(std::move(cell));
    }
    if (margin_) cells.push_back(margin_text(row.margin, language_));
    table_.add(std::move(cells));
  }
  [[nodiscard]] std::string text(size_t width) const { return table_.text(width, kIndent); }

 private:
  std::vector<Column> titles(std::vector<Column> out) const {
    for (const Msg m : {Msg::kBaseline, Msg::kNew, Msg::kChange}) {
      out.push_back({std::string(say(language_, m))});
    }
    out.push_back({"Holm p"});
    out.push_back({"n"});
    for (const Msg m : {Msg::kCouldSee, Msg::kImproved, Msg::kWorsened}) {
      out.push_back({std::string(say(language_, m))});
    }
    out.push_back({std::string(say(language_, Msg::kResult)), Align::kLeft});
    if (margin_) out.push_back({margin_title(*margin_, language_), Align::kLeft});
    return out;
  }

  std::optional<double> margin_;
  Language language_;
  Table table_;
};

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

// Slices that changed; the rest is counted. All of them are in the JSON and HTML forms.
void append_slices(std::string& out, const aggregate::ComparisonReport& report,
                   const std::string& suite, size_t width, Language language) {
  const std::string counts = slice_counts(report, suite, language);
  if (counts.empty()) return;
  out += "\n" + wrap(counts, width, kIndent);
  RowTable table({{std::string(say(language, Msg::kSliceColumn)), Align::kLeft},
                  {std::string(say(language, Msg::kModel)), Align::kLeft},
                  {std::string(say(language, Msg::kMetric)), Align::kLeft}},
                 report.margin, language);
  bool any = false;
  for (const auto& row : report.rows) {
    const Change change = change_of(row);
    if (row.suite != suite || !is_slice(row)) continue;
    if (change != Change::kBetter && change != Change::kWorse) continue;
    any = true;
    table.add({terminal_safe(slice_name(row)), terminal_safe(row.b_label),
               terminal_safe(row.metric.name)},
              row);
  }
  if (any) out += table.text(width) + wrap(say(language, Msg::kCompareSlicesIntro), width, kIndent);
}

void append_speeds(std::string& out, const aggregate::ComparisonReport& report,
                   const std::string& suite, size_t width, Language language) {
  Table table({{std::string(say(language, Msg::kModel)), Align::kLeft},
               {std::string(say(language, Msg::kSpeed)), Align::kLeft},
               {std::string(say(language, Msg::kBaseline))},
               {std::string(say(language, Msg::kNew))},
               {std::string(say(language, Msg::kLoadRatio))},
               {"Holm p"}});
  bool any = false;
  for (const auto& row : report.speeds) {
    if (row.suite != suite) continue;
    any = true;
    std::string ratio = format_ratio(row.ratio);
    if (const std::string i = format_ratio_interval(row.ratio); !i.empty()) ratio += " [" + i + "]";
    table.add({terminal_safe(fmt::format("{} ({})", row.model, report.sources[row.later])),
               figure_name(row.figure, language), format_seconds(row.a), format_seconds(row.b),
               ratio, format_p_value(row.p_holm ? row.p_holm : row.p_value)});
  }
  if (!any) return;
  out += "\n" + table.text(width, kIndent);
  for (const std::string& banner : banners_of(report, suite))
    out += wrap(terminal_safe("! " + banner), width, kIndent);
}

void append_suite(std::string& out, const aggregate::ComparisonReport& report,
                  const std::string& suite, size_t width, Language language) {
  RowTable table({{std::string(say(language, Msg::kModel)), Align::kLeft},
                  {std::string(say(language, Msg::kMetric)), Align::kLeft}},
                 report.margin, language);
  std::string notes;
  std::string items;
  bool any = false;
  for (const auto& row : report.rows) {
    if (row.suite != suite || is_slice(row)) continue;
    any = true;
    table.add({terminal_safe(row.b_label), terminal_safe(row.metric.name)}, row);
    append_items(items, row, width, language);
    if (!row.comparison.note.empty()) {
      const std::string note =
          fmt::format("{} {}: {}", row.b_label, row.metric.name, row.comparison.note);
      notes += wrap(terminal_safe(note), width, kIndent);
    }
  }
  out += "\n" + terminal_safe(suite) + "\n";
  if (any) out += table.text(width);
  if (const std::string tied = tied_text(report, suite, language); !tied.empty()) {
    out += wrap(terminal_safe(tied), width, kIndent);
  }
  if (!items.empty()) out += "\n" + items;
  if (!notes.empty()) out += "\n" + notes;
  append_slices(out, report, suite, width, language);
  append_speeds(out, report, suite, width, language);
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
  for (const std::string& suite : suite_order(report)) {
    append_suite(out, report, suite, width, language);
  }
  append_loads(out, report.loads, width, language);
  if (!report.notes.empty()) out += "\n";
  for (const std::string& note : report.notes) out += wrap(terminal_safe("! " + note), width, "");
  return out;
}

}  // namespace assay::reports
