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

void add_row(Html& h, const aggregate::RunComparison& row, Language language) {
  const Comparison& c = row.comparison;
  const Estimate change = change_estimate(c);
  const auto pp = say(language, Msg::kPercentagePoints);
  h.open("tr").open("th", {{"scope", "row"}}).text(row.b_label);
  if (row.a_label != row.b_label) h.leaf("span", "sub", "− " + row.a_label);
  h.close().leaf("td", "", row.metric.name);
  add_value_cell(h, row.metric, row.a);
  add_value_cell(h, row.metric, row.b);
  h.open("td", "num").leaf("span", "figure", format_difference(row.metric, change, pp));
  if (const std::string i = format_difference_interval(row.metric, change); !i.empty()) {
    h.leaf("span", "sub", i);
  }
  h.close().leaf("td", "num", change_p(c)).leaf("td", "num", format_count(c.difference.n));
  h.leaf("td", "num", format_count(row.improved)).leaf("td", "num", format_count(row.worsened));
  h.open("td", "prose").open("span", {{"class", change_class(change_of(row))}});
  h.text(change_text(change_of(row), language)).close();
  if (!c.note.empty()) h.leaf("span", "sub", c.note);
  h.close().close();
}

Html table(const aggregate::ComparisonReport& report, const std::string& suite, Language language) {
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", say(language, Msg::kModel)).leaf("th", "", say(language, Msg::kMetric));
  for (const Msg m : {Msg::kBaseline, Msg::kNew, Msg::kChange}) {
    h.leaf("th", "num", say(language, m));
  }
  h.leaf("th", "num", "Holm p").leaf("th", "num", "n");
  h.leaf("th", "num", say(language, Msg::kImproved));
  h.leaf("th", "num", say(language, Msg::kWorsened));
  h.leaf("th", "", say(language, Msg::kResult)).close().close().open("tbody");
  for (const auto& row : report.rows) {
    if (row.suite == suite) add_row(h, row, language);
  }
  h.close().close().close();
  return h;
}

void add_items(Html& h, std::string_view title, const std::vector<std::string>& items,
               uint64_t total, Language language) {
  if (total == 0) return;
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  if (total > items.size()) {
    text += ", " + say(language, Msg::kAndMore, {{"count", format_count(total - items.size())}});
  }
  h.open("div", "pair").leaf("dt", "", title).leaf("dd", "", text).close();
}

Html flipped(const aggregate::ComparisonReport& report, const std::string& suite,
             Language language) {
  Html h;
  bool any = false;
  for (const auto& row : report.rows) {
    if (row.suite != suite || !row.headline || row.improved + row.worsened == 0) continue;
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
    if (row.suite != suite || !row.headline) continue;
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
  h.add(table(report, suite, language)).add(flipped(report, suite, language)).close();
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
  std::vector<std::string> suites;  // in order of first appearance
  for (const auto& row : report.rows) {
    if (std::find(suites.begin(), suites.end(), row.suite) != suites.end()) continue;
    suites.push_back(row.suite);
    body.add(suite_section(report, row.suite, language));
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
