#include <fmt/format.h>

#include <algorithm>

#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kInset = 14;
constexpr size_t kDense = 80;  // with more points than this marks are smaller

Axis value_axis(const TrendInput& in, const Plot& plot) {
  std::vector<const Estimate*> all;
  for (const TrendInput::Point& p : in.points) all.push_back(&p.estimate);
  const auto range = extent(all);
  if (!in.is_time) return metric_axis(in.metric, range, plot.bottom, plot.top, 5);
  return Axis::linear_rounded(std::min(0.0, range.first), range.second * 1.05, plot.bottom,
                              plot.top, 5);
}

void draw_value_ticks(Svg& svg, const TrendInput& in, const Plot& plot, const Axis& y) {
  std::vector<std::pair<double, std::string>> ticks;
  for (const double t : y.ticks(5)) {
    ticks.emplace_back(t,
                       in.is_time ? quantity_tick(t, true) : metric_tick(in.metric, t, y.step(5)));
  }
  draw_y_ticks(svg, plot, y, ticks);
}

// Dates at even distances, the newest always among them.
void draw_run_ticks(Svg& svg, const TrendInput& in, const Plot& plot, const Axis& x, bool wide) {
  const size_t labels = wide ? 8 : 3;
  const size_t step = std::max<size_t>(1, (in.points.size() + labels - 1) / labels);
  std::vector<std::pair<double, std::string>> ticks;
  for (size_t back = 0; back < in.points.size(); back += step) {
    const size_t i = in.points.size() - 1 - back;
    ticks.emplace_back(static_cast<double>(i), in.points[i].label);
  }
  std::reverse(ticks.begin(), ticks.end());
  draw_x_ticks(svg, plot, x, ticks);
}

void draw_breaks(Svg& svg, const TrendInput& in, const Plot& plot, const Axis& x) {
  for (const TrendInput::Break& one : in.breaks) {
    const double at = x.at(static_cast<double>(one.index) - 0.5);
    svg.line(at, plot.top, at, plot.bottom, "axis");
    const bool left = at > (plot.left + plot.right) / 2;
    const double room = left ? at - plot.left - 8 : plot.right - at - 8;
    svg.text(left ? at - 5 : at + 5, plot.top + 12, left ? Anchor::kEnd : Anchor::kStart,
             "point-label", fit_text(one.name, room, kFontPx), one.name);
  }
}

void draw_levels(Svg& svg, const TrendInput& in, const Axis& x, const Axis& y) {
  for (const TrendInput::Level& level : in.levels) {
    const double at = y.at(level.value);
    svg.line(x.at(static_cast<double>(level.from) - 0.4), at,
             x.at(static_cast<double>(level.to) - 0.6), at,
             fmt::format("level s{}", in.style.colour));
  }
}

void draw_line(Svg& svg, const TrendInput& in, const Axis& x, const Axis& y) {
  PathData d;
  bool joined = false;
  for (size_t i = 0; i < in.points.size(); ++i) {
    const TrendInput::Point& p = in.points[i];
    const double at = x.at(static_cast<double>(i));
    if (!p.estimate.value || p.fresh) joined = false;
    if (!p.estimate.value) continue;
    joined ? d.to(at, y.at(*p.estimate.value)) : d.move(at, y.at(*p.estimate.value));
    joined = true;
    if (p.estimate.ci_low && p.estimate.ci_high) {
      svg.line(at, y.at(*p.estimate.ci_low), at, y.at(*p.estimate.ci_high),
               fmt::format("bar thin s{}", in.style.colour));
    }
  }
  if (!d.text().empty()) svg.path(d.text(), fmt::format("curve s{}", in.style.colour));
}

void draw_marks(Svg& svg, const TrendInput& in, const Axis& x, const Axis& y) {
  const double radius = in.points.size() > kDense ? 2.4 : 4.2;
  for (size_t i = 0; i < in.points.size(); ++i) {
    const TrendInput::Point& p = in.points[i];
    if (!p.estimate.value) continue;
    const double at = x.at(static_cast<double>(i));
    svg.marker(in.style, at, y.at(*p.estimate.value), radius, p.tip);
    if (p.ringed) {
      svg.circle(at, y.at(*p.estimate.value), radius + 5, fmt::format("ring s{}", in.style.colour));
    }
  }
}

}  // namespace

Html trend_chart(const TrendInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  const Plot plot{58, 32, chart_px(width) - 12, wide ? 250.0 : 220.0};
  const Axis y = value_axis(in, plot);
  const double last = in.points.empty() ? 1 : static_cast<double>(in.points.size() - 1);
  const Axis x = Axis::linear(0, last, plot.left + kInset, plot.right - kInset);
  Svg svg({.width = chart_px(width),
           .height = plot.bottom + 46,
           .css_class = "chart",
           .title = in.title});
  draw_value_ticks(svg, in, plot, y);
  draw_run_ticks(svg, in, plot, x, wide);
  draw_breaks(svg, in, plot, x);
  draw_levels(svg, in, x, y);
  draw_line(svg, in, x, y);
  draw_marks(svg, in, x, y);
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text(4, 14, Anchor::kStart, "axis-label", fit_text(in.y_label, chart_px(width) - 8, kFontPx));
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           fit_text(in.x_label, chart_px(width) - 70, kFontPx));
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
