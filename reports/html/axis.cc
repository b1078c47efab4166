#include "reports/html/axis.h"

#include <algorithm>
#include <cmath>

namespace assay::reports::html {
namespace {

constexpr double kLogSpanMax = 1e6;  // more decades than this make every curve a vertical line

// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
double round_step(double least) {
  if (!(least > 0) || !std::isfinite(least)) return 1;
  const double decade = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if (factor * decade >= least * (1 - 1e-9)) return factor * decade;
  }
  return 10 * decade;
}

}  // namespace

Axis Axis::linear(double low, double high, double from, double to) {
  Axis axis;
  if (!std::isfinite(low) || !std::isfinite(high)) {
    low = 0;
    high = 1;
  }
  if (high < low) std::swap(low, high);
  if (high - low < 1e-12 * std::max(1.0, std::fabs(high))) {
    const double half = high == 0 ? 0.5 : std::fabs(high) * 0.05;
    low -= half;
    high += half;
  }
  axis.low_ = low;
  axis.high_ = high;
  axis.from_ = from;
  axis.to_ = to;
  return axis;
}

Axis Axis::linear_rounded(double low, double high, double from, double to, int ticks_about) {
  Axis axis = linear(low, high, from, to);
  const double step = axis.step(ticks_about);
  axis.low_ = std::floor(axis.low_ / step + 1e-9) * step;
  axis.high_ = std::ceil(axis.high_ / step - 1e-9) * step;
  return axis;
}

Axis Axis::logarithmic(double low, double high, double from, double to) {
  if (!std::isfinite(high) || high <= 0) high = 1;
  if (!std::isfinite(low) || low < high / kLogSpanMax) low = high / kLogSpanMax;
  if (high / low < 1.2) {
    low /= 1.5;
    high *= 1.5;
  }
  Axis axis;  // not by linear(): its widening of a tiny range would cross zero
  axis.low_ = low;
  axis.high_ = high;
  axis.from_ = from;
  axis.to_ = to;
  axis.log_ = true;
  return axis;
}

double Axis::at(double value) const {
  const double v = std::isfinite(value) ? std::clamp(value, low_, high_) : low_;
  const double share =
      log_ ? std::log(v / low_) / std::log(high_ / low_) : (v - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

double Axis::step(int count_max) const {
  return round_step((high_ - low_) / std::max(1, count_max));
}

std::vector<double> Axis::ticks(int count_max) const {
  if (log_) return log_ticks(count_max);
  std::vector<double> out;
  const double distance = step(count_max);
  const double first = std::ceil(low_ / distance - 1e-9);
  for (int i = 0; i <= count_max + 1; ++i) {
    const double value = (first + i) * distance;
    if (value > high_ + distance * 1e-9) break;
    out.push_back(value);
  }
  return out;
}

std::vector<double> Axis::log_ticks(int count_max) const {
  const int first = static_cast<int>(std::floor(std::log10(low_)));
  const int last = static_cast<int>(std::ceil(std::log10(high_)));
  const auto collect = [&](std::initializer_list<double> factors, int every) {
    std::vector<double> out;
    for (int d = first; d <= last; ++d) {
      if ((d - first) % every != 0) continue;
      for (const double f : factors) {
        const double value = f * std::pow(10.0, d);
        if (value >= low_ * (1 - 1e-9) && value <= high_ * (1 + 1e-9)) out.push_back(value);
      }
    }
    return out;
  };
  const auto fits = [&](const std::vector<double>& t) {
    return static_cast<int>(t.size()) <= count_max;
  };
  if (auto t = collect({1, 2, 3, 4, 5, 6, 7, 8, 9}, 1); fits(t) && t.size() <= 5) return t;
  if (auto t = collect({1, 2, 5}, 1); fits(t)) return t;
  if (auto t = collect({1, 3}, 1); fits(t)) return t;
  int every = 1;
  while (every <= last - first && !fits(collect({1}, every))) ++every;
  return collect({1}, every);
}

}  // namespace assay::reports::html
