#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kLogFrom = 8;  // a range wider than this is drawn on a logarithmic axis
constexpr double kInset = 14;
constexpr double kMarkPx = 5;
constexpr double kLabelPx = 14;  // from one label of a vertical line to the next

bool drawn(const LinePoint& p) {
  return p.y.value && std::isfinite(*p.y.value) && std::isfinite(p.x);
}

std::pair<double, double> y_range(const LinesInput& in) {
  std::vector<const Estimate*> all;
  for (const LineSeries& s : in.series) {
    for (const LinePoint& p : s.points) {
      if (drawn(p)) all.push_back(&p.y);
    }
  }
  return extent(all);
}

// Lowest value above 0: where a logarithmic axis begins.
double lowest_positive(const LinesInput& in, double otherwise) {
  double low = HUGE_VAL;
  for (const LineSeries& s : in.series) {
    for (const LinePoint& p : s.points) {
      if (!drawn(p)) continue;
      if (*p.y.value > 0) low = std::min(low, *p.y.value);
      if (p.y.ci_low && *p.y.ci_low > 0) low = std::min(low, *p.y.ci_low);
    }
  }
  return std::isfinite(low) ? low : otherwise;
}

std::pair<double, double> x_range(const LinesInput& in) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  const auto take = [&](double x) {
    if (!std::isfinite(x)) return;
    low = std::min(low, x);
    high = std::max(high, x);
  };
  for (const LineSeries& s : in.series) {
    for (const LinePoint& p : s.points) {
      if (drawn(p)) take(p.x);
    }
  }
  for (const LinesInput::Mark& m : in.marks) take(m.x);
  if (low > high) return {0, 1};
  return {low, high};
}

Axis make_y_axis(const LinesInput& in, const Plot& plot) {
  const auto [low, high] = y_range(in);
  const double positive = lowest_positive(in, high);
  if (in.logarithmic) return Axis::logarithmic(positive * 0.8, high * 1.25, plot.bottom, plot.top);
  if (in.y_is_time && positive > 0 && high / positive > kLogFrom) {
    return Axis::logarithmic(positive * 0.8, high * 1.25, plot.bottom, plot.top);
  }
  return Axis::linear_rounded(std::min(0.0, low), high * 1.05, plot.bottom, plot.top, 5);
}

Axis make_x_axis(const LinesInput& in, const Plot& plot) {
  const auto [low, high] = x_range(in);
  const double left = plot.left + kInset;
  const double right = plot.right - kInset;
  if (in.logarithmic) return Axis::logarithmic(low, high, left, right);
  if (in.ticks_at_x && low > 0 && high / low > kLogFrom) {
    return Axis::logarithmic(low, high, left, right);
  }
  if (in.ticks_at_x) return Axis::linear(std::min(0.0, low), high, left, right);
  return Axis::linear_rounded(std::min(0.0, low), high * 1.02, left, right, 6);
}

// "20k", "5M": logarithmic axes reach over many digits.
std::string short_tick(double value) {
  if (value >= 1e9) return fmt::format("{:g}G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:g}", value);
}

std::vector<std::pair<double, std::string>> x_ticks(const LinesInput& in, const Axis& x,
                                                    bool wide) {
  std::vector<std::pair<double, std::string>> out;
  if (in.logarithmic) {
    for (const double t : x.ticks(wide ? 10 : 4)) out.emplace_back(t, short_tick(t));
    return out;
  }
  if (!in.ticks_at_x) {
    for (const double t : x.ticks(wide ? 8 : 4)) out.emplace_back(t, quantity_tick(t, false));
    return out;
  }
  std::vector<double> values;
  for (const LineSeries& s : in.series) {
    for (const LinePoint& p : s.points) {
      if (drawn(p)) values.push_back(p.x);
    }
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const double v : values) out.emplace_back(v, fmt::format("{:.4g}", v));
  return out;
}

void draw_marks(Svg& svg, const LinesInput& in, const Plot& plot, const Axis& x) {
  double label = plot.top + 12;
  for (const LinesInput::Mark& m : in.marks) {
    const double at = x.at(m.x);
    svg.line(at, plot.top, at, plot.bottom,
             fmt::format("level s{} d{}", m.style.colour, m.style.shape));
    const bool left = at > (plot.left + plot.right) / 2;
    const double room = left ? at - plot.left - 8 : plot.right - at - 8;
    svg.text(left ? at - 6 : at + 6, label, left ? Anchor::kEnd : Anchor::kStart, "point-label",
             fit_text(m.name, room, kFontPx), m.name);
    label += kLabelPx;
  }
}

void draw_series(Svg& svg, const LineSeries& s, const Axis& x, const Axis& y) {
  PathData d;
  bool first = true;
  for (const LinePoint& p : s.points) {
    if (!drawn(p)) continue;
    first ? d.move(x.at(p.x), y.at(*p.y.value)) : d.to(x.at(p.x), y.at(*p.y.value));
    first = false;
    if (p.y.ci_low && p.y.ci_high) {
      svg.line(x.at(p.x), y.at(*p.y.ci_low), x.at(p.x), y.at(*p.y.ci_high),
               fmt::format("bar thin s{}", s.style.colour));
    }
  }
  if (first) return;
  svg.path(d.text(), fmt::format("curve s{}{}", s.style.colour, s.dashed ? " dashed" : ""));
  for (const LinePoint& p : s.points) {
    if (!drawn(p) || (s.bare && !p.ringed)) continue;
    const double px_x = x.at(p.x);
    const double px_y = y.at(*p.y.value);
    svg.marker(s.style, px_x, px_y, s.dashed ? 3 : kMarkPx, p.tip);
    if (p.hollow) svg.circle(px_x, px_y, s.dashed ? 1.4 : 2.6, "hole");
    if (p.ringed) {
      svg.circle(px_x, px_y, kMarkPx + 5, fmt::format("ring s{}", s.style.colour));
    }
  }
}

}  // namespace

Html lines_chart(const LinesInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  const Plot plot{58, 32, chart_px(width) - 12, wide ? 310.0 : 260.0};
  const Axis y = make_y_axis(in, plot);
  const Axis x = make_x_axis(in, plot);
  Svg svg({.width = chart_px(width),
           .height = plot.bottom + 46,
           .css_class = "chart",
           .title = in.title});
  std::vector<std::pair<double, std::string>> y_ticks;
  for (const double t : y.ticks(6))
    y_ticks.emplace_back(t, in.logarithmic ? short_tick(t) : quantity_tick(t, in.y_is_time));
  draw_y_ticks(svg, plot, y, y_ticks);
  draw_x_ticks(svg, plot, x, x_ticks(in, x, wide));
  draw_marks(svg, in, plot, x);
  for (const LineSeries& s : in.series) draw_series(svg, s, x, y);
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text(4, 14, Anchor::kStart, "axis-label", fit_text(in.y_label, chart_px(width) - 8, kFontPx));
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           fit_text(in.x_label, chart_px(width) - 70, kFontPx));
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
