// Agreement of raters beyond chance: Cohen's kappa of two, Fleiss' of many.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const std::vector<double> cells{20, 5, 10, 15};          // [rater a × rater b], by category
//   stats::cohen_kappa(cells, 2, KappaWeights::kNone);       // 0.4
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

enum class KappaWeights : uint8_t {
  kNone,       // any disagreement counts 1
  kLinear,     // |i - j|
  kQuadratic,  // (i - j)²
};

// 1 - Σ w_ij x_ij / Σ w_ij e_ij, e_ij = row_i · column_j / total; w by the categories' places.
// `cells`: [categories × categories] counts. No value: nothing was rated, or chance alone would
// agree always (both used one and the same category). Source: Cohen, Educational and Psychological
// Measurement 20 (1960) 37, Psychological Bulletin 70 (1968) 213; scikit-learn cohen_kappa_score.
std::optional<double> cohen_kappa(std::span<const double> cells, size_t categories,
                                  KappaWeights weights);

// (P - Pe) / (1 - Pe): P the mean over subjects of (Σ_j n_ij² - r) / (r (r - 1)), Pe = Σ_j p_j².
// `counts`: [subjects × categories], how many of the r raters chose which. No value: no subjects,
// fewer than two raters, subjects with different numbers of raters, or one category only. Source:
// Fleiss, Psychological Bulletin 76 (1971) 378; statsmodels inter_rater.fleiss_kappa.
std::optional<double> fleiss_kappa(std::span<const double> counts, size_t categories);

}  // namespace assay::stats
