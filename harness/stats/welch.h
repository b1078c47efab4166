// Welch's t test: two unpaired samples whose variances may differ. Here for contrast: models that
// answered the same items are compared in pairs (paired.h).
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const WelchTest w = stats::welch(a, b);
//
// t = (mean a - mean b) / sqrt(v_a + v_b), v = s² / n; degrees (v_a + v_b)² / (v_a² / (n_a - 1) +
// v_b² / (n_b - 1)). Source: Welch, Biometrika 34 (1947) 28;
// scipy.stats.ttest_ind(equal_var=False). Edge cases: a sample with fewer than two values, or a
// number that is not finite: nothing; neither varies: t is infinite and p 0 where the means differ,
// else nothing.
#pragma once

#include <optional>
#include <span>

namespace assay::stats {

struct WelchTest {
  std::optional<double> t;
  std::optional<double> degrees;
  std::optional<double> p_value;  // two-sided
};

WelchTest welch(std::span<const double> a, std::span<const double> b);

}  // namespace assay::stats
