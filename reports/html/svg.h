// Svg: the pen of the charts. Coordinates in px of the viewBox; colours come from CSS classes of
// the page (so that light, dark and print differ without redrawing), never from style attributes,
// which the page's content-security policy forbids. Text is escaped.
//
//   Svg svg({.width = 720, .height = 300, .title = "...", .description = "..."});
//   svg.line(0, 10, 100, 10, "grid");
//   svg.text(50, 24, Anchor::kMiddle, "tick", "100 ms");
//   svg.marker(style, 40, 8, 4.5);
//   h.add(std::move(svg).finish());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/html/html.h"

namespace assay::reports::html {

enum class Anchor { kStart, kMiddle, kEnd };

// How a model looks in every chart: a colour and a mark, so that colour is never the only sign.
struct SeriesStyle {
  size_t colour = 0;  // class "s0" .. "s7"
  size_t shape = 0;   // circle, square, diamond, triangle, triangle down, cross
};
inline constexpr size_t kSeriesColours = 8;
inline constexpr size_t kSeriesShapes = 6;
SeriesStyle series_style(size_t model_index);

struct SvgOptions {
  double width = 0;
  double height = 0;
  std::string_view css_class;
  std::string_view title;        // read aloud; empty: the drawing is decoration
  std::string_view description;  // longer text for screen readers; may be empty
};

class Svg {
 public:
  explicit Svg(const SvgOptions& options);

  void line(double x1, double y1, double x2, double y2, std::string_view css_class);
  void rect(double x, double y, double width, double height, std::string_view css_class);
  void circle(double x, double y, double radius, std::string_view css_class);
  void path(std::string_view data, std::string_view css_class);
  // `full` becomes a tooltip when it differs from `shown`.
  void text(double x, double y, Anchor anchor, std::string_view css_class, std::string_view shown,
            std::string_view full = {});
  // The model's mark; `tip` becomes its tooltip.
  void marker(SeriesStyle style, double x, double y, double radius, std::string_view tip = {});
  [[nodiscard]] Html finish() &&;

 private:
  Html html_;
};

// "12.3": one decimal, no trailing zero; what is not finite becomes 0.
std::string px(double value);
// "M1 2L3 4..." from points.
class PathData {
 public:
  PathData& move(double x, double y);
  PathData& to(double x, double y);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Estimated width of `text` in px at a font size: fonts differ, so this errs on the wide side.
double text_width(std::string_view text, double font_px);
// `text` shortened in its middle to fit `width` px.
std::string fit_text(std::string_view text, double width, double font_px);

}  // namespace assay::reports::html
