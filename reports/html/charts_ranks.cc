// Rank acceptability: a row for each model, a column for each rank, in each cell a bar as long as
// the share of weightings with which the model takes the rank.
#include <algorithm>

#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr double kRow = 30;
constexpr double kTop = 24;
constexpr double kGap = 10;
constexpr double kBar = 14;
constexpr double kFont = 13;
constexpr size_t kRanksWide = 6;
constexpr size_t kRanksNarrow = 3;

struct Layout {
  double width = 0;
  double names = 0;  // width of the column of names
  size_t ranks = 0;
  [[nodiscard]] double cell() const {
    return (width - names) / static_cast<double>(std::max<size_t>(ranks, 1));
  }
  [[nodiscard]] double left(size_t rank) const {
    return names + cell() * static_cast<double>(rank);
  }
};

Layout layout_of(const RankInput& in, ChartWidth width) {
  const bool wide = width == ChartWidth::kWide;
  Layout out;
  out.width = wide ? 720 : 360;
  out.names = wide ? 200 : 120;
  out.ranks = std::min(in.rank_labels.size(), wide ? kRanksWide : kRanksNarrow);
  return out;
}

void draw_row(Svg& svg, const RankRow& row, const Layout& layout, double y) {
  svg.marker(row.style, 7, y, 4.5);
  svg.text(18, y + 4, Anchor::kStart, "label", fit_text(row.name, layout.names - 26, kFont),
           row.name);
  for (size_t r = 0; r < layout.ranks && r < row.shares.size(); ++r) {
    const double room = layout.cell() - kGap;
    svg.rect(layout.left(r), y - kBar / 2, room, kBar, "band");
    svg.rect(layout.left(r), y - kBar / 2, room * std::clamp(row.shares[r], 0.0, 1.0), kBar,
             "mark s" + std::to_string(row.style.colour));
    svg.text(layout.left(r) + room - 3, y + 4, Anchor::kEnd, "value point-label", row.labels[r]);
  }
}

}  // namespace

Html ranks_chart(const RankInput& in, ChartWidth width) {
  const Layout layout = layout_of(in, width);
  Svg svg({.width = layout.width,
           .height = kTop + kRow * static_cast<double>(in.rows.size()),
           .css_class = "chart",
           .title = in.title,
           .description = {}});
  for (size_t r = 0; r < layout.ranks; ++r)
    svg.text(layout.left(r), 14, Anchor::kStart, "tick", in.rank_labels[r]);
  for (size_t i = 0; i < in.rows.size(); ++i)
    draw_row(svg, in.rows[i], layout, kTop + kRow * (static_cast<double>(i) + 0.5));
  return std::move(svg).finish();
}

}  // namespace assay::reports::html
