// Axis: from a value to a place on the drawing, with ticks at round numbers. Linear or logarithmic.
//
//   Axis x = Axis::logarithmic(0.001, 2.0, left, right);
//   for (double t : x.ticks(8)) svg.line(x.at(t), top, x.at(t), bottom, "grid");
#pragma once

#include <vector>

namespace assay::reports::html {

class Axis {
 public:
  // Covers [low, high] (widened when they are equal or not finite); `from` and `to` in px, either
  // order.
  static Axis linear(double low, double high, double from, double to);
  // As linear, widened outwards to ticks at round numbers.
  static Axis linear_rounded(double low, double high, double from, double to, int ticks_about);
  // low must be positive; others are raised to a millionth of high.
  static Axis logarithmic(double low, double high, double from, double to);

  // Values outside are drawn at the nearer end.
  [[nodiscard]] double at(double value) const;
  // At most `count_max` round values inside (1, 2, 5 steps; on a logarithmic axis 1-2-5 or whole
  // decades).
  [[nodiscard]] std::vector<double> ticks(int count_max) const;
  // Distance of the ticks that ticks(count_max) gives; for choosing digits. Linear axes only.
  [[nodiscard]] double step(int count_max) const;
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] bool is_log() const { return log_; }

 private:
  [[nodiscard]] std::vector<double> log_ticks(int count_max) const;

  double low_ = 0;
  double high_ = 1;
  double from_ = 0;
  double to_ = 1;
  bool log_ = false;
};

}  // namespace assay::reports::html
