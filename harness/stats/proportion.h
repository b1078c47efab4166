// Intervals for a rate: k right answers out of n independent ones.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const Estimate accuracy = stats::wilson(87, 100);   // 0.87, 0.790..0.922, "wilson"
//
// All: value = k / n; n = 0 gives no value and no interval; k > n is refused (method says so). At
// k = 0 the lower limit is exactly 0 and at k = n the upper exactly 1 (Wilson, Clopper-Pearson).
#pragma once

#include <cstdint>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// Score interval: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
// Source: E. B. Wilson, JASA 22 (1927) 209; as statsmodels proportion_confint(method="wilson").
Estimate wilson(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

// Equal-tailed credible interval of the posterior under a uniform prior, Beta(k + 1, n - k + 1).
// The value stays k / n. Source: T. Bayes (1763); Gelman et al., Bayesian Data Analysis, 2.1.
Estimate beta_uniform(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

// Exact (conservative): Beta(k, n-k+1) at a/2 to Beta(k+1, n-k) at 1-a/2.
// Source: Clopper and Pearson, Biometrika 26 (1934) 404.
Estimate clopper_pearson(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

// The three below are for comparison with other tools; the product reports none of them.

// Equal-tailed posterior interval under Jeffreys' prior: Beta(k + 1/2, n - k + 1/2). Source:
// Brown, Cai and DasGupta, Statistical Science 16 (2001) 101; statsmodels method "jeffreys".
Estimate jeffreys(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

// p' ± z sqrt(p'(1 - p') / n'), n' = n + z², p' = (k + z²/2) / n', clipped to 0..1. Source: Agresti
// and Coull, The American Statistician 52 (1998) 119; statsmodels method "agresti_coull".
Estimate agresti_coull(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

// p ± z sqrt(p(1 - p) / n), clipped to 0..1: width 0 at k = 0 and k = n, and too narrow near them.
// Source: Wald; statsmodels method "normal".
Estimate wald(uint64_t successes, uint64_t n, double confidence = kDefaultConfidence);

}  // namespace assay::stats
