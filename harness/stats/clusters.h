// Sums of residuals by cluster, in order of the clusters' first appearance, so that the result does
// not depend on how clusters happen to be numbered.
//
// Internal to harness/stats.
//
//   const ClusterSquares s = cluster_squares(n, clusters, [&](size_t i) { return x[i] - mean; });
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/sum.h"

namespace assay::stats {

struct ClusterSquares {
  uint64_t clusters = 0;
  double sum_of_squares = 0;  // Σ_c (Σ_{i in c} r_i)²
};

// `residual(i)` for i in 0..n-1, so that no list of residuals is made. `clusters` empty: each item
// is its own cluster.
template <typename Residual>
ClusterSquares cluster_squares(size_t n, std::span<const uint32_t> clusters, Residual residual) {
  Sum squares;
  if (clusters.empty()) {
    for (size_t i = 0; i < n; ++i) {
      const double r = residual(i);
      squares.add(r * r);
    }
    return {.clusters = n, .sum_of_squares = squares.value()};
  }
  ASSAY_CHECK(clusters.size() == n, "{} clusters for {} values", clusters.size(), n);
  std::unordered_map<uint32_t, size_t> place;
  std::vector<Sum> totals;
  for (size_t i = 0; i < n; ++i) {
    const auto [at, fresh] = place.try_emplace(clusters[i], totals.size());
    if (fresh) totals.emplace_back();
    totals[at->second].add(residual(i));
  }
  for (const Sum& total : totals) squares.add(total.value() * total.value());
  return {.clusters = totals.size(), .sum_of_squares = squares.value()};
}

}  // namespace assay::stats
