// Small tools of the page makers: a pen that writes lines downward, money, dates, shapes.
//
//   Pen pen(scene, 30);                             // first line at y = 30
//   pen.centred("달빛커피", 36, true);
//   pen.row({{"합계", 40}, {"12,400", 560, Anchor::kRight}});
//   pen.rule(30, 570);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/rng.h"
#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/scene.h"

namespace assay::suites::quick_ocr {

class Pen {
 public:
  Pen(Scene& scene, double y, Face face) : scene_(scene), y_(y), face_(face) {}
  // Each writes one line at the current height and moves down by 1.5 em.
  void centred(std::string text, double size, bool bold = false);
  void left(std::string text, double x, double size, bool bold = false);
  void row(std::vector<Cell> cells, double size, bool bold = false);
  // A horizontal stroke from x0 to x1, with room above and below.
  void rule(double x0, double x1, bool dashed = true);
  void skip(double pixels) { y_ += pixels; }
  [[nodiscard]] double y() const { return y_; }
  void set_ink(uint8_t ink) { ink_ = ink; }

 private:
  Scene& scene_;
  double y_;
  Face face_;
  uint8_t ink_ = 20;
};

// 12400 -> "12,400".
std::string won(int64_t amount);
// 1240 -> "12.40"; 123456 -> "1,234.56".
std::string cents(int64_t amount);

// A day of January to June 2026.
struct Day {
  int month = 1;
  int day = 1;
};
Day draw_day(Rng& rng);
// "2026-03-14", with another separator "2026.03.14".
std::string day_text(const Day& day, char separator = '-');
// `count` random digits.
std::string digits(int count, Rng& rng);
// low..high in steps of `step`.
int64_t draw_between(int64_t low, int64_t high, int64_t step, Rng& rng);
// `count` different indices below `size`, in ascending order.
std::vector<size_t> draw_some(size_t count, size_t size, Rng& rng);

Shape rectangle(double x0, double y0, double x1, double y1, int fill, int stroke,
                double stroke_width = 2, double corner_radius = 0);
Shape ellipse(double x0, double y0, double x1, double y1, int fill, int stroke,
              double stroke_width = 2);
Shape polygon(std::vector<std::pair<double, double>> points, int fill, int stroke,
              double stroke_width = 2);
Shape polyline(std::vector<std::pair<double, double>> points, int stroke, double stroke_width = 2);

}  // namespace assay::suites::quick_ocr
