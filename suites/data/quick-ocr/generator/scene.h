// Scene: one picture as plain data: shapes, then lines of text. Everything that is true of the
// picture (its text, fields, objects) is read from here, before any library has drawn a pixel: the
// truth of quick-ocr holds by construction.
//
// Where it stands: pages.h makes scenes, render.h draws them, generate.h writes both out.
//
//   Scene scene{.width = 600, .height = 200};
//   scene.lines.push_back({.cells = {{"Total", 40, Anchor::kLeft}, {"12.40", 560, Anchor::kRight}},
//                          .y = 60});
//   truth_text(scene);   // "Total 12.40"
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assay::suites::quick_ocr {

// The typefaces used; fonts.h knows their files.
enum class Face {
  kNanumGothic,
  kNanumBarunGothic,
  kNanumMyeongjo,
  kNotoSans,
  kNotoSerif,
  kDejaVuSans,
  kDejaVuMono,
  kDejaVuSerif,
};
inline constexpr int kFaceCount = 8;

enum class Anchor { kLeft, kCentre, kRight };

// A piece of text whose left edge, middle or right edge stands at x (pixels).
struct Cell {
  std::string text;
  double x = 0;
  Anchor anchor = Anchor::kLeft;
  double room = 0;  // widest it may be, pixels; 0: as wide as it is
};

// Cells on one line, in reading order.
struct Line {
  std::vector<Cell> cells;
  double y = 0;      // middle of the line, pixels from the top
  double size = 26;  // em size in pixels
  Face face = Face::kNanumGothic;
  bool bold = false;
  uint8_t ink = 0;  // 0 black .. 255 white
};

inline constexpr int kNoColour = -1;

struct Shape {
  enum class Kind { kRect, kEllipse, kPolygon, kPolyline };
  Kind kind = Kind::kRect;
  // Rectangle and ellipse: two corners of the bounding box; polygon and polyline: their points.
  std::vector<std::pair<double, double>> points;
  int fill = kNoColour;  // 0..255 or kNoColour
  int stroke = kNoColour;
  double stroke_width = 2;
  double corner_radius = 0;  // rectangles
  bool dashed = false;       // strokes
};

struct Scene {
  int width = 0;
  int height = 0;
  uint8_t paper = 255;
  double angle_deg = 0;  // clockwise; the picture grows so that nothing is cut off
  std::vector<Shape> shapes;
  std::vector<Line> lines;
};

// Lines in reading order joined by "\n"; cells of a line joined by one space.
std::string truth_text(const Scene& scene);

}  // namespace assay::suites::quick_ocr
