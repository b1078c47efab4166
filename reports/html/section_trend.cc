// Trends: the report's figures over earlier runs, with what changed when.
#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/text/text_trends.h"

namespace assay::reports::html {
namespace {

constexpr size_t kTrendChartsMax = 12;
constexpr size_t kPointsToDraw = 2;  // one run is no trend

std::string break_what(const Page& page, const TrendBreak& one) {
  std::string out;
  const auto add = [&](bool differs, Msg what) {
    if (!differs) return;
    if (!out.empty()) out += ", ";
    out += page.say(what);
  };
  add(one.prompt, Msg::kTrendPrompt);
  add(one.data, Msg::kTrendData);
  add(one.scorer, Msg::kTrendScorer);
  return out;
}

std::string metric_name(const Page& page, const Trend& trend) {
  return trend.is_time ? std::string(page.say(Msg::kMedianLatency)) : trend.metric.name;
}

std::vector<std::string> sentences(const Page& page, const Trend& trend) {
  std::vector<std::string> out;
  for (const TrendChange& change : trend.changes) {
    const std::string date = trend_date(trend.points[change.index].utc, false);
    const std::string values = fmt::format("{} → {}", trend_value(trend, {.value = change.before}),
                                           trend_value(trend, {.value = change.after}));
    const Msg message = is_worse(trend, change) ? Msg::kTrendWorse : Msg::kTrendBetter;
    out.push_back(
        page.say(message, {{"date", date}, {"values", values}, {"p", format_p(change.p_value)}}));
    if (change.other_config) out.push_back(page.say(Msg::kTrendConfig, {{"date", date}}));
  }
  for (const TrendBreak& one : trend.breaks) {
    out.push_back(
        page.say(Msg::kTrendBreak, {{"date", trend_date(trend.points[one.index].utc, false)},
                                    {"what", break_what(page, one)}}));
  }
  if (out.empty()) out.emplace_back(page.say(Msg::kTrendNone));
  if (trend.left_out > 0)
    out.push_back(page.say(Msg::kTrendOlder, {{"n", format_count(trend.left_out)}}));
  return out;
}

// Means between changes and breaks, where there is any change; the ends of levels are those.
std::vector<TrendInput::Level> levels_of(const Trend& trend) {
  std::vector<TrendInput::Level> out;
  const auto end_after = [&](size_t from, size_t index_of_change) {
    size_t end = trend.points.size();
    for (const TrendBreak& one : trend.breaks) {
      if (one.index > from) end = std::min(end, one.index);
    }
    for (size_t c = index_of_change; c < trend.changes.size(); ++c) {
      if (trend.changes[c].index > from) end = std::min(end, trend.changes[c].index);
    }
    return end;
  };
  for (size_t c = 0; c < trend.changes.size(); ++c) {
    const TrendChange& change = trend.changes[c];
    size_t from = 0;
    for (const TrendBreak& one : trend.breaks) {
      if (one.index <= change.index) from = std::max(from, one.index);
    }
    if (c > 0 && trend.changes[c - 1].index >= from) {
      from = trend.changes[c - 1].index;  // its `after` is this one's `before`
    } else {
      out.push_back({from, change.index, change.before});
    }
    out.push_back({change.index, end_after(change.index, c + 1), change.after});
  }
  return out;
}

TrendInput input_of(const Page& page, const Trend& trend) {
  TrendInput in;
  in.metric = trend.metric;
  in.is_time = trend.is_time;
  in.style = page.style(trend.model);
  in.title =
      page.say(Msg::kTrendLabel, {{"metric", metric_name(page, trend)}, {"model", trend.model}});
  in.x_label = page.say(Msg::kTrendAxis);
  in.y_label =
      metric_name(page, trend) + " — " +
      std::string(page.say(trend.metric.higher_is_better ? Msg::kHigherBetter : Msg::kLowerBetter));
  for (const TrendPoint& point : trend.points) {
    std::string tip =
        fmt::format("{}: {}", trend_date(point.utc, true), trend_value(trend, point.estimate));
    if (!point.commit.empty()) tip += fmt::format(", {}", point.commit);
    if (!point.note.empty()) tip += fmt::format(", {}", point.note);
    in.points.push_back(
        {.estimate = point.estimate, .label = trend_date(point.utc, false), .tip = std::move(tip)});
  }
  for (const TrendChange& change : trend.changes) in.points[change.index].ringed = true;
  for (const TrendBreak& one : trend.breaks) {
    in.points[one.index].fresh = true;
    in.breaks.push_back({one.index, break_what(page, one)});
  }
  in.levels = levels_of(trend);
  return in;
}

void add_row(Html& h, const Page& page, const Trend& trend) {
  h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, trend.model));
  h.leaf("span", "sub", trend.suite).close();
  h.leaf("td", "", metric_name(page, trend));
  h.leaf("td", "num", format_count(trend.points.size()));
  const Estimate& newest = trend.points.back().estimate;
  h.open("td", "num").leaf("span", "figure", trend_value(trend, newest));
  const std::string interval = trend.is_time ? "" : format_interval(trend.metric, newest);
  if (!interval.empty()) h.leaf("span", "sub", interval);
  h.close().open("td");
  for (const std::string& line : sentences(page, trend)) h.leaf("div", "", line);
  h.close().close();
}

void add_table(Html& h, const Page& page) {
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel)).leaf("th", "", page.say(Msg::kMetric));
  h.leaf("th", "num", page.say(Msg::kTrendRuns)).leaf("th", "num", page.say(Msg::kTrendNewest));
  h.leaf("th", "", page.say(Msg::kTrendChanges)).close().close().open("tbody");
  for (const Trend& trend : page.options.trends) {
    if (!trend.points.empty()) add_row(h, page, trend);
  }
  h.close().close().close();
}

}  // namespace

Html trend_section(const Page& page) {
  Html h;
  if (page.options.trends.empty()) return h;
  h.leaf("h2", {{"class", "chapter"}, {"id", "trend"}}, page.say(Msg::kTrend));
  h.open("section", "card").leaf("p", "intro", page.say(Msg::kTrendIntro));
  add_table(h, page);
  size_t drawn = 0;
  size_t left = 0;
  for (const Trend& trend : page.options.trends) {
    if (!trend.headline || trend.points.size() < kPointsToDraw) continue;
    if (drawn == kTrendChartsMax) {
      ++left;
      continue;
    }
    ++drawn;
    const TrendInput in = input_of(page, trend);
    h.leaf("h3", "", trend.suite + ": " + in.title);
    h.open("figure").add(in_both_widths([&](ChartWidth w) { return trend_chart(in, w); })).close();
  }
  if (drawn > 0) h.leaf("p", "intro", page.say(Msg::kTrendNote));
  if (left > 0) h.leaf("p", "intro", page.say(Msg::kTrendMore, {{"n", format_count(left)}}));
  return std::move(h.close());
}

}  // namespace assay::reports::html
