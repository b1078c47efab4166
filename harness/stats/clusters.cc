#include "harness/stats/clusters.h"

#include <unordered_map>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/sum.h"

namespace assay::stats {

ClusterSquares cluster_squares(std::span<const double> residuals,
                               std::span<const uint32_t> clusters) {
  Sum squares;
  if (clusters.empty()) {
    for (const double r : residuals) squares.add(r * r);
    return {.clusters = residuals.size(), .sum_of_squares = squares.value()};
  }
  ASSAY_CHECK(clusters.size() == residuals.size(), "{} clusters for {} values", clusters.size(),
              residuals.size());
  std::unordered_map<uint32_t, size_t> place;
  std::vector<Sum> totals;
  for (size_t i = 0; i < residuals.size(); ++i) {
    const auto [at, fresh] = place.try_emplace(clusters[i], totals.size());
    if (fresh) totals.emplace_back();
    totals[at->second].add(residuals[i]);
  }
  for (const Sum& total : totals) squares.add(total.value() * total.value());
  return {.clusters = totals.size(), .sum_of_squares = squares.value()};
}

}  // namespace assay::stats
