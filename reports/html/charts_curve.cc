#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kLabelGap = 15;  // between baselines

Axis size_axis(const CurveInput& in, const Plot& plot) {
  const double low = in.points.front().first;
  const double high = in.points.back().first;
  const double inset = 14;
  if (low > 0 && high / low > 8) {
    return Axis::logarithmic(low, high, plot.left + inset, plot.right - inset);
  }
  return Axis::linear(std::min(0.0, low), high, plot.left + inset, plot.right - inset);
}

// Baselines at least kLabelGap apart, as near to their lines as that allows, inside the plot.
std::vector<double> spread(std::vector<double> wanted, double top, double bottom) {
  std::vector<size_t> order(wanted.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return wanted[a] < wanted[b]; });
  double free_from = top;
  for (const size_t i : order) {
    wanted[i] = std::max(wanted[i], free_from);
    free_from = wanted[i] + kLabelGap;
  }
  double free_to = bottom;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    wanted[*it] = std::min(wanted[*it], free_to);
    free_to = wanted[*it] - kLabelGap;
  }
  return wanted;
}

void draw_levels(Svg& svg, const CurveInput& in, const Plot& plot, const Axis& y, bool labels,
                 double room) {
  std::vector<double> wanted;
  for (const CurveInput::Level& level : in.levels) wanted.push_back(y.at(level.value) + 4);
  const std::vector<double> at = spread(wanted, plot.top + 4, plot.bottom);
  for (size_t i = 0; i < in.levels.size(); ++i) {
    const CurveInput::Level& level = in.levels[i];
    const double line = y.at(level.value);
    svg.line(plot.left, line, plot.right, line,
             fmt::format("level s{} d{}", level.style.colour, level.style.shape));
    if (!labels) continue;
    svg.line(plot.right, line, plot.right + 8, at[i] - 4,
             fmt::format("lead s{}", level.style.colour));
    svg.marker(level.style, plot.right + 15, at[i] - 4, 4.2);
    svg.text(plot.right + 24, at[i], Anchor::kStart, "point-label",
             fit_text(level.name, room - 26, kFontPx), level.name);
  }
}

void draw_points(Svg& svg, const CurveInput& in, const Axis& x, const Axis& y) {
  PathData d;
  bool first = true;
  for (const auto& [size, e] : in.points) {
    if (!e.value) continue;
    first ? d.move(x.at(size), y.at(*e.value)) : d.to(x.at(size), y.at(*e.value));
    first = false;
    if (e.ci_low && e.ci_high) {
      svg.line(x.at(size), y.at(*e.ci_low), x.at(size), y.at(*e.ci_high),
               fmt::format("thin s{}", in.style.colour));
    }
  }
  svg.path(d.text(), fmt::format("curve s{}", in.style.colour));
  for (const auto& [size, e] : in.points) {
    if (!e.value) continue;
    const std::string tip = fmt::format("{:.0f}: {}", size, format_estimate(in.metric, e));
    svg.marker(in.style, x.at(size), y.at(*e.value), 5, tip);
  }
}

std::pair<double, double> value_range(const CurveInput& in) {
  std::vector<Estimate> levels;
  for (const CurveInput::Level& level : in.levels) levels.push_back({.value = level.value});
  std::vector<const Estimate*> all;
  for (const auto& [size, e] : in.points) all.push_back(&e);
  for (const Estimate& e : levels) all.push_back(&e);
  return extent(all);
}

}  // namespace

Html curve_chart(const CurveInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  double room = 12;
  if (wide) {
    for (const auto& level : in.levels) {
      room = std::max(room, std::min(230.0, text_width(level.name, kFontPx) + 34));
    }
  }
  const Plot plot{50, 32, chart_px(width) - room, wide ? 330.0 : 270.0};
  const Axis y = metric_axis(in.metric, value_range(in), plot.bottom, plot.top, 5);
  const Axis x = size_axis(in, plot);
  Svg svg({.width = chart_px(width),
           .height = plot.bottom + 46,
           .css_class = "chart",
           .title = in.title});
  std::vector<std::pair<double, std::string>> y_ticks;
  for (const double t : y.ticks(5)) y_ticks.emplace_back(t, metric_tick(in.metric, t, y.step(5)));
  draw_y_ticks(svg, plot, y, y_ticks);
  // The sizes that were trained are the ticks: nothing lies between them.
  std::vector<std::pair<double, std::string>> x_ticks;
  for (const auto& [size, e] : in.points) x_ticks.emplace_back(size, fmt::format("{:.0f}", size));
  draw_x_ticks(svg, plot, x, x_ticks);
  draw_levels(svg, in, plot, y, wide, room);
  draw_points(svg, in, x, y);
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text(4, 14, Anchor::kStart, "axis-label", fit_text(in.y_label, chart_px(width) - 8, kFontPx));
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           in.x_label);
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
