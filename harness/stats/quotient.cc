#include "harness/stats/quotient.h"

#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr double kRoundingShare = 1e-12;  // of a sum; what is smaller is rounding

double total_of(std::span<const double> values) {
  Sum sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

double divided(double top, double bottom) { return bottom > 0 ? top / bottom : kNoValue; }

// A quotient's figure, its value in each draw and without each row.
struct Series {
  double value = kNoValue;
  std::vector<double> draws;
  std::vector<double> left_out;
};

Series series_of(const QuotientColumns& c) {
  ASSAY_CHECK(c.top.size() == c.bottom.size() && c.tops.size() == c.bottoms.size(),
              "{} and {} rows, {} and {} draws", c.top.size(), c.bottom.size(), c.tops.size(),
              c.bottoms.size());
  const double top = total_of(c.top);
  const double bottom = total_of(c.bottom);
  Series out{.value = divided(top, bottom), .draws = {}, .left_out = {}};
  out.draws.reserve(c.tops.size());
  for (size_t r = 0; r < c.tops.size(); ++r) out.draws.push_back(divided(c.tops[r], c.bottoms[r]));
  out.left_out.reserve(c.top.size());
  for (size_t i = 0; i < c.top.size(); ++i) {
    const double left = bottom - c.bottom[i];
    // Nothing but rounding is left: the figure without this row does not exist.
    out.left_out.push_back(left > kRoundingShare * bottom ? (top - c.top[i]) / left : kNoValue);
  }
  return out;
}

Quotient finish(const Series& series, double confidence) {
  Quotient out;
  out.estimate.n = series.left_out.size();
  for (const double v : series.draws) out.draws_no_value += std::isfinite(v) ? 0 : 1;
  if (!std::isfinite(series.value)) {
    out.estimate.method = "quotient: nothing below the line";
    return out;
  }
  if (series.left_out.size() < 2) {
    out.estimate.value = series.value;
    out.estimate.method = "quotient: one row, no interval";
    return out;
  }
  out.estimate = bca_interval({.value = series.value,
                               .replicates = series.draws,
                               .acceleration = jackknife_acceleration(series.left_out),
                               .rounding = kRoundingShare * std::fabs(series.value)},
                              confidence);
  out.estimate.value = series.value;
  out.estimate.n = series.left_out.size();
  return out;
}

}  // namespace

Quotient quotient(const QuotientColumns& columns, double confidence) {
  return finish(series_of(columns), confidence);
}

Quotient quotient_ratio(const QuotientColumns& b, const QuotientColumns& a, double confidence) {
  ASSAY_CHECK(a.top.size() == b.top.size() && a.tops.size() == b.tops.size(),
              "{} and {} rows, {} and {} draws", a.top.size(), b.top.size(), a.tops.size(),
              b.tops.size());
  const Series below = series_of(a);
  Series out = series_of(b);
  out.value = divided(out.value, below.value);
  for (size_t r = 0; r < out.draws.size(); ++r)
    out.draws[r] = divided(out.draws[r], below.draws[r]);
  for (size_t i = 0; i < out.left_out.size(); ++i)
    out.left_out[i] = divided(out.left_out[i], below.left_out[i]);
  return finish(out, confidence);
}

}  // namespace assay::stats
