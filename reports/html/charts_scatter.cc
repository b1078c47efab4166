#include <algorithm>
#include <array>
#include <cmath>

#include "reports/format.h"
#include "reports/html/chart_frame.h"
#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

struct Box {
  double x1, y1, x2, y2;
  [[nodiscard]] bool touches(const Box& o) const {
    return x1 < o.x2 && o.x1 < x2 && y1 < o.y2 && o.y1 < y2;
  }
  [[nodiscard]] bool inside(const Plot& p) const {
    return x1 >= p.left && x2 <= p.right && y1 >= p.top && y2 <= p.bottom;
  }
};

struct Spot {
  double x;
  double y;
  Anchor anchor;
};

constexpr double kMark = 6;

Box label_box(const Spot& spot, double width) {
  const double left = spot.anchor == Anchor::kStart    ? spot.x
                      : spot.anchor == Anchor::kMiddle ? spot.x - width / 2
                                                       : spot.x - width;
  return {left - 1, spot.y - 11, left + width + 1, spot.y + 4};
}

bool is_free(const Box& box, const Plot& plot, const std::vector<Box>& taken) {
  if (!box.inside(plot)) return false;
  return std::none_of(taken.begin(), taken.end(), [&](const Box& t) { return t.touches(box); });
}

// Places each name beside its mark where it touches nothing; names without such a place are left to
// the legend.
void draw_labels(Svg& svg, const ScatterInput& in, const Plot& plot, const Axis& x, const Axis& y,
                 std::vector<Box> taken) {
  for (const ScatterPoint& p : in.points) {
    const double at_x = x.at(*p.x.value);
    const double at_y = y.at(*p.y.value);
    const std::string name = fit_text(p.name, 170, kFontPx);
    const double width = text_width(name, kFontPx);
    const std::array<Spot, 11> spots{{{at_x + 10, at_y + 4, Anchor::kStart},
                                      {at_x - 10, at_y + 4, Anchor::kEnd},
                                      {at_x + 8, at_y - 9, Anchor::kStart},
                                      {at_x + 8, at_y + 17, Anchor::kStart},
                                      {at_x - 8, at_y - 9, Anchor::kEnd},
                                      {at_x - 8, at_y + 17, Anchor::kEnd},
                                      {at_x, at_y - 12, Anchor::kMiddle},
                                      {at_x, at_y + 21, Anchor::kMiddle},
                                      {at_x + 8, at_y - 24, Anchor::kStart},
                                      {at_x - 8, at_y - 24, Anchor::kEnd},
                                      {at_x + 8, at_y + 32, Anchor::kStart}}};
    for (const Spot& spot : spots) {
      const Box box = label_box(spot, width);
      if (!is_free(box, plot, taken)) continue;
      svg.text(spot.x, spot.y, spot.anchor, "point-label", name, p.name);
      taken.push_back(box);
      break;
    }
  }
}

void draw_errors(Svg& svg, const ScatterPoint& p, const Axis& x, const Axis& y,
                 std::vector<Box>& taken) {
  const std::string css = "thin s" + std::to_string(p.style.colour);
  const double at_x = x.at(*p.x.value);
  const double at_y = y.at(*p.y.value);
  if (p.y.ci_low && p.y.ci_high) {
    const double y1 = y.at(*p.y.ci_low);
    const double y2 = y.at(*p.y.ci_high);
    svg.line(at_x, y1, at_x, y2, css);
    taken.push_back({at_x - 1, std::min(y1, y2), at_x + 1, std::max(y1, y2)});
  }
  if (p.x.ci_low && p.x.ci_high && *p.x.ci_low > 0) {
    svg.line(x.at(*p.x.ci_low), at_y, x.at(*p.x.ci_high), at_y, css);
    taken.push_back({x.at(*p.x.ci_low), at_y - 1, x.at(*p.x.ci_high), at_y + 1});
  }
}

void draw_front(Svg& svg, const ScatterInput& in, const Axis& x, const Axis& y,
                std::vector<Box>& taken) {
  const std::vector<size_t> front = pareto_front(in);
  if (front.size() < 2) return;
  PathData d;
  for (size_t i = 0; i < front.size(); ++i) {
    const double at_x = x.at(*in.points[front[i]].x.value);
    const double at_y = y.at(*in.points[front[i]].y.value);
    if (i == 0) {
      d.move(at_x, at_y);
      continue;
    }
    const double from_x = x.at(*in.points[front[i - 1]].x.value);
    const double from_y = y.at(*in.points[front[i - 1]].y.value);
    d.to(at_x, from_y).to(at_x, at_y);
    taken.push_back({from_x, from_y - 1, at_x, from_y + 1});
    taken.push_back({at_x - 1, std::min(from_y, at_y), at_x + 1, std::max(from_y, at_y)});
  }
  svg.path(d.text(), "front");
}

Axis x_axis(const ScatterInput& in, const Plot& plot) {
  std::vector<const Estimate*> xs;
  for (const ScatterPoint& p : in.points) xs.push_back(&p.x);
  auto [low, high] = extent(xs);
  double least = high;  // an interval may reach 0, which a logarithmic axis has not
  for (const ScatterPoint& p : in.points) least = std::min(least, *p.x.value);
  low = std::max(low, least / 10);
  return Axis::logarithmic(low / 1.3, high * 1.3, plot.left, plot.right);
}

}  // namespace

std::vector<size_t> pareto_front(const ScatterInput& in) {
  const double sign = in.metric.higher_is_better ? 1 : -1;
  const auto beats = [&](const ScatterPoint& a, const ScatterPoint& b) {
    const double ya = *a.y.value * sign;
    const double yb = *b.y.value * sign;
    return *a.x.value <= *b.x.value && ya >= yb && (*a.x.value < *b.x.value || ya > yb);
  };
  std::vector<size_t> front;
  for (size_t i = 0; i < in.points.size(); ++i) {
    const bool beaten = std::any_of(in.points.begin(), in.points.end(),
                                    [&](const ScatterPoint& o) { return beats(o, in.points[i]); });
    if (!beaten) front.push_back(i);
  }
  std::sort(front.begin(), front.end(), [&](size_t a, size_t b) {
    return std::pair(*in.points[a].x.value, a) < std::pair(*in.points[b].x.value, b);
  });
  return front;
}

Html scatter_chart(const ScatterInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  const Plot plot{50, 32, chart_px(width) - 12, wide ? 340.0 : 290.0};
  std::vector<const Estimate*> ys;
  for (const ScatterPoint& p : in.points) ys.push_back(&p.y);
  // Good is up, whatever the metric's direction.
  const bool up = in.metric.higher_is_better;
  const Axis y = metric_axis(in.metric, extent(ys), up ? plot.bottom : plot.top,
                             up ? plot.top : plot.bottom, 5);
  const Axis x = x_axis(in, plot);
  Svg svg({.width = chart_px(width),
           .height = plot.bottom + 46,
           .css_class = "chart",
           .title = in.title});
  std::vector<std::pair<double, std::string>> x_ticks;
  for (const double t : x.ticks(wide ? 9 : 4)) {
    x_ticks.emplace_back(t, quantity_tick(t, in.x_is_time));
  }
  draw_x_ticks(svg, plot, x, x_ticks);
  std::vector<std::pair<double, std::string>> y_ticks;
  for (const double t : y.ticks(5)) y_ticks.emplace_back(t, metric_tick(in.metric, t, y.step(5)));
  draw_y_ticks(svg, plot, y, y_ticks);
  std::vector<Box> taken;
  draw_front(svg, in, x, y, taken);
  for (const ScatterPoint& p : in.points) draw_errors(svg, p, x, y, taken);
  for (const ScatterPoint& p : in.points) {
    const double at_x = x.at(*p.x.value);
    const double at_y = y.at(*p.y.value);
    svg.marker(p.style, at_x, at_y, kMark, p.name);
    taken.push_back({at_x - 7, at_y - 7, at_x + 7, at_y + 7});
  }
  const Box corner{plot.left, plot.top, plot.left + text_width(in.better, kFontPx) + 34,
                   plot.top + 22};
  if (is_free(corner, plot, taken)) {
    svg.text(plot.left + 8, plot.top + 16, Anchor::kStart, "hint", "↖ " + in.better);
    taken.push_back(corner);
  }
  draw_labels(svg, in, plot, x, y, taken);
  svg.line(plot.left, plot.bottom, plot.right, plot.bottom, "axis");
  svg.text(4, 14, Anchor::kStart, "axis-label", fit_text(in.y_label, chart_px(width) - 8, kFontPx));
  svg.text((plot.left + plot.right) / 2, plot.bottom + 38, Anchor::kMiddle, "axis-label",
           fit_text(in.x_label, chart_px(width) - 60, kFontPx));
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
