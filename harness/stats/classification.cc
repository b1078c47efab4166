#include "harness/stats/classification.h"

#include <cmath>

#include "harness/base/check.h"

namespace assay::stats {

ConfusionMatrix::ConfusionMatrix(std::span<const double> cells) : cells_(cells) {
  while (classes_ * classes_ < cells.size()) ++classes_;
  ASSAY_CHECK(classes_ * classes_ == cells.size(), "{} cells are no square", cells.size());
  gold_.resize(classes_);
  predicted_.resize(classes_);
  for (size_t i = 0; i < cells.size(); ++i) {
    gold_[i / classes_] += cells[i];
    predicted_[i % classes_] += cells[i];
    total_ += cells[i];
  }
}

std::optional<double> ConfusionMatrix::accuracy() const {
  if (total_ <= 0) return std::nullopt;
  double sum = 0;
  for (size_t k = 0; k < classes_; ++k) sum += right(k);
  return sum / total_;
}

std::optional<double> ConfusionMatrix::f1(size_t of_class) const {
  if (total_ <= 0 || of_class >= classes_) return std::nullopt;
  const double both = gold(of_class) + predicted(of_class);
  return both > 0 ? 2 * right(of_class) / both : 0;
}

std::optional<double> ConfusionMatrix::f1_macro() const {
  if (total_ <= 0) return std::nullopt;
  double sum = 0;
  size_t seen = 0;
  for (size_t k = 0; k < classes_; ++k) {
    if (gold(k) + predicted(k) <= 0) continue;
    sum += *f1(k);
    ++seen;
  }
  return sum / static_cast<double>(seen);
}

std::optional<double> ConfusionMatrix::f1_weighted() const {
  if (total_ <= 0) return std::nullopt;
  double sum = 0;
  for (size_t k = 0; k < classes_; ++k) sum += *f1(k) * gold(k);
  return sum / total_;
}

std::optional<double> ConfusionMatrix::mcc() const {
  if (total_ <= 0) return std::nullopt;
  double both = 0;
  double gold_squares = 0;
  double predicted_squares = 0;
  double hits = 0;
  for (size_t k = 0; k < classes_; ++k) {
    both += gold(k) * predicted(k);
    gold_squares += gold(k) * gold(k);
    predicted_squares += predicted(k) * predicted(k);
    hits += right(k);
  }
  const double squared = total_ * total_;
  const double scale = (squared - predicted_squares) * (squared - gold_squares);
  return scale > 0 ? (hits * total_ - both) / std::sqrt(scale) : 0;
}

}  // namespace assay::stats
