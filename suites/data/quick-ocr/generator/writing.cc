#include "suites/data/quick-ocr/generator/writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/check.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr double kLeading = 1.5;  // line distance in em
constexpr double kRuleRoom = 14;  // pixels between a rule and the middle of its neighbours' space

std::string grouped(int64_t amount) {
  std::string text = fmt::format("{}", amount);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

}  // namespace

void Pen::row(std::vector<Cell> cells, double size, bool bold) {
  y_ += size * kLeading / 2;
  scene_.lines.push_back({std::move(cells), y_, size, face_, bold, ink_});
  y_ += size * kLeading / 2;
}

void Pen::centred(std::string text, double size, bool bold) {
  row({{std::move(text), scene_.width / 2.0, Anchor::kCentre}}, size, bold);
}

void Pen::left(std::string text, double x, double size, bool bold) {
  row({{std::move(text), x, Anchor::kLeft}}, size, bold);
}

void Pen::rule(double x0, double x1, bool dashed) {
  y_ += kRuleRoom / 2;
  Shape stroke = polyline({{x0, y_}, {x1, y_}}, ink_);
  stroke.dashed = dashed;
  scene_.shapes.push_back(std::move(stroke));
  y_ += kRuleRoom / 2;
}

std::string won(int64_t amount) { return grouped(amount); }

std::string cents(int64_t amount) {
  return fmt::format("{}.{:02}", grouped(amount / 100), amount % 100);
}

Day draw_day(Rng& rng) {
  constexpr std::array<int, 6> kDays = {31, 28, 31, 30, 31, 30};
  const auto month = static_cast<size_t>(rng.below(kDays.size()));
  const auto day = static_cast<int>(rng.below(static_cast<uint64_t>(kDays[month])));
  return {static_cast<int>(month) + 1, day + 1};
}

std::string day_text(const Day& day, char separator) {
  return fmt::format("2026{}{:02}{}{:02}", separator, day.month, separator, day.day);
}

std::string digits(int count, Rng& rng) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('0' + rng.below(10));
  return text;
}

int64_t draw_between(int64_t low, int64_t high, int64_t step, Rng& rng) {
  const auto steps = static_cast<uint64_t>((high - low) / step) + 1;
  return low + step * static_cast<int64_t>(rng.below(steps));
}

std::vector<size_t> draw_some(size_t count, size_t size, Rng& rng) {
  ASSAY_CHECK(count <= size, "cannot draw {} of {}", count, size);
  std::vector<size_t> all(size);
  for (size_t i = 0; i < size; ++i) all[i] = i;
  rng.shuffle(all);
  all.resize(count);
  std::sort(all.begin(), all.end());
  return all;
}

Shape rectangle(double x0, double y0, double x1, double y1, int fill, int stroke,
                double stroke_width, double corner_radius) {
  return {Shape::Kind::kRect, {{x0, y0}, {x1, y1}}, fill, stroke,
          stroke_width,       corner_radius,        false};
}

Shape ellipse(double x0, double y0, double x1, double y1, int fill, int stroke,
              double stroke_width) {
  return {Shape::Kind::kEllipse, {{x0, y0}, {x1, y1}}, fill, stroke, stroke_width, 0, false};
}

Shape polygon(std::vector<std::pair<double, double>> points, int fill, int stroke,
              double stroke_width) {
  return {Shape::Kind::kPolygon, std::move(points), fill, stroke, stroke_width, 0, false};
}

Shape polyline(std::vector<std::pair<double, double>> points, int stroke, double stroke_width) {
  return {Shape::Kind::kPolyline, std::move(points), kNoColour, stroke, stroke_width, 0, false};
}

}  // namespace assay::suites::quick_ocr
