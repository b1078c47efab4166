#include "harness/stats/agreement.h"

#include <cmath>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

double weight_of(size_t i, size_t j, KappaWeights weights) {
  const double apart = std::fabs(static_cast<double>(i) - static_cast<double>(j));
  if (weights == KappaWeights::kNone) return apart > 0 ? 1 : 0;
  return weights == KappaWeights::kLinear ? apart : apart * apart;
}

}  // namespace

std::optional<double> cohen_kappa(std::span<const double> cells, size_t categories,
                                  KappaWeights weights) {
  ASSAY_CHECK(cells.size() == categories * categories, "{} cells for {} categories", cells.size(),
              categories);
  std::vector<double> rows(categories);
  std::vector<double> columns(categories);
  double total = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    rows[i / categories] += cells[i];
    columns[i % categories] += cells[i];
    total += cells[i];
  }
  Sum seen;
  Sum by_chance;
  for (size_t i = 0; i < cells.size(); ++i) {
    const size_t row = i / categories;
    const size_t column = i % categories;
    const double weight = weight_of(row, column, weights);
    seen.add(weight * cells[i]);
    by_chance.add(weight * rows[row] * columns[column] / total);
  }
  if (!(by_chance.value() > 0)) return std::nullopt;
  return 1 - seen.value() / by_chance.value();
}

std::optional<double> fleiss_kappa(std::span<const double> counts, size_t categories) {
  if (counts.empty() || categories == 0 || counts.size() % categories != 0) return std::nullopt;
  const size_t subjects = counts.size() / categories;
  std::vector<double> shares(categories);
  double raters = 0;
  Sum agreement;
  for (size_t s = 0; s < subjects; ++s) {
    double of_subject = 0;
    double squares = 0;
    for (size_t j = 0; j < categories; ++j) {
      const double count = counts[s * categories + j];
      of_subject += count;
      squares += count * count;
      shares[j] += count;
    }
    if (s > 0 && of_subject != raters) return std::nullopt;
    raters = of_subject;
    agreement.add((squares - raters) / (raters * (raters - 1)));
  }
  if (raters < 2) return std::nullopt;
  const auto n = static_cast<double>(subjects);
  double by_chance = 0;
  for (const double share : shares) by_chance += share / (n * raters) * (share / (n * raters));
  if (!(by_chance < 1)) return std::nullopt;
  return (agreement.value() / n - by_chance) / (1 - by_chance);
}

}  // namespace assay::stats
