#include <algorithm>
#include <cmath>

#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

// The step function as a path; steps that would not move half a pixel are left out.
std::string step_path(const EcdfSeries& series, const Axis& x, const Axis& y) {
  PathData d;
  double last_x = x.at(series.points.front().first);
  double last_y = y.at(0);
  d.move(last_x, last_y);
  for (size_t i = 0; i < series.points.size(); ++i) {
    const double px_x = x.at(series.points[i].first);
    const double px_y = y.at(series.points[i].second);
    const bool last = i + 1 == series.points.size();
    if (!last && px_x - last_x < 0.5 && last_y - px_y < 0.5) continue;
    if (px_x - last_x >= 0.1) d.to(px_x, last_y);
    d.to(px_x, px_y);
    last_x = px_x;
    last_y = px_y;
  }
  return d.text();
}

std::pair<double, double> time_range(const EcdfInput& in) {
  double low = HUGE_VAL;
  double high = 0;
  for (const EcdfSeries& s : in.series) {
    for (const auto& [seconds, share] : s.points) {
      if (seconds > 0) low = std::min(low, seconds);
      high = std::max(high, seconds);
    }
  }
  if (low > high) return {0.001, 1};
  return {low * 0.85, high * 1.15};
}

}  // namespace

Html ecdf_chart(const EcdfInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  const Plot plot{46, 30, chart_px(width) - 12, wide ? 300.0 : 240.0};
  const auto [low, high] = time_range(in);
  const Axis x = Axis::logarithmic(low, high, plot.left, plot.right);
  const Axis y = Axis::linear(0, 1, plot.bottom, plot.top);
  Svg svg({.width = chart_px(width),
           .height = plot.bottom + 46,
           .css_class = "chart",
           .title = in.title});
  std::vector<std::pair<double, std::string>> ticks;
  for (const double t : x.ticks(wide ? 10 : 5)) ticks.emplace_back(t, quantity_tick(t, true));
  draw_x_ticks(svg, plot, x, ticks);
  draw_y_ticks(svg, plot, y, {{0, "0%"}, {0.25, "25%"}, {0.5, "50%"}, {0.75, "75%"}, {1, "100%"}});
  for (const EcdfSeries& s : in.series) {
    if (s.points.empty()) continue;
    svg.path(step_path(s, x, y),
             "curve s" + std::to_string(s.style.colour) + " d" + std::to_string(s.style.shape));
  }
  // Marks at the median tell the lines apart without colour.
  for (const EcdfSeries& s : in.series) {
    const auto at = std::find_if(s.points.begin(), s.points.end(),
                                 [](const auto& p) { return p.second >= 0.5; });
    if (at != s.points.end()) svg.marker(s.style, x.at(at->first), y.at(0.5), 5, s.name);
  }
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text(4, 14, Anchor::kStart, "axis-label", fit_text(in.y_label, chart_px(width) - 8, kFontPx));
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           in.x_label);
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
