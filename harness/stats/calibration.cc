#include "harness/stats/calibration.h"

#include <vector>

#include "harness/base/check.h"
#include "harness/stats/finite.h"
#include "harness/stats/rank.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

bool usable(std::span<const double> truth, std::span<const double> score) {
  ASSAY_CHECK(truth.size() == score.size(), "{} values against {}", truth.size(), score.size());
  return !truth.empty() && all_finite(truth) && all_finite(score);
}

}  // namespace

std::optional<double> brier(std::span<const double> truth, std::span<const double> probability) {
  if (!usable(truth, probability)) return std::nullopt;
  Sum squares;
  for (size_t i = 0; i < truth.size(); ++i) {
    squares.add((probability[i] - truth[i]) * (probability[i] - truth[i]));
  }
  return squares.value() / static_cast<double>(truth.size());
}

std::optional<double> auroc(std::span<const double> truth, std::span<const double> score) {
  if (!usable(truth, score)) return std::nullopt;
  const std::vector<double> ranks = average_ranks(score);
  double positives = 0;
  Sum rank_sum;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] <= 0) continue;
    positives += 1;
    rank_sum.add(ranks[i]);
  }
  const double negatives = static_cast<double>(truth.size()) - positives;
  if (positives <= 0 || negatives <= 0) return std::nullopt;
  return (rank_sum.value() - positives * (positives + 1) / 2) / (positives * negatives);
}

}  // namespace assay::stats
