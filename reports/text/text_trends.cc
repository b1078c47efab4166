#include "reports/text/text_trends.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

constexpr size_t kSparkPoints = 24;
constexpr std::array<std::string_view, 8> kHeights{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::string name_of(const Trend& trend) {
  return fmt::format("{}, {}", terminal_safe(trend.model), terminal_safe(trend.metric.name));
}

std::string change_values(const Trend& trend, const TrendChange& change) {
  return fmt::format("{} → {}", trend_value(trend, {.value = change.before}),
                     trend_value(trend, {.value = change.after}));
}

std::vector<std::string> row(const Trend& trend) {
  const TrendPoint& last = trend.points.back();
  std::string value = trend_value(trend, last.estimate);
  const std::string interval =
      trend.is_time ? std::string() : format_interval(trend.metric, last.estimate);
  if (!interval.empty()) value += " [" + interval + "]";
  std::string change = "none";
  if (!trend.changes.empty()) {
    const TrendChange& newest = trend.changes.back();
    change = fmt::format("{} {}", trend_date(trend.points[newest.index].utc, false),
                         change_values(trend, newest));
  }
  return {terminal_safe(trend.model),
          terminal_safe(trend.metric.name) + (trend.metric.higher_is_better ? " ↑" : " ↓"),
          format_count(trend.points.size()),
          sparkline(trend, kSparkPoints),
          value,
          change};
}

std::string place_text(const TrendPoint& point) {
  std::string out = trend_date(point.utc, true);
  if (!point.commit.empty())
    out += fmt::format(", commit {}", truncate_to_width(terminal_safe(point.commit), 12));
  if (!point.note.empty()) out += fmt::format(", \"{}\"", terminal_safe(point.note));
  return out;
}

std::string break_text(const TrendBreak& one) {
  std::string out;
  const auto add = [&](bool differs, std::string_view what) {
    if (differs) out += fmt::format("{}{}", out.empty() ? "" : ", ", what);
  };
  add(one.prompt, "prompt");
  add(one.data, "data");
  add(one.scorer, "scorer");
  return out;
}

std::vector<std::string> sentences(const Trend& trend) {
  std::vector<std::string> out;
  for (const TrendChange& change : trend.changes) {
    std::string line =
        fmt::format("{}: {} from {} on ({}, {})", name_of(trend), change_values(trend, change),
                    place_text(trend.points[change.index]),
                    is_worse(trend, change) ? "worse" : "better", format_p(change.p_value));
    if (change.other_config) line += "; the model's configuration changed there too";
    out.push_back(std::move(line));
  }
  for (const TrendBreak& one : trend.breaks) {
    out.push_back(fmt::format("{}: another {} from {} on; points before are not compared with it",
                              name_of(trend), break_text(one),
                              place_text(trend.points[one.index])));
  }
  if (trend.left_out > 0) {
    out.push_back(fmt::format("{}: {} older runs are left out", name_of(trend),
                              format_count(trend.left_out)));
  }
  return out;
}

}  // namespace

std::string trend_value(const Trend& trend, const Estimate& estimate) {
  if (!trend.is_time) return format_value(trend.metric, estimate);
  return estimate.value ? format_seconds(*estimate.value) : std::string(kNotAvailable);
}

std::string trend_date(const std::string& utc, bool minutes) {
  return minutes ? utc.substr(0, 16) + "Z" : utc.substr(0, 10);
}

bool is_worse(const Trend& trend, const TrendChange& change) {
  return (change.after < change.before) == trend.metric.higher_is_better;
}

std::string sparkline(const Trend& trend, size_t count_max) {
  const size_t from = trend.points.size() - std::min(trend.points.size(), count_max);
  double low = 0;
  double high = 0;
  bool any = false;
  for (size_t i = from; i < trend.points.size(); ++i) {
    const auto& value = trend.points[i].estimate.value;
    if (!value) continue;
    low = any ? std::min(low, *value) : *value;
    high = any ? std::max(high, *value) : *value;
    any = true;
  }
  std::string out;
  for (size_t i = from; i < trend.points.size(); ++i) {
    const bool breaks = std::any_of(trend.breaks.begin(), trend.breaks.end(),
                                    [&](const TrendBreak& one) { return one.index == i; });
    if (breaks && i > from) out += "|";
    const auto& value = trend.points[i].estimate.value;
    if (!value) {
      out += "·";
      continue;
    }
    const double place = high > low ? (*value - low) / (high - low) * 7 : 3;
    out += kHeights.at(static_cast<size_t>(std::clamp(place + 0.5, 0.0, 7.0)));
  }
  return out;
}

std::string trends_text(std::span<const Trend> trends, const ReportOptions& options) {
  std::string out;
  std::vector<std::string_view> told;
  for (const Trend& first : trends) {
    if (std::find(told.begin(), told.end(), first.suite) != told.end()) continue;
    told.push_back(first.suite);
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", terminal_safe(first.suite));
    Table table({{"model", Align::kLeft},
                 {"metric", Align::kLeft},
                 {"runs"},
                 {"trend", Align::kLeft},
                 {"last"},
                 {"last change", Align::kLeft}});
    std::vector<std::string> lines;
    for (const Trend& trend : trends) {
      if (trend.suite != first.suite || trend.points.empty()) continue;
      table.add(row(trend));
      for (std::string& line : sentences(trend)) lines.push_back(std::move(line));
    }
    out += table.text(options.width, "  ");
    for (const std::string& line : lines) out += wrap(line, options.width, "  ");
  }
  return out;
}

}  // namespace assay::reports
