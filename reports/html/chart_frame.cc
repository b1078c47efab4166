#include "reports/html/chart_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace assay::reports::html {

Html in_both_widths(const std::function<Html(ChartWidth)>& draw) {
  Html h;
  h.open("div", "wide").add(draw(ChartWidth::kWide)).close();
  h.open("div", "narrow").add(draw(ChartWidth::kNarrow)).close();
  return h;
}

std::pair<double, double> extent(const std::vector<const Estimate*>& estimates) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  const auto take = [&](const std::optional<double>& v) {
    if (!v || !std::isfinite(*v)) return;
    low = std::min(low, *v);
    high = std::max(high, *v);
  };
  for (const Estimate* e : estimates) {
    take(e->value);
    take(e->ci_low);
    take(e->ci_high);
  }
  if (low > high) return {0, 1};
  return {low, high};
}

Axis metric_axis(const MetricDef& metric, std::pair<double, double> range, double from, double to,
                 int ticks_about) {
  const double margin = std::max((range.second - range.first) * 0.06, 0.005);
  double low = range.first - margin;
  double high = range.second + margin;
  const Axis rounded = Axis::linear_rounded(low, high, from, to, ticks_about);
  low = rounded.low();
  high = rounded.high();
  if (is_share(metric)) {
    if (range.first >= 0) low = std::max(low, 0.0);
    if (range.second <= 1) high = std::min(high, 1.0);
  }
  return Axis::linear(low, high, from, to);
}

std::string metric_tick(const MetricDef& metric, double value, double step) {
  const double factor = is_share(metric) ? 100 : 1;
  const double shown_step = step * factor;
  const int digits = std::clamp(-static_cast<int>(std::floor(std::log10(shown_step) + 1e-9)), 0, 6);
  double shown = value * factor;
  if (std::fabs(shown) < shown_step * 1e-6) shown = 0;  // no "-0"
  return fmt::format("{:.{}f}{}", shown, digits, is_share(metric) ? "%" : "");
}

std::string quantity_tick(double value, bool is_time) {
  if (!is_time) return format_significant(value, 1);
  std::string text = format_seconds(value);
  // "1.00 ms" on an axis is "1 ms": ticks are round.
  const size_t space = text.find(' ');
  std::string number = text.substr(0, space);
  if (number.find('.') != std::string::npos) {
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
  }
  return number + (space == std::string::npos ? "" : text.substr(space));
}

void draw_x_ticks(Svg& svg, const Plot& plot, const Axis& x,
                  const std::vector<std::pair<double, std::string>>& ticks) {
  double free_from = -HUGE_VAL;
  for (const auto& [value, label] : ticks) {
    const double line = x.at(value);
    svg.line(line, plot.top, line, plot.bottom, "grid");
    const double half = text_width(label, kFontPx) / 2;
    const double at = std::min(line, plot.right + 11 - half);  // inside the drawing's margin
    if (at - half < free_from) continue;
    svg.text(at, plot.bottom + 18, Anchor::kMiddle, "tick", label);
    free_from = at + half + 6;
  }
}

void draw_y_ticks(Svg& svg, const Plot& plot, const Axis& y,
                  const std::vector<std::pair<double, std::string>>& ticks) {
  for (const auto& [value, label] : ticks) {
    const double at = y.at(value);
    svg.line(plot.left, at, plot.right, at, "grid");
    svg.text(plot.left - 8, at + 4, Anchor::kEnd, "tick", label);
  }
}

Html mark_icon(SeriesStyle style) {
  Svg svg({.width = 14, .height = 14, .css_class = "icon"});
  svg.marker(style, 7, 7, 4.6);
  return std::move(svg).finish();
}

Html legend(const std::vector<std::pair<std::string, SeriesStyle>>& series) {
  Html h;
  h.open("ul", "legend");
  for (const auto& [name, style] : series) {
    h.open("li").add(mark_icon(style)).leaf("span", "name", name).close();
  }
  return std::move(h.close());
}

}  // namespace assay::reports::html
