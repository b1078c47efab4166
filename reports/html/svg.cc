#include "reports/html/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/base/utf8.h"
#include "reports/text/table.h"

namespace assay::reports::html {
namespace {

// Width of one terminal column in em: digits and lower-case letters of the common UI fonts are
// 0.50-0.56 em; Hangul takes two columns and one em.
constexpr double kColumnEm = 0.57;

std::string_view anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::kMiddle:
      return "middle";
    case Anchor::kEnd:
      return "end";
    default:
      return "start";
  }
}

std::string shape_path(size_t shape, double x, double y, double r) {
  PathData d;
  const double k = r * 1.25;
  switch (shape) {
    case 1:
      d.move(x - r * 0.9, y - r * 0.9).to(x + r * 0.9, y - r * 0.9).to(x + r * 0.9, y + r * 0.9);
      d.to(x - r * 0.9, y + r * 0.9);
      break;
    case 2:
      d.move(x, y - k).to(x + k, y).to(x, y + k).to(x - k, y);
      break;
    case 3:
      d.move(x, y - k).to(x + k, y + k * 0.8).to(x - k, y + k * 0.8);
      break;
    case 4:
      d.move(x, y + k).to(x + k, y - k * 0.8).to(x - k, y - k * 0.8);
      break;
    default: {
      const double a = r * 0.4;
      d.move(x - a, y - k).to(x + a, y - k).to(x + a, y - a).to(x + k, y - a).to(x + k, y + a);
      d.to(x + a, y + a).to(x + a, y + k).to(x - a, y + k).to(x - a, y + a).to(x - k, y + a);
      d.to(x - k, y - a).to(x - a, y - a);
    }
  }
  return d.text() + "Z";
}

}  // namespace

SeriesStyle series_style(size_t model_index) {
  return {model_index % kSeriesColours,
          (model_index + model_index / kSeriesColours) % kSeriesShapes};
}

Svg::Svg(const SvgOptions& o) {
  const std::string box = fmt::format("0 0 {} {}", px(o.width), px(o.height));
  const std::string css(o.css_class);
  if (o.title.empty()) {
    html_.open("svg", {{"class", css},
                       {"viewBox", box},
                       {"width", px(o.width)},
                       {"height", px(o.height)},
                       {"aria-hidden", "true"}});
    return;
  }
  html_.open("svg", {{"class", css},
                     {"viewBox", box},
                     {"width", px(o.width)},
                     {"height", px(o.height)},
                     {"role", "img"},
                     {"aria-label", std::string(o.title)}});
  html_.leaf("title", "", o.title);
  if (!o.description.empty()) html_.leaf("desc", "", o.description);
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  html_.single("line", {{"class", std::string(css_class)},
                        {"x1", px(x1)},
                        {"y1", px(y1)},
                        {"x2", px(x2)},
                        {"y2", px(y2)}});
}

void Svg::rect(double x, double y, double width, double height, std::string_view css_class) {
  html_.single("rect", {{"class", std::string(css_class)},
                        {"x", px(x)},
                        {"y", px(y)},
                        {"width", px(std::max(0.0, width))},
                        {"height", px(std::max(0.0, height))}});
}

void Svg::circle(double x, double y, double radius, std::string_view css_class) {
  html_.single(
      "circle",
      {{"class", std::string(css_class)}, {"cx", px(x)}, {"cy", px(y)}, {"r", px(radius)}});
}

void Svg::path(std::string_view data, std::string_view css_class) {
  html_.single("path", {{"class", std::string(css_class)}, {"d", std::string(data)}});
}

void Svg::text(double x, double y, Anchor anchor, std::string_view css_class,
               std::string_view shown, std::string_view full) {
  html_.open("text", {{"class", std::string(css_class)},
                      {"x", px(x)},
                      {"y", px(y)},
                      {"text-anchor", std::string(anchor_name(anchor))}});
  html_.text(shown);
  if (!full.empty() && full != shown) html_.leaf("title", "", full);
  html_.close();
}

void Svg::marker(SeriesStyle style, double x, double y, double radius, std::string_view tip) {
  html_.open("g", {{"class", fmt::format("mark s{}", style.colour)}});
  if (!tip.empty()) html_.leaf("title", "", tip);
  if (style.shape == 0) {
    html_.single("circle", {{"cx", px(x)}, {"cy", px(y)}, {"r", px(radius)}});
  } else {
    html_.single("path", {{"d", shape_path(style.shape, x, y, radius)}});
  }
  html_.close();
}

Html Svg::finish() && {
  html_.close();
  return std::move(html_);
}

std::string px(double value) {
  if (!std::isfinite(value)) return "0";
  const double tenths = std::round(value * 10);
  const auto whole = static_cast<int64_t>(tenths);
  if (whole % 10 == 0) return fmt::format("{}", whole / 10);
  return fmt::format("{:.1f}", static_cast<double>(whole) / 10);
}

PathData& PathData::move(double x, double y) {
  text_ += fmt::format("M{} {}", px(x), px(y));
  return *this;
}

PathData& PathData::to(double x, double y) {
  text_ += fmt::format("L{} {}", px(x), px(y));
  return *this;
}

double text_width(std::string_view text, double font_px) {
  return static_cast<double>(display_width(text)) * kColumnEm * font_px;
}

std::string fit_text(std::string_view text, double width, double font_px) {
  const std::string valid = sanitize_utf8(text);
  const auto columns = static_cast<size_t>(std::max(1.0, width / (kColumnEm * font_px)));
  return shorten_middle(valid, columns);
}

}  // namespace assay::reports::html
