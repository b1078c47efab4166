#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kPanelPx = 54;
constexpr double kHeadPx = 22;  // above a panel, for its label
constexpr double kFirstPx = 6;

std::pair<double, double> time_range(const SeriesInput& in) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (const SeriesPanel& panel : in.panels) {
    for (const auto& [at, value] : panel.points) {
      if (!std::isfinite(at)) continue;
      low = std::min(low, at);
      high = std::max(high, at);
    }
  }
  if (low > high) return {0, 1};
  return {std::min(0.0, low), high};
}

double highest(const SeriesPanel& panel) {
  double high = 0;
  for (const auto& [at, value] : panel.points) {
    if (value && std::isfinite(*value)) high = std::max(high, *value);
  }
  return high > 0 ? high : 1;
}

// A line that is broken where nothing was measured.
std::string panel_path(const SeriesPanel& panel, const Axis& x, const Axis& y) {
  PathData d;
  bool pen_down = false;
  for (const auto& [at, value] : panel.points) {
    if (!value || !std::isfinite(*value) || !std::isfinite(at)) {
      pen_down = false;
      continue;
    }
    if (pen_down) {
      d.to(x.at(at), y.at(*value));
    } else {
      // A lone point between gaps is still to be seen.
      d.move(x.at(at), y.at(*value)).to(x.at(at) + 0.5, y.at(*value));
    }
    pen_down = true;
  }
  return d.text();
}

}  // namespace

Html series_chart(const SeriesInput& in, ChartWidth width) {
  const auto panels = static_cast<double>(in.panels.size());
  const double bottom = kFirstPx + panels * (kHeadPx + kPanelPx);
  Plot plot{58, 0, chart_px(width) - 14, 0};
  const auto [low, high] = time_range(in);
  const Axis x = Axis::linear(low, high, plot.left, plot.right);
  Svg svg(
      {.width = chart_px(width), .height = bottom + 46, .css_class = "chart", .title = in.title});
  double top = kFirstPx;
  for (const SeriesPanel& panel : in.panels) {
    plot.top = top + kHeadPx;
    plot.bottom = plot.top + kPanelPx;
    const Axis y = Axis::linear_rounded(0, highest(panel), plot.bottom, plot.top + 4, 2);
    draw_y_ticks(svg, plot, y, {{0, "0"}, {y.high(), quantity_tick(y.high(), panel.is_time)}});
    svg.text(plot.left, top + 15, Anchor::kStart, "axis-label",
             fit_text(panel.label, plot.right - plot.left, kFontPx));
    svg.path(panel_path(panel, x, y), fmt::format("area s{}", in.style.colour));
    top = plot.bottom;
  }
  plot.top = plot.bottom - 4;
  std::vector<std::pair<double, std::string>> ticks;
  for (const double t : x.ticks(width == ChartWidth::kWide ? 8 : 4))
    ticks.emplace_back(t, quantity_tick(t, false));
  draw_x_ticks(svg, plot, x, ticks);
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           in.x_label);
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
