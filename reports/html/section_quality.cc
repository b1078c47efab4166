// Quality: forest plot of the headline, table of every metric, slices.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

constexpr size_t kHeatSteps = 6;  // classes h0 .. h5
constexpr size_t kSliceValuesMax =
    40;  // rows of one tag's table; a tag with more is an id, not a slice

std::string direction(const Page& page, const MetricDef& def) {
  return std::string(page.say(def.higher_is_better ? Msg::kHigherBetter : Msg::kLowerBetter));
}

ForestInput forest_input(const Page& page, const SuiteSummary& suite) {
  const MetricDef& def = suite.suite.metrics.front();
  ForestInput in;
  in.metric = def;
  in.title = page.say(Msg::kForestLabel, {{"metric", def.name}});
  in.axis_label = def.name + " — " + direction(page, def);
  for (const size_t i : by_quality(suite)) {
    const MetricResult* m = headline(suite.models[i]);
    if (m == nullptr) continue;
    const std::string& name = suite.models[i].model.name;
    in.rows.push_back({name, page.style(name), m->estimate});
  }
  return in;
}

void add_metric_cell(Html& h, const Page& page, const SuiteSummary& suite, const ModelResult& model,
                     const MetricDef& def) {
  const auto it = std::find_if(model.metrics.begin(), model.metrics.end(),
                               [&](const MetricResult& r) { return r.def.name == def.name; });
  h.open("td", "num");
  if (it == model.metrics.end()) {
    h.text(kNotAvailable).close();
    return;
  }
  h.leaf("span", "figure", format_value(def, it->estimate));
  if (const std::string interval = format_interval(def, it->estimate); !interval.empty()) {
    h.leaf("span", "sub", interval);
  }
  const auto claim = suite.suite.published.find(model.model.name + "/" + def.name);
  if (claim != suite.suite.published.end()) {
    const Estimate claimed{claim->second, std::nullopt, std::nullopt, 0, ""};
    h.leaf("span", "sub", page.say(Msg::kClaimed, {{"value", format_value(def, claimed)}}));
  }
  h.close();
}

void add_count_cell(Html& h, uint64_t count, bool bad) {
  if (bad && count > 0) {
    h.leaf("td", "num alert", format_count(count));
  } else {
    h.leaf("td", "num", format_count(count));
  }
}

Html quality_table(const Page& page, const SuiteSummary& suite) {
  const bool unjudged = std::any_of(suite.models.begin(), suite.models.end(),
                                    [](const ModelResult& m) { return m.items_unjudged > 0; });
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel));
  for (const MetricDef& def : suite.suite.metrics) {
    h.open("th", "num").text(def.name).leaf("span", "sub", direction(page, def)).close();
  }
  h.leaf("th", "num", page.say(Msg::kAnswered)).leaf("th", "num", page.say(Msg::kFailed));
  h.leaf("th", "num", page.say(Msg::kUnscored));
  if (unjudged) h.leaf("th", "num", page.say(Msg::kUnjudged));
  h.close().close().open("tbody");
  for (const size_t i : by_quality(suite)) {
    const ModelResult& m = suite.models[i];
    h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, m.model.name)).close();
    for (const MetricDef& def : suite.suite.metrics) add_metric_cell(h, page, suite, m, def);
    uint64_t unscored = 0;
    for (const MetricResult& r : m.metrics) unscored = std::max(unscored, r.unscored);
    add_count_cell(h, m.items_answered, false);
    add_count_cell(h, m.items_failed, true);
    add_count_cell(h, unscored, true);
    if (unjudged) add_count_cell(h, m.items_unjudged, true);
    h.close();
  }
  h.close().close().close();
  return h;
}

using SliceTable = std::map<std::string, std::map<std::string, std::vector<const SliceResult*>>>;

SliceTable slice_table(const SuiteSummary& suite) {
  SliceTable table;
  for (size_t i = 0; i < suite.models.size(); ++i) {
    for (const SliceResult& s : suite.models[i].slices) {
      auto& row = table[s.tag][s.value];
      row.resize(suite.models.size());
      row[i] = &s;
    }
  }
  return table;
}

// Shade of a cell within its table: 0 for the worst value, kHeatSteps - 1 for the best.
std::string heat_class(const MetricDef& def, double value, double low, double high) {
  if (high - low < 1e-12) return "num heat h2";
  double share = (value - low) / (high - low);
  if (!def.higher_is_better) share = 1 - share;
  const auto step = static_cast<size_t>(std::lround(share * (kHeatSteps - 1)));
  return fmt::format("num heat h{}", std::min(step, kHeatSteps - 1));
}

void add_slice_cell(Html& h, const SliceResult* slice, double low, double high) {
  if (slice == nullptr || !slice->headline.estimate.value) {
    h.leaf("td", "num", kNotAvailable);
    return;
  }
  const Estimate& e = slice->headline.estimate;
  h.open("td", {{"class", heat_class(slice->headline.def, *e.value, low, high)}});
  h.leaf("span", "figure", format_value(slice->headline.def, e));
  h.leaf("span", "sub", "n = " + format_count(e.n)).close();
}

void add_slice_rows(Html& h, const SuiteSummary& suite,
                    const std::map<std::string, std::vector<const SliceResult*>>& rows) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (const auto& [value, cells] : rows) {
    for (const SliceResult* s : cells) {
      if (s == nullptr || !s->headline.estimate.value) continue;
      low = std::min(low, *s->headline.estimate.value);
      high = std::max(high, *s->headline.estimate.value);
    }
  }
  const std::vector<size_t> order = by_quality(suite);
  size_t shown = 0;
  for (const auto& [value, cells] : rows) {
    if (shown++ == kSliceValuesMax) break;
    h.open("tr").leaf("th", {{"scope", "row"}}, value);
    for (const size_t i : order) add_slice_cell(h, cells[i], low, high);
    h.close();
  }
}

}  // namespace

Html quality_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (suite.models.empty() || suite.suite.metrics.empty()) return h;
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kQuality), page.say(Msg::kQualityIntro)));
  const ForestInput in = forest_input(page, suite);
  h.open("figure");
  h.add(in_both_widths([&](ChartWidth w) { return forest_chart(in, w); })).close();
  h.add(quality_table(page, suite));
  h.leaf("p", "small", page.say(Msg::kFailedNote)).close();
  return h;
}

Html slices_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  const SliceTable table = slice_table(suite);
  if (table.empty()) return h;
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kSlices),
                     page.say(Msg::kSlicesIntro, {{"metric", suite.suite.metrics.front().name}})));
  for (const auto& [tag, rows] : table) {
    h.open("div", "scroll");
    const bool many = suite.models.size() > 4;
    h.open("table", {{"class", many ? "data heatmap many" : "data heatmap"}});
    h.open("thead").open("tr");
    h.leaf("th", "tag", tag);
    for (const size_t i : by_quality(suite)) {
      h.open("th", "num").add(model_name(page, suite.models[i].model.name)).close();
    }
    h.close().close().open("tbody");
    add_slice_rows(h, suite, rows);
    h.close().close().close();
    if (rows.size() > kSliceValuesMax) {
      h.leaf("p", "small",
             page.say(Msg::kAndMore, {{"count", std::to_string(rows.size() - kSliceValuesMax)}}));
    }
  }
  h.close();
  return h;
}

}  // namespace assay::reports::html
