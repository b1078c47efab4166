// Several tests at once: adjusted p-values.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const std::vector<double> adjusted = stats::holm(p_values);   // same order as given
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

// Step-down: sorted ascending, adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)), i
// from 1. Rejecting where the adjusted value is <= alpha keeps the chance of any false rejection <=
// alpha. A NaN stays NaN and is not counted in m. Empty: empty. Source: S. Holm, Scandinavian
// Journal of Statistics 6 (1979) 65; statsmodels multipletests "holm".
std::vector<double> holm(std::span<const double> p_values);

enum class Adjustment : uint8_t {
  kBonferroni,         // m p
  kSidak,              // 1 - (1 - p)^m
  kHolm,               // as holm()
  kHommel,             // closed test of Simes' tests
  kBenjaminiHochberg,  // false discovery rate: min over j >= i of m p_(j) / j
  kBenjaminiYekutieli  // the same times Σ_{k=1..m} 1/k: under any dependence
};

struct AdjustedTests {
  std::vector<double> p_values;  // adjusted, at most 1, in the order given
  std::vector<bool> rejected;    // at the level, by the procedure's own steps
};

// All of them, for comparison with other tools; the product decides by Holm. Rejections compare p
// with the procedure's thresholds, which rounding may tell apart from adjusted p <= alpha. A NaN
// stays NaN, is never rejected and is not counted in m. Hommel takes m² steps: for some thousands.
// Source: Holm (above); Hommel, Biometrika 75 (1988) 383; Šidák, JASA 62 (1967) 626; Benjamini and
// Hochberg, JRSS B 57 (1995) 289; Benjamini and Yekutieli, Annals of Statistics 29 (2001) 1165;
// statsmodels multipletests 0.13.
AdjustedTests adjust(Adjustment method, std::span<const double> p_values, double alpha);

}  // namespace assay::stats
