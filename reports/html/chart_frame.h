// What the charts share: the plot area, its grid, its tick labels, and the value axis of a metric.
// Inside html/ only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/types/estimate.h"
#include "harness/types/score.h"
#include "reports/html/axis.h"
#include "reports/html/charts.h"
#include "reports/html/svg.h"

namespace assay::reports::html {

inline constexpr double kFontPx = 12;
inline constexpr double kWidePx = 920;
inline constexpr double kNarrowPx = 348;

inline double chart_px(ChartWidth width) {
  return width == ChartWidth::kWide ? kWidePx : kNarrowPx;
}

struct Plot {
  double left;
  double top;
  double right;
  double bottom;
};

// Lowest and highest of values and interval ends; {0, 1} when there are none.
std::pair<double, double> extent(const std::vector<const Estimate*>& estimates);
// An axis of the metric's values over `range`, widened by a margin and rounded, kept inside 0..1
// where the metric cannot leave it.
Axis metric_axis(const MetricDef& metric, std::pair<double, double> range, double from, double to,
                 int ticks_about);
// "40%", "0.25": with as many digits as the step needs.
std::string metric_tick(const MetricDef& metric, double value, double step);
// "1 ms", "2 s" for times, plain numbers for money.
std::string quantity_tick(double value, bool is_time);

// Vertical grid lines with labels below; labels that would touch are left out.
void draw_x_ticks(Svg& svg, const Plot& plot, const Axis& x,
                  const std::vector<std::pair<double, std::string>>& ticks);
void draw_y_ticks(Svg& svg, const Plot& plot, const Axis& y,
                  const std::vector<std::pair<double, std::string>>& ticks);

}  // namespace assay::reports::html
