#include "harness/stats/proportion.h"

#include <algorithm>
#include <cmath>

namespace assay::stats {
namespace {

// value and n filled in; false when there is nothing to put an interval around.
bool begin_rate(uint64_t successes, uint64_t n, const char* method, Estimate& out) {
  out.n = n;
  out.method = method;
  if (successes > n) {
    out.method = "refused: more successes than trials";
    return false;
  }
  if (n == 0) return false;
  out.value = static_cast<double>(successes) / static_cast<double>(n);
  return true;
}

// p ± z sqrt(p(1 - p) / trials) within 0..1.
void around(Estimate& out, double p, double trials, double z) {
  const double half = z * std::sqrt(p * (1 - p) / trials);
  out.ci_low = std::max(0.0, p - half);
  out.ci_high = std::min(1.0, p + half);
}

}  // namespace

Estimate wilson(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "wilson", out)) return out;
  const double p = *out.value;
  const double trials = static_cast<double>(n);
  const double z = normal_quantile((1 + confidence) / 2);
  const double centre = p + z * z / (2 * trials);
  const double half = z * std::sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  const double scale = 1 + z * z / trials;
  out.ci_low = successes == 0 ? 0 : std::max(0.0, (centre - half) / scale);
  out.ci_high = successes == n ? 1 : std::min(1.0, (centre + half) / scale);
  return out;
}

Estimate beta_uniform(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "beta(1,1)", out)) return out;
  const double a = static_cast<double>(successes) + 1;
  const double b = static_cast<double>(n - successes) + 1;
  out.ci_low = beta_quantile((1 - confidence) / 2, a, b);
  out.ci_high = beta_quantile((1 + confidence) / 2, a, b);
  return out;
}

Estimate clopper_pearson(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "clopper-pearson", out)) return out;
  const double k = static_cast<double>(successes);
  const double misses = static_cast<double>(n - successes);
  out.ci_low = successes == 0 ? 0 : beta_quantile((1 - confidence) / 2, k, misses + 1);
  out.ci_high = successes == n ? 1 : beta_quantile((1 + confidence) / 2, k + 1, misses);
  return out;
}

Estimate jeffreys(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "jeffreys", out)) return out;
  const double a = static_cast<double>(successes) + 0.5;
  const double b = static_cast<double>(n - successes) + 0.5;
  out.ci_low = beta_quantile((1 - confidence) / 2, a, b);
  out.ci_high = beta_quantile((1 + confidence) / 2, a, b);
  return out;
}

Estimate agresti_coull(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "agresti-coull", out)) return out;
  const double z = normal_quantile((1 + confidence) / 2);
  const double trials = static_cast<double>(n) + z * z;
  around(out, (static_cast<double>(successes) + z * z / 2) / trials, trials, z);
  return out;
}

Estimate wald(uint64_t successes, uint64_t n, double confidence) {
  Estimate out;
  if (!begin_rate(successes, n, "wald", out)) return out;
  around(out, *out.value, static_cast<double>(n), normal_quantile((1 + confidence) / 2));
  return out;
}

}  // namespace assay::stats
