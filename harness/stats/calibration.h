// How good stated probabilities are: Brier's score and the area under the ROC curve.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   stats::brier(truth, probability);   // 0 is perfect, 0.25 is always saying one half
//   stats::auroc(truth, probability);   // 0.5 is chance
//
// `truth` holds 0 or 1 for each probability. Edge cases: nothing, or a number that is not finite:
// no value; sizes must agree.
#pragma once

#include <optional>
#include <span>

namespace assay::stats {

// Σ (probability - truth)² / n. Source: Brier, Monthly Weather Review 78 (1950) 1; scikit-learn
// brier_score_loss.
std::optional<double> brier(std::span<const double> truth, std::span<const double> probability);

// P(a true one has the higher score) + P(equal) / 2 = U / (n1 n0). No value where all are true or
// none is. Source: Hanley and McNeil, Radiology 143 (1982) 29; scikit-learn roc_auc_score.
std::optional<double> auroc(std::span<const double> truth, std::span<const double> score);

}  // namespace assay::stats
