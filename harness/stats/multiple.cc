#include "harness/stats/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assay::stats {

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> out(p_values.begin(), p_values.end());
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return p_values[x] < p_values[y]; });
  double running = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = static_cast<double>(order.size() - rank) * p_values[order[rank]];
    running = std::max(running, std::min(1.0, scaled));
    out[order[rank]] = running;
  }
  return out;
}

}  // namespace assay::stats
