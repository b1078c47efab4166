#include <algorithm>

#include "reports/format.h"
#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kCap = 5;  // half height of an interval's end strokes

struct Layout {
  Plot plot;
  double row_height;
  double bar_offset;    // from a row's top to its bar
  double label_offset;  // from a row's top to its text's baseline
  double label_px;      // room for the name
  double value_x;       // right edge of the value text
};

std::string value_text(const ForestInput& in, const ForestRow& row) {
  return format_estimate(in.metric, row.estimate);
}

Layout wide_layout(const ForestInput& in) {
  double names = 60;
  double values = 40;
  for (const ForestRow& row : in.rows) {
    names = std::max(names, text_width(row.name, 13) + 8);
    values = std::max(values, text_width(value_text(in, row), 13) + 4);
  }
  names = std::min(names, 290.0);
  const double rows = 32 * static_cast<double>(in.rows.size());
  return {{24 + names + 12, 6, kWidePx - values - 20, 6 + rows}, 32, 16, 20.5, names, kWidePx - 2};
}

Layout narrow_layout(const ForestInput& in) {
  double values = 40;
  for (const ForestRow& row : in.rows) {
    values = std::max(values, text_width(value_text(in, row), 13) + 4);
  }
  const double rows = 46 * static_cast<double>(in.rows.size());
  return {{14, 6, kNarrowPx - 14, 6 + rows}, 46, 32, 16, kNarrowPx - values - 30, kNarrowPx - 2};
}

void draw_interval(Svg& svg, const ForestRow& row, const Axis& x, double y) {
  const Estimate& e = row.estimate;
  if (e.ci_low && e.ci_high) {
    const double low = x.at(*e.ci_low);
    const double high = x.at(*e.ci_high);
    const std::string css = "bar s" + std::to_string(row.style.colour);
    svg.line(low, y, high, y, css);
    svg.line(low, y - kCap, low, y + kCap, css);
    svg.line(high, y - kCap, high, y + kCap, css);
  }
  if (e.value) svg.marker(row.style, x.at(*e.value), y, 5.5, row.name);
}

void draw_row(Svg& svg, const ForestInput& in, const Layout& l, const Axis& x, size_t i) {
  const ForestRow& row = in.rows[i];
  const double top = l.plot.top + l.row_height * static_cast<double>(i);
  svg.marker(row.style, 8, top + l.label_offset - 4.5, 4.6);
  svg.text(22, top + l.label_offset, Anchor::kStart, "label", fit_text(row.name, l.label_px, 13),
           row.name);
  svg.text(l.value_x, top + l.label_offset, Anchor::kEnd, "value", value_text(in, row));
  draw_interval(svg, row, x, top + l.bar_offset);
}

void draw_band(Svg& svg, const ForestInput& in, const Layout& l, const Axis& x) {
  for (const ForestRow& row : in.rows) {
    if (!row.estimate.ci_low || !row.estimate.ci_high) continue;
    const double low = x.at(*row.estimate.ci_low);
    svg.rect(low, l.plot.top, x.at(*row.estimate.ci_high) - low, l.plot.bottom - l.plot.top,
             "band");
    return;
  }
}

}  // namespace

Html forest_chart(const ForestInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  const Layout l = wide ? wide_layout(in) : narrow_layout(in);
  std::vector<const Estimate*> estimates;
  for (const ForestRow& row : in.rows) estimates.push_back(&row.estimate);
  const int count = wide ? 7 : 4;
  const Axis x = metric_axis(in.metric, extent(estimates), l.plot.left, l.plot.right, count);
  std::string description;
  for (const ForestRow& row : in.rows) description += row.name + " " + value_text(in, row) + "; ";
  Svg svg({.width = chart_px(width),
           .height = l.plot.bottom + 46,
           .css_class = "chart",
           .title = in.title,
           .description = description});
  if (in.band) draw_band(svg, in, l, x);
  std::vector<std::pair<double, std::string>> ticks;
  for (const double t : x.ticks(count)) {
    ticks.emplace_back(t, metric_tick(in.metric, t, x.step(count)));
  }
  draw_x_ticks(svg, l.plot, x, ticks);
  for (size_t i = 0; i < in.rows.size(); ++i) draw_row(svg, in, l, x, i);
  svg.line(l.plot.left, l.plot.bottom, l.plot.right, l.plot.bottom, "axis");
  svg.text((l.plot.left + l.plot.right) / 2, l.plot.bottom + 38, Anchor::kMiddle, "axis-label",
           fit_text(in.axis_label, chart_px(width) - 20, kFontPx));
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
