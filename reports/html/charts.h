// The charts of the page. Each takes plain values and gives one SVG; each is drawn twice, wide for
// a screen and paper, narrow for a phone (the page's style shows one of them), because scaling one
// drawing makes its text unreadable on the other.
//
//   h.add(in_both_widths([&](ChartWidth w) { return forest_chart(input, w); }));
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/types/estimate.h"
#include "harness/types/score.h"
#include "reports/html/html.h"
#include "reports/html/svg.h"

namespace assay::reports::html {

enum class ChartWidth { kWide, kNarrow };

Html in_both_widths(const std::function<Html(ChartWidth)>& draw);

struct ForestRow {
  std::string name;
  SeriesStyle style;
  Estimate estimate;
};
struct ForestInput {
  MetricDef metric;
  std::vector<ForestRow> rows;  // from top to bottom
  bool band = true;             // shades the interval of the first row that has one
  std::string title;
  std::string axis_label;
};
Html forest_chart(const ForestInput& input, ChartWidth width);

struct EcdfSeries {
  std::string name;
  SeriesStyle style;
  std::vector<std::pair<double, double>> points;  // (seconds, share of replies <=), ascending
};
struct EcdfInput {
  std::vector<EcdfSeries> series;
  std::string title;
  std::string x_label;
  std::string y_label;
};
Html ecdf_chart(const EcdfInput& input, ChartWidth width);

struct ScatterPoint {
  std::string name;
  SeriesStyle style;
  Estimate x;  // must have a positive value: the axis is logarithmic
  Estimate y;
};
struct ScatterInput {
  MetricDef metric;  // of y
  std::vector<ScatterPoint> points;
  bool x_is_time = false;
  std::string title;
  std::string x_label;
  std::string y_label;
  std::string better;  // stands in the corner of low x and good y
};
Html scatter_chart(const ScatterInput& input, ChartWidth width);
// Indices of the points that no other beats in both directions (and in one strictly), by x.
std::vector<size_t> pareto_front(const ScatterInput& input);

// How often each model takes each rank.
struct RankRow {
  std::string name;
  SeriesStyle style;
  std::vector<double> shares;       // of rank 1, 2, ...
  std::vector<std::string> labels;  // of these
};
struct RankInput {
  std::vector<RankRow> rows;
  std::vector<std::string> rank_labels;
  std::string title;
};
// As many ranks as the width has room for; the figures of all are in the JSON.
Html ranks_chart(const RankInput& input, ChartWidth width);

struct CurveInput {
  MetricDef metric;
  std::string name;
  SeriesStyle style;
  std::vector<std::pair<double, Estimate>> points;  // (training lines, headline), ascending
  struct Level {
    std::string name;
    SeriesStyle style;
    double value = 0;
  };
  std::vector<Level> levels;  // the other models
  std::string title;
  std::string x_label;
  std::string y_label;
};
Html curve_chart(const CurveInput& input, ChartWidth width);

// One or several lines over a quantity: latency or throughput over load, latency over throughput.
struct LinePoint {
  double x = 0;
  Estimate y;
  std::string tip;
  bool hollow = false;  // doubtful
  bool ringed = false;  // the one to look at
};
struct LineSeries {
  std::string name;
  SeriesStyle style;
  std::vector<LinePoint> points;  // in the order they are joined
  bool dashed = false;            // a companion of another line: no marks
  bool bare = false;              // marks at ringed points alone
};
struct LinesInput {
  std::vector<LineSeries> series;
  struct Mark {  // a vertical line
    std::string name;
    SeriesStyle style;
    double x = 0;
  };
  std::vector<Mark> marks;
  bool y_is_time = false;    // seconds; otherwise a plain number from 0
  bool ticks_at_x = false;   // the x that were measured are the ticks
  bool logarithmic = false;  // both axes; every x and y is positive
  std::string title;
  std::string x_label;
  std::string y_label;
};
Html lines_chart(const LinesInput& input, ChartWidth width);

// What happened over time, one small panel for each quantity, one below the other.
struct SeriesPanel {
  std::string label;
  bool is_time = false;
  std::vector<std::pair<double, std::optional<double>>> points;  // (seconds, value), ascending
};
struct SeriesInput {
  std::vector<SeriesPanel> panels;
  SeriesStyle style;
  std::string title;
  std::string x_label;
};
Html series_chart(const SeriesInput& input, ChartWidth width);

// One figure over runs, oldest first, evenly spaced.
struct TrendInput {
  MetricDef metric;
  bool is_time = false;
  SeriesStyle style;
  struct Point {
    Estimate estimate;  // no value: a gap
    std::string label;  // of the axis
    std::string tip;
    bool ringed = false;  // the first after a change
    bool fresh = false;   // not joined with the one before
  };
  std::vector<Point> points;
  struct Level {  // the mean of points [from, to)
    size_t from = 0;
    size_t to = 0;
    double value = 0;
  };
  std::vector<Level> levels;
  struct Break {  // between point index - 1 and point index
    size_t index = 0;
    std::string name;
  };
  std::vector<Break> breaks;
  std::string title;
  std::string x_label;
  std::string y_label;
};
Html trend_chart(const TrendInput& input, ChartWidth width);

// Marks and names; `styles[i]` belongs to `names[i]`.
Html legend(const std::vector<std::pair<std::string, SeriesStyle>>& series);
// One mark alone, for tables and lists.
Html mark_icon(SeriesStyle style);

}  // namespace assay::reports::html
