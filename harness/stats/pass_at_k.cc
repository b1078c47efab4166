#include "harness/stats/pass_at_k.h"

#include <cmath>

namespace assay::stats {
namespace {

constexpr uint64_t kFactorsMax = 1'000'000;

double log_factorial(double n) { return std::lgamma(n + 1); }

// C(n - c, k) / C(n, k), which is the same with c and k exchanged; n - c >= k.
double none_right(uint64_t n, uint64_t c, uint64_t k) {
  const uint64_t fewer = c < k ? c : k;
  const uint64_t more = c < k ? k : c;
  const auto of = static_cast<double>(n);
  if (fewer > kFactorsMax) {
    const auto x = static_cast<double>(c);
    const auto y = static_cast<double>(k);
    return std::exp(log_factorial(of - x) + log_factorial(of - y) - log_factorial(of) -
                    log_factorial(of - x - y));
  }
  double none = 1;
  for (uint64_t i = n - fewer + 1; i <= n; ++i) {
    none *= 1 - static_cast<double>(more) / static_cast<double>(i);
  }
  return none;
}

}  // namespace

double pass_at_k(uint64_t n, uint64_t c, uint64_t k) {
  if (c > n) c = n;
  if (n - c < k) return 1;
  return 1 - none_right(n, c, k);
}

}  // namespace assay::stats
