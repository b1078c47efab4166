// Sums of residuals by cluster, in order of the clusters' first appearance, so that the result does
// not depend on how clusters happen to be numbered.
//
// Internal to harness/stats.
#pragma once

#include <cstdint>
#include <span>

namespace assay::stats {

struct ClusterSquares {
  uint64_t clusters = 0;
  double sum_of_squares = 0;  // Σ_c (Σ_{i in c} r_i)²
};

// `clusters` empty: each residual is its own cluster.
ClusterSquares cluster_squares(std::span<const double> residuals,
                               std::span<const uint32_t> clusters);

}  // namespace assay::stats
