#include <algorithm>

#include "reports/compare/compare_report.h"
#include "reports/compare/compare_view.h"
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/document.h"
#include "reports/load_view.h"

namespace assay::reports {

using html::Html;

namespace {

constexpr size_t kItemsShown = 50;    // sample ids named per row; the rest is counted
constexpr size_t kSlicesShown = 500;  // rows of slices per suite

std::string change_class(Change change) {
  switch (change) {
    case Change::kBetter:
      return "chip change right";
    case Change::kWorse:
      return "chip change wrong";
    default:
      return "chip change";
  }
}

void add_value_cell(Html& h, const MetricDef& metric, const Estimate& e) {
  h.open("td", "num").leaf("span", "figure", format_value(metric, e));
  if (const std::string interval = format_interval(metric, e); !interval.empty()) {
    h.leaf("span", "sub", interval);
  }
  h.close();
}

void add_change_cells(Html& h, const aggregate::RunComparison& row, bool margin,
                      Language language) {
  const Comparison& c = row.comparison;
  const Estimate change = change_estimate(c);
  add_value_cell(h, row.metric, row.a);
  add_value_cell(h, row.metric, row.b);
  h.open("td", "num")
      .leaf("span", "figure",
            format_difference(row.metric, change, say(language, Msg::kPercentagePoints)));
  if (const std::string i = format_difference_interval(row.metric, change); !i.empty()) {
    h.leaf("span", "sub", i);
  }
  h.close();
  if (margin) h.leaf("td", "", margin_text(row.margin, language));
  h.leaf("td", "num", change_p(c)).leaf("td", "num", format_count(c.difference.n));
  h.leaf("td", {{"class", "num"}, {"title", could_see_text(row, language)}},
         could_see(row, language));
  h.leaf("td", "num", format_count(row.improved)).leaf("td", "num", format_count(row.worsened));
}

void add_result_cell(Html& h, const aggregate::RunComparison& row, Language language) {
  h.open("td", "prose").open("span", {{"class", change_class(change_of(row))}});
  h.text(change_text(change_of(row), language)).close();
  if (!row.comparison.test.empty()) h.leaf("span", "sub", row.comparison.test);
  if (!row.comparison.note.empty()) h.leaf("span", "sub", row.comparison.note);
  h.close().close();
}

void add_headings(Html& h, const aggregate::ComparisonReport& report, Language language) {
  for (const Msg m : {Msg::kBaseline, Msg::kNew, Msg::kChange}) {
    h.leaf("th", "num", say(language, m));
  }
  if (report.margin) h.leaf("th", "", margin_title(*report.margin, language));
  h.leaf("th", "num", "Holm p").leaf("th", "num", "n");
  for (const Msg m : {Msg::kCouldSee, Msg::kImproved, Msg::kWorsened}) {
    h.leaf("th", "num", say(language, m));
  }
  h.leaf("th", "", say(language, Msg::kResult));
  h.close().close().open("tbody");
}

void add_model_heading(Html& h, const aggregate::RunComparison& row) {
  h.open("th", {{"scope", "row"}}).text(row.b_label);
  if (row.a_label != row.b_label) h.leaf("span", "sub", "− " + row.a_label);
  h.close();
}

Html table(const aggregate::ComparisonReport& report, const std::string& suite, Language language) {
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", say(language, Msg::kModel)).leaf("th", "", say(language, Msg::kMetric));
  add_headings(h, report, language);
  for (const auto& row : report.rows) {
    if (row.suite != suite || is_slice(row)) continue;
    h.open("tr");
    add_model_heading(h, row);
    h.leaf("td", "", row.metric.name);
    add_change_cells(h, row, report.margin.has_value(), language);
    add_result_cell(h, row, language);
  }
  h.close().close().close();
  return h;
}

// Folded; the heading says how many changed.
Html slices(const aggregate::ComparisonReport& report, const std::string& suite,
            Language language) {
  Html h;
  const std::string counts = slice_counts(report, suite, language);
  if (counts.empty()) return h;
  h.open("details", "fold").leaf("summary", "", counts);
  h.leaf("p", "intro", say(language, Msg::kCompareSlicesIntro));
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  h.leaf("th", "", say(language, Msg::kSliceColumn)).leaf("th", "", say(language, Msg::kModel));
  h.leaf("th", "", say(language, Msg::kMetric));
  add_headings(h, report, language);
  size_t shown = 0;
  size_t all = 0;
  for (const auto& row : report.rows) {
    if (row.suite != suite || !is_slice(row)) continue;
    if (++all > kSlicesShown) continue;
    ++shown;
    h.open("tr").leaf("th", {{"scope", "row"}}, slice_name(row)).leaf("td", "", row.b_label);
    h.leaf("td", "", row.metric.name);
    add_change_cells(h, row, report.margin.has_value(), language);
    add_result_cell(h, row, language);
  }
  h.close().close().close();
  if (all > shown) {
    h.leaf("p", "sub", say(language, Msg::kAndMore, {{"count", format_count(all - shown)}}));
  }
  h.close();
  return h;
}

void add_time_cell(Html& h, const Estimate& e) {
  h.open("td", "num").leaf("span", "figure", format_seconds(e));
  if (const std::string i = format_seconds_interval(e); !i.empty()) h.leaf("span", "sub", i);
  h.close();
}

Html speeds(const aggregate::ComparisonReport& report, const std::string& suite,
            Language language) {
  Html h;
  const auto of_suite = [&](const auto& row) { return row.suite == suite; };
  if (std::none_of(report.speeds.begin(), report.speeds.end(), of_suite)) return h;
  h.leaf("h4", "", say(language, Msg::kSpeed));
  h.leaf("p", "intro", say(language, Msg::kCompareSpeedIntro));
  for (const std::string& banner : banners_of(report, suite)) h.leaf("p", "intro", "! " + banner);
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  h.leaf("th", "", say(language, Msg::kModel)).leaf("th", "", say(language, Msg::kMetric));
  for (const Msg m : {Msg::kBaseline, Msg::kNew, Msg::kLoadRatio}) {
    h.leaf("th", "num", say(language, m));
  }
  h.leaf("th", "num", "Holm p").leaf("th", "", say(language, Msg::kTest));
  h.close().close().open("tbody");
  for (const auto& row : report.speeds) {
    if (!of_suite(row)) continue;
    h.open("tr").open("th", {{"scope", "row"}}).text(row.model);
    h.leaf("span", "sub", report.sources[row.later]).close();
    h.leaf("td", "", figure_name(row.figure, language));
    add_time_cell(h, row.a);
    add_time_cell(h, row.b);
    h.open("td", "num").leaf("span", "figure", format_ratio(row.ratio));
    if (const std::string i = format_ratio_interval(row.ratio); !i.empty())
      h.leaf("span", "sub", i);
    h.close().leaf("td", "num", format_p_value(row.p_holm ? row.p_holm : row.p_value));
    h.leaf("td", "prose", row.test).close();
  }
  h.close().close().close();
  return h;
}

void add_items(Html& h, std::string_view title, const std::vector<std::string>& items,
               uint64_t total, Language language) {
  if (total == 0) return;
  std::string text;
  const size_t shown = std::min(items.size(), kItemsShown);
  for (size_t i = 0; i < shown; ++i) text += (text.empty() ? "" : ", ") + items[i];
  if (total > shown) {
    text += ", " + say(language, Msg::kAndMore, {{"count", format_count(total - shown)}});
  }
  h.open("div", "pair").leaf("dt", "", title).leaf("dd", "", text).close();
}

Html flipped(const aggregate::ComparisonReport& report, const std::string& suite,
             Language language) {
  Html h;
  bool any = false;
  for (const auto& row : report.rows) {
    if (row.suite != suite || is_slice(row) || !row.headline) continue;
    if (row.improved + row.worsened == 0) continue;
    if (!any) h.leaf("h4", "", say(language, Msg::kWhichSamples));
    any = true;
    h.leaf("h6", "", row.b_label).open("dl", "pairs");
    add_items(h, say(language, Msg::kImproved), row.improved_items, row.improved, language);
    add_items(h, say(language, Msg::kWorsened), row.worsened_items, row.worsened, language);
    h.close();
  }
  return h;
}

html::ForestInput forest_input(const aggregate::ComparisonReport& report, const std::string& suite,
                               Language language) {
  html::ForestInput in;
  in.band = false;  // each pair is compared with itself
  for (const auto& row : report.rows) {
    if (row.suite != suite || is_slice(row) || !row.headline) continue;
    in.metric = row.metric;
    const html::SeriesStyle style = html::series_style(in.rows.size() / 2);
    in.rows.push_back({row.a_label, style, row.a});
    in.rows.push_back({row.b_label, style, row.b});
  }
  in.title = say(language, Msg::kForestLabel, {{"metric", in.metric.name}});
  in.axis_label = in.metric.name + " — " +
                  std::string(say(language, in.metric.higher_is_better ? Msg::kHigherBetter
                                                                       : Msg::kLowerBetter));
  return in;
}

Html suite_section(const aggregate::ComparisonReport& report, const std::string& suite,
                   Language language) {
  Html h;
  h.open("section", "card").leaf("h3", "", suite);
  const html::ForestInput in = forest_input(report, suite, language);
  if (!in.rows.empty()) {
    h.open("figure");
    h.add(html::in_both_widths([&](html::ChartWidth w) { return forest_chart(in, w); })).close();
  }
  h.add(table(report, suite, language));
  if (const std::string tied = tied_text(report, suite, language); !tied.empty()) {
    h.leaf("p", "intro", tied);
  }
  h.add(slices(report, suite, language)).add(flipped(report, suite, language));
  h.add(speeds(report, suite, language)).close();
  return h;
}

Html loads_section(const std::vector<LoadComparison>& loads, Language language) {
  Html h;
  if (loads.empty()) return h;
  h.open("section", "card").leaf("h3", "", say(language, Msg::kLoad));
  h.leaf("p", "intro", say(language, Msg::kLoadComparisonsIntro));
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  h.leaf("th", "", say(language, Msg::kLoadPoint)).leaf("th", "", say(language, Msg::kComparison));
  h.leaf("th", "", say(language, Msg::kMetric));
  h.leaf("th", "num", say(language, Msg::kDifference));
  h.leaf("th", "num", say(language, Msg::kLoadRatio)).leaf("th", "num", "p");
  h.leaf("th", "", say(language, Msg::kResult)).close().close().open("tbody");
  for (const LoadComparison& c : loads) {
    const LoadUnit unit = load_unit(c.metric);
    h.open("tr").leaf("th", {{"scope", "row"}}, c.label).open("td").text(c.b);
    h.leaf("span", "sub", "− " + c.a).close().leaf("td", "", c.metric).open("td", "num");
    h.leaf("span", "figure", format_figure(unit, c.difference));
    if (const std::string i = format_figure_interval(unit, c.difference); !i.empty()) {
      h.leaf("span", "sub", i);
    }
    h.close().leaf("td", "num", c.ratio ? format_number(*c.ratio) : std::string(kNotAvailable));
    h.leaf("td", "num", format_p_value(c.p_value));
    h.leaf("td", "result", comparison_text(c, language)).close();
  }
  h.close().close().close().close();
  return h;
}

Html top(const aggregate::ComparisonReport& report, const ReportOptions& options,
         Language language) {
  Html h;
  h.open("header", "top").add(html::brand()).leaf("h1", "", change_counts(report, language));
  std::string meta;
  for (const std::string& s : report.sources) meta += (meta.empty() ? "" : " → ") + s;
  if (!options.generated_utc.empty()) {
    meta += " · " + say(language, Msg::kGenerated, {{"utc", options.generated_utc}});
  }
  h.leaf("p", "meta", meta).close();
  return h;
}

}  // namespace

std::string compare_html(const aggregate::ComparisonReport& report, const ReportOptions& options) {
  const Language language = language_from_code(options.language);
  Html body;
  body.add(top(report, options, language)).open("main");
  if (!report.sources.empty()) {
    body.leaf("p", "intro",
              say(language, Msg::kCompareIntro, {{"baseline", report.sources.front()}}));
  }
  if (!report.notes.empty()) {
    body.open("section", {{"class", "warnings"}, {"role", "note"}});
    body.leaf("h2", "", say(language, Msg::kNotes)).open("ul");
    for (const std::string& note : report.notes) body.leaf("li", "", note);
    body.close().close();
  }
  for (const std::string& suite : suite_order(report)) {
    body.add(suite_section(report, suite, language));
  }
  body.add(loads_section(report.loads, language));
  if (!options.command.empty()) {
    body.open("section", "card method").leaf("h4", "", say(language, Msg::kHowToRepeat));
    body.open("pre", "command").leaf("code", "", options.command).close().close();
  }
  body.close();
  return html::document(language, say(language, Msg::kCompareTitle), body);
}

}  // namespace assay::reports
