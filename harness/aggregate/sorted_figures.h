// Figures of a sorted column of nanoseconds: percentiles, distribution, spread. Templates, because
// columns differ in how they keep their values; a column has size() and at(rank), ascending.
//
// Where it stands: harness/aggregate; used by latency.cc and load_gaps.cc. Pure.
//
//   const double median = seconds_at(column, stats::percentile_ranks(column.size(), 0.5));
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "harness/stats/percentile.h"
#include "harness/types/load.h"
#include "harness/types/summary_parts.h"

namespace assay::aggregate {

// Division, not multiplication by 1e-9: it gives the double nearest to the decimal.
inline double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

// Linear interpolation, in nanoseconds.
template <typename Column>
double value_at(const Column& sorted, const stats::PercentileRanks& ranks) {
  const auto below = static_cast<double>(sorted.at(ranks.below));
  const auto above = static_cast<double>(sorted.at(ranks.above));
  return below + ranks.fraction * (above - below);
}

template <typename Column>
Percentile percentile_with(const Column& sorted, double p, const stats::PercentileRanks& ranks) {
  Percentile out;
  out.p = p;
  out.estimate.n = sorted.size();
  out.estimate.value = value_at(sorted, ranks) / 1e9;
  out.estimate.method = ranks.method;
  if (ranks.low) {
    out.estimate.ci_low = seconds(sorted.at(*ranks.low));
    out.estimate.ci_high = seconds(sorted.at(*ranks.high));
  }
  return out;
}

// How many values are at most the one of this rank (1-based).
template <typename Column>
size_t rank_of_last_equal(const Column& sorted, size_t rank) {
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

// (seconds, share of values at most that): ranks 1..n evenly, both ends included.
template <typename Column>
std::vector<std::pair<double, double>> distribution(const Column& sorted, size_t points_max) {
  std::vector<std::pair<double, double>> out;
  const size_t n = sorted.size();
  const size_t points = std::min(n, points_max);
  for (size_t k = 0; k < points; ++k) {
    const size_t rank = points == 1 ? n : 1 + k * (n - 1) / (points - 1);
    const double value = seconds(sorted.at(rank - 1));
    if (!out.empty() && out.back().first == value) continue;
    const size_t at_most = rank_of_last_equal(sorted, rank);
    out.emplace_back(value, static_cast<double>(at_most) / static_cast<double>(n));
  }
  return out;
}

// Seconds; n = 0 where there is nothing.
template <typename Column>
Spread spread_of(const Column& sorted) {
  Spread out;
  out.n = sorted.size();
  if (out.n == 0) return out;
  out.p50 = value_at(sorted, stats::percentile_ranks(out.n, 0.5)) / 1e9;
  out.p99 = value_at(sorted, stats::percentile_ranks(out.n, 0.99)) / 1e9;
  out.max = seconds(sorted.at(out.n - 1));
  return out;
}

}  // namespace assay::aggregate
