#include "harness/aggregate/latency.h"

#include <algorithm>
#include <array>

#include "harness/stats/mean.h"
#include "harness/stats/percentile.h"
#include "harness/stats/sum.h"

namespace assay::aggregate {
namespace {

constexpr std::array<double, 4> kPercentiles{0.5, 0.9, 0.95, 0.99};

// Division, not multiplication by 1e-9: it gives the double nearest to the decimal.
double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

Percentile percentile_of(const DurationColumn& sorted, double p, double confidence) {
  const stats::PercentileRanks ranks = stats::percentile_ranks(sorted.size(), p, confidence);
  const double below = static_cast<double>(sorted.at(ranks.below));
  const double above = static_cast<double>(sorted.at(ranks.above));
  Percentile out;
  out.p = p;
  out.estimate.n = sorted.size();
  out.estimate.value = (below + ranks.fraction * (above - below)) / 1e9;
  out.estimate.method = ranks.method;
  if (ranks.low) {
    out.estimate.ci_low = seconds(sorted.at(*ranks.low));
    out.estimate.ci_high = seconds(sorted.at(*ranks.high));
  }
  return out;
}

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

// How many values are at most the one of this rank (1-based).
size_t rank_of_last_equal(const DurationColumn& sorted, size_t rank) {
  size_t low = rank;
  size_t high = sorted.size();
  while (low < high) {
    const size_t middle = low + (high - low + 1) / 2;
    if (sorted.at(middle - 1) > sorted.at(rank - 1)) {
      high = middle - 1;
    } else {
      low = middle;
    }
  }
  return low;
}

std::vector<std::pair<double, double>> distribution(const DurationColumn& sorted,
                                                    size_t points_max) {
  std::vector<std::pair<double, double>> out;
  const size_t n = sorted.size();
  const size_t points = std::min(n, points_max);
  for (size_t k = 0; k < points; ++k) {
    // Ranks 1..n evenly, both ends included.
    const size_t rank = points == 1 ? n : 1 + k * (n - 1) / (points - 1);
    const double value = seconds(sorted.at(rank - 1));
    if (!out.empty() && out.back().first == value) continue;
    const size_t at_most = rank_of_last_equal(sorted, rank);
    out.emplace_back(value, static_cast<double>(at_most) / static_cast<double>(n));
  }
  return out;
}

}  // namespace

LatencySummary summarize_durations(DurationColumn durations, double confidence, size_t points_max) {
  durations.sort_present();
  LatencySummary out;
  out.n = durations.size();
  if (out.n == 0) return out;
  for (const double p : kPercentiles) {
    out.percentiles.push_back(percentile_of(durations, p, confidence));
  }
  out.mean = mean_of(durations, confidence);
  out.ecdf = distribution(durations, points_max);
  return out;
}

}  // namespace assay::aggregate
