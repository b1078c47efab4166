#include "suites/data/quick-ocr/generator/render.h"

#include <cairo.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>

namespace assay::suites::quick_ocr {
namespace {

constexpr double kCellGap = 12;    // pixels that stay free between two cells of a line
constexpr double kTextMargin = 4;  // pixels that stay free between text and the picture's edge

struct SurfaceFree {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct CairoFree {
  void operator()(cairo_t* cr) const { cairo_destroy(cr); }
};
struct ObjectFree {
  void operator()(void* object) const { g_object_unref(object); }
};
struct FontOptionsFree {
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
struct DescriptionFree {
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
using SurfacePtr = std::unique_ptr<cairo_surface_t, SurfaceFree>;
using CairoPtr = std::unique_ptr<cairo_t, CairoFree>;
using ContextPtr = std::unique_ptr<PangoContext, ObjectFree>;
using LayoutPtr = std::unique_ptr<PangoLayout, ObjectFree>;
using FontOptionsPtr = std::unique_ptr<cairo_font_options_t, FontOptionsFree>;
using DescriptionPtr = std::unique_ptr<PangoFontDescription, DescriptionFree>;

struct Box {
  double left, top, right, bottom;
  [[nodiscard]] bool overlaps(const Box& other) const {
    return left < other.right + kCellGap && other.left < right + kCellGap && top < other.bottom &&
           other.top < bottom;
  }
};

// Size of the picture that holds the scene after its rotation.
struct Extent {
  int width, height;
};
Extent rotated_extent(const Scene& scene) {
  const double angle = std::abs(scene.angle_deg) * std::numbers::pi / 180;
  const double w = scene.width;
  const double h = scene.height;
  return {static_cast<int>(std::lround(w * std::cos(angle) + h * std::sin(angle))),
          static_cast<int>(std::lround(w * std::sin(angle) + h * std::cos(angle)))};
}

void set_grey(cairo_t* cr, int grey) {
  const double value = grey / 255.0;
  cairo_set_source_rgb(cr, value, value, value);
}

void rounded_rect(cairo_t* cr, const Shape& shape) {
  const auto [x0, y0] = shape.points[0];
  const auto [x1, y1] = shape.points[1];
  const double r = shape.corner_radius;
  if (r <= 0) {
    cairo_rectangle(cr, x0, y0, x1 - x0, y1 - y0);
    return;
  }
  constexpr double kQuarter = std::numbers::pi / 2;
  cairo_arc(cr, x1 - r, y0 + r, r, -kQuarter, 0);
  cairo_arc(cr, x1 - r, y1 - r, r, 0, kQuarter);
  cairo_arc(cr, x0 + r, y1 - r, r, kQuarter, 2 * kQuarter);
  cairo_arc(cr, x0 + r, y0 + r, r, 2 * kQuarter, 3 * kQuarter);
  cairo_close_path(cr);
}

void ellipse(cairo_t* cr, const Shape& shape) {
  const auto [x0, y0] = shape.points[0];
  const auto [x1, y1] = shape.points[1];
  cairo_save(cr);
  cairo_translate(cr, (x0 + x1) / 2, (y0 + y1) / 2);
  cairo_scale(cr, (x1 - x0) / 2, (y1 - y0) / 2);
  cairo_arc(cr, 0, 0, 1, 0, 2 * std::numbers::pi);
  cairo_close_path(cr);
  cairo_restore(cr);
}

void draw_shape(cairo_t* cr, const Shape& shape) {
  cairo_new_path(cr);
  switch (shape.kind) {
    case Shape::Kind::kRect:
      rounded_rect(cr, shape);
      break;
    case Shape::Kind::kEllipse:
      ellipse(cr, shape);
      break;
    case Shape::Kind::kPolygon:
    case Shape::Kind::kPolyline:
      for (const auto& [x, y] : shape.points) cairo_line_to(cr, x, y);
      if (shape.kind == Shape::Kind::kPolygon) cairo_close_path(cr);
      break;
  }
  if (shape.fill != kNoColour) {
    set_grey(cr, shape.fill);
    cairo_fill_preserve(cr);
  }
  if (shape.stroke != kNoColour) {
    constexpr std::array<double, 2> kDashes = {8, 6};
    cairo_set_dash(cr, kDashes.data(), shape.dashed ? 2 : 0, 0);
    cairo_set_line_width(cr, shape.stroke_width);
    set_grey(cr, shape.stroke);
    cairo_stroke_preserve(cr);
  }
  cairo_new_path(cr);
}

ContextPtr make_context(cairo_t* cr, const Fonts& fonts) {
  ContextPtr context(pango_font_map_create_context(fonts.map()));
  const FontOptionsPtr options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context.get(), options.get());
  pango_cairo_context_set_resolution(context.get(), 96);
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  pango_context_set_language(context.get(), pango_language_from_string("ko"));
  pango_context_set_base_dir(context.get(), PANGO_DIRECTION_LTR);
  pango_cairo_update_context(cr, context.get());
  return context;
}

LayoutPtr make_layout(PangoContext* context, const Line& line, const Cell& cell) {
  LayoutPtr layout(pango_layout_new(context));
  const DescriptionPtr font(pango_font_description_new());
  pango_font_description_set_family(font.get(), Fonts::family(line.face));
  pango_font_description_set_weight(font.get(),
                                    line.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size(font.get(), line.size * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_text(layout.get(), cell.text.data(), static_cast<int>(cell.text.size()));
  return layout;
}

// Draws one cell and returns the box of its ink, in scene coordinates.
Result<Box> draw_cell(cairo_t* cr, PangoContext* context, const Line& line, const Cell& cell) {
  const LayoutPtr layout = make_layout(context, line, cell);
  if (pango_layout_get_unknown_glyphs_count(layout.get()) != 0) {
    return input_error(cell.text,
                       fmt::format("the font {} lacks a glyph", Fonts::family(line.face)));
  }
  PangoRectangle ink;
  PangoRectangle logical;
  pango_layout_get_extents(layout.get(), &ink, &logical);
  const auto pixels = [](int units) { return static_cast<double>(units) / PANGO_SCALE; };
  if (cell.room > 0 && pixels(ink.width) > cell.room) {
    return input_error(cell.text, fmt::format("text is {:.0f} pixels wide, expected at most {:.0f}",
                                              pixels(ink.width), cell.room));
  }
  double x = cell.x;
  if (cell.anchor == Anchor::kCentre) x -= pixels(logical.width) / 2;
  if (cell.anchor == Anchor::kRight) x -= pixels(logical.width);
  const double y = line.y - pixels(logical.height) / 2;
  cairo_move_to(cr, x, y);
  set_grey(cr, line.ink);
  pango_cairo_show_layout(cr, layout.get());
  return Box{x + pixels(ink.x), y + pixels(ink.y), x + pixels(ink.x + ink.width),
             y + pixels(ink.y + ink.height)};
}

Result<void> check_box(const Box& box, const std::string& text, const Scene& scene,
                       std::span<const Box> others) {
  if (box.left < kTextMargin || box.top < kTextMargin || box.right > scene.width - kTextMargin ||
      box.bottom > scene.height - kTextMargin) {
    return input_error(
        text, fmt::format("text at {:.0f},{:.0f}..{:.0f},{:.0f} leaves the {}x{} picture", box.left,
                          box.top, box.right, box.bottom, scene.width, scene.height));
  }
  for (const Box& other : others) {
    if (box.overlaps(other)) {
      return input_error(
          text, fmt::format("text overlaps other text at {:.0f},{:.0f}", other.left, other.top));
    }
  }
  return {};
}

Bitmap to_grey(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  const int width = cairo_image_surface_get_width(surface);
  const int height = cairo_image_surface_get_height(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  const unsigned char* data = cairo_image_surface_get_data(surface);
  Bitmap bitmap{width, height, {}};
  bitmap.pixels.reserve(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (int y = 0; y < height; ++y) {
    const auto* row = reinterpret_cast<const uint32_t*>(data + static_cast<ptrdiff_t>(y) * stride);
    // Only greys are drawn: the three channels are equal and the lowest byte is enough.
    for (int x = 0; x < width; ++x) bitmap.pixels.push_back(static_cast<uint8_t>(row[x] & 0xFFU));
  }
  return bitmap;
}

}  // namespace

Result<Bitmap> render(const Scene& scene, const Fonts& fonts) {
  const Extent extent = rotated_extent(scene);
  const SurfacePtr surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, extent.width, extent.height));
  const CairoPtr cr(cairo_create(surface.get()));
  if (cairo_status(cr.get()) != CAIRO_STATUS_SUCCESS) {
    return Error{ErrorCode::kInfrastructure, cairo_status_to_string(cairo_status(cr.get())),
                 fmt::format("cairo, {}x{} picture", extent.width, extent.height)};
  }
  cairo_set_antialias(cr.get(), CAIRO_ANTIALIAS_GRAY);
  set_grey(cr.get(), scene.paper);
  cairo_paint(cr.get());
  cairo_translate(cr.get(), extent.width / 2.0, extent.height / 2.0);
  cairo_rotate(cr.get(), scene.angle_deg * std::numbers::pi / 180);
  cairo_translate(cr.get(), -scene.width / 2.0, -scene.height / 2.0);
  for (const Shape& shape : scene.shapes) draw_shape(cr.get(), shape);

  const ContextPtr context = make_context(cr.get(), fonts);
  std::vector<Box> boxes;
  for (const Line& line : scene.lines) {
    for (const Cell& cell : line.cells) {
      ASSAY_TRY(const Box box, draw_cell(cr.get(), context.get(), line, cell));
      ASSAY_TRY_VOID(check_box(box, cell.text, scene, boxes));
      boxes.push_back(box);
    }
  }
  return to_grey(surface.get());
}

}  // namespace assay::suites::quick_ocr
