#include "harness/aggregate/latency.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/aggregate/sorted_figures.h"
#include "harness/stats/mean.h"
#include "harness/stats/percentile.h"
#include "harness/stats/sum.h"

namespace assay::aggregate {
namespace {

constexpr std::array<double, 4> kPercentiles{0.5, 0.9, 0.95, 0.99};

Estimate mean_of(const DurationColumn& sorted, double confidence) {
  stats::Sum total;
  for (size_t i = 0; i < sorted.size(); ++i) total.add(static_cast<double>(sorted.at(i)));
  const double mean_ns = total.value() / static_cast<double>(sorted.size());
  stats::Sum squares;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const double off = (static_cast<double>(sorted.at(i)) - mean_ns) / 1e9;
    squares.add(off * off);
  }
  return stats::mean_from_squares(sorted.size(), mean_ns / 1e9, squares.value(), confidence);
}

}  // namespace

LatencySummary summarize_durations(DurationColumn durations, double confidence, size_t points_max) {
  return summarize_durations(std::move(durations), kPercentiles, confidence, points_max);
}

LatencySummary summarize_durations(DurationColumn durations, std::span<const double> percentiles,
                                   double confidence, size_t points_max) {
  durations.sort_present();
  LatencySummary out;
  out.n = durations.size();
  if (out.n == 0) return out;
  for (const double p : percentiles) {
    out.percentiles.push_back(
        percentile_with(durations, p, stats::percentile_ranks(out.n, p, confidence)));
  }
  out.mean = mean_of(durations, confidence);
  out.ecdf = distribution(durations, points_max);
  return out;
}

}  // namespace assay::aggregate
