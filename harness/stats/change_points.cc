#include "harness/stats/change_points.h"

#include <algorithm>
#include <cmath>

#include "harness/base/rng.h"
#include "harness/stats/finite.h"

namespace assay::stats {
namespace {

// Rearrangements that leave both sides as they were give the same Q but for the order of adding.
constexpr double kSameQ = 1e-9;

double pairs(size_t n) { return static_cast<double>(n) * static_cast<double>(n - 1) / 2; }

double q_value(double all, double left, double right, size_t n, size_t m) {
  const auto dn = static_cast<double>(n);
  const auto dm = static_cast<double>(m);
  const double between = all - left - right;
  const double energy = 2 * between / (dn * dm) - left / pairs(n) - right / pairs(m);
  return dn * dm / (dn + dm) * energy;
}

struct Segment {
  size_t begin = 0;
  size_t end = 0;
  ChangePoint best;  // index counted from the beginning of the series
};

ChangePoint best_in(std::span<const double> series, size_t begin, size_t end, size_t min_size) {
  ChangePoint best = best_split(series.subspan(begin, end - begin), min_size);
  if (best.index > 0) best.index += begin;
  return best;
}

const Segment* best_segment(const std::vector<Segment>& segments) {
  const Segment* best = nullptr;
  for (const Segment& segment : segments) {
    if (segment.best.index == 0) continue;
    if (best == nullptr || segment.best.statistic > best->best.statistic) best = &segment;
  }
  return best;
}

// Largest Q over all segments, the values of each in another order.
double rearranged_statistic(std::span<const double> series, const std::vector<Segment>& segments,
                            size_t min_size, Rng rng) {
  double best = 0;
  std::vector<double> values;
  for (const Segment& segment : segments) {
    if (segment.best.index == 0) continue;
    const auto part = series.subspan(segment.begin, segment.end - segment.begin);
    values.assign(part.begin(), part.end());
    rng.shuffle(values);
    best = std::max(best, best_split(values, min_size).statistic);
  }
  return best;
}

// The p-value where it is at most `significance`; otherwise something above it.
double p_value(std::span<const double> series, const std::vector<Segment>& segments, double found,
               uint64_t step, const ChangePointOptions& options) {
  const double all = 1.0 + options.permutations;
  uint64_t as_large = 0;
  for (uint32_t r = 0; r < options.permutations; ++r) {
    const double other =
        rearranged_statistic(series, segments, options.min_size, Rng(options.seed, step, r));
    if (other >= found * (1 - kSameQ)) ++as_large;
    if (static_cast<double>(1 + as_large) / all > options.significance) break;
  }
  return static_cast<double>(1 + as_large) / all;
}

}  // namespace

// For a fixed t the sum within x[t..k) grows with k by column k's sum from row t on, which is the
// whole column's above the diagonal less that of the rows before t; so one pass over k is O(n).
ChangePoint best_split(std::span<const double> x, size_t min_size) {
  const size_t n = x.size();
  min_size = std::max<size_t>(min_size, 2);
  ChangePoint best;
  if (n < 2 * min_size) return best;
  std::vector<double> column(n, 0.0);      // Σ_{i<k} |x_i - x_k|
  std::vector<double> before(n, 0.0);      // Σ_{i<t} |x_i - x_k|
  std::vector<double> within(n + 1, 0.0);  // Σ_{i<j<k}
  for (size_t k = 0; k < n; ++k) {
    for (size_t i = 0; i < k; ++i) column[k] += std::fabs(x[i] - x[k]);
    within[k + 1] = within[k] + column[k];
  }
  for (size_t t = 1; t + min_size <= n; ++t) {
    for (size_t k = t; k < n; ++k) before[k] += std::fabs(x[t - 1] - x[k]);
    if (t < min_size) continue;
    double right = 0;
    for (size_t k = t; k < n; ++k) {
      right += column[k] - before[k];
      const size_t m = k + 1 - t;
      if (m < min_size) continue;
      const double q = q_value(within[k + 1], within[t], right, t, m);
      if (best.index == 0 || q > best.statistic) best = {.index = t, .statistic = q, .p_value = 1};
    }
  }
  return best;
}

ChangePoints change_points(std::span<const double> series, const ChangePointOptions& options) {
  ChangePoints out;
  if (!all_finite(series)) {
    out.refused = kNotFinite;
    return out;
  }
  std::vector<Segment> segments{
      {0, series.size(), best_in(series, 0, series.size(), options.min_size)}};
  for (uint64_t step = 0; out.points.size() < options.points_max; ++step) {
    const Segment* best = best_segment(segments);
    if (best == nullptr || !(best->best.statistic > 0)) break;
    ChangePoint point = best->best;
    point.p_value = p_value(series, segments, point.statistic, step, options);
    if (point.p_value > options.significance) break;
    const Segment split = *best;
    Segment& left = segments[static_cast<size_t>(best - segments.data())];
    left = {split.begin, point.index, best_in(series, split.begin, point.index, options.min_size)};
    segments.push_back(
        {point.index, split.end, best_in(series, point.index, split.end, options.min_size)});
    out.points.push_back(point);
  }
  std::sort(out.points.begin(), out.points.end(),
            [](const ChangePoint& a, const ChangePoint& b) { return a.index < b.index; });
  return out;
}

}  // namespace assay::stats
