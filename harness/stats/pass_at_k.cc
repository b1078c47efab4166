#include "harness/stats/pass_at_k.h"

namespace assay::stats {

double pass_at_k(uint64_t n, uint64_t c, uint64_t k) {
  if (c > n) c = n;
  if (n - c < k) return 1;
  double none = 1;
  // From below; once nothing is left of the chance, further factors change nothing.
  for (uint64_t i = n - c + 1; i <= n && none > 0; ++i) {
    none *= 1 - static_cast<double>(k) / static_cast<double>(i);
  }
  return 1 - none;
}

}  // namespace assay::stats
