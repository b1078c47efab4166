// Whether two quantities go together: three coefficients with the p-values of no association.
//
// Where it stands: harness/stats; ranks and Spearman's interval are in rank.h. Pure; any thread.
//
//   const Correlation r = stats::pearson(x, y);            // r.value, r.p_value
//   const KendallTau tau = stats::kendall(judge, human);   // tau.b, tau.p_value
//
// Edge cases, for all: fewer than two pairs, one side all equal, or a number that is not finite: no
// value; sizes must agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

struct Correlation {
  std::optional<double> value;
  std::optional<double> p_value;  // two-sided
};

// Σ (x - mean)(y - mean) / sqrt(Σ (x - mean)² Σ (y - mean)²); t = r sqrt((n - 2) / (1 - r²)) on n -
// 2 degrees. Two pairs: r is 1 or -1 and p is 1. Source: Pearson (1896); Student (1908);
// scipy.stats.pearsonr.
Correlation pearson(std::span<const double> x, std::span<const double> y);

// Pearson's r of the average ranks, with the same t. Two pairs: no p. Source: scipy.stats.spearmanr
// 1.10.
Correlation spearman_t(std::span<const double> x, std::span<const double> y);

// Over pairs of pairs: C - D = concordant - discordant, T = n (n - 1) / 2, Tx and Ty ties of one
// side.
struct KendallTau {
  std::optional<double> b;  // (C - D) / sqrt((T - Tx)(T - Ty))
  std::optional<double> c;  // 2 (C - D) / (n² (m - 1) / m), m the fewer of the distinct values
  // z of C - D with the variance corrected for ties.
  std::optional<double> p_normal;
  // Over all n! orders; where nothing is tied and n <= 33 or at most one pair stands out.
  std::optional<double> p_exact;
  // The exact one where there is one.
  [[nodiscard]] std::optional<double> p_value() const { return p_exact ? p_exact : p_normal; }
};
// O(n log n). Two pairs: no normal p. Source: Kendall, Rank Correlation Methods (4th ed.), 3 and 5;
// scipy.stats.kendalltau 1.10 (method "auto").
KendallTau kendall(std::span<const double> x, std::span<const double> y);

}  // namespace assay::stats
