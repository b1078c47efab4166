// Figures of a confusion matrix: F1 and Matthews' correlation.
//
// Where it stands: harness/stats, called by harness/aggregate and the conformance program. Pure.
//
//   ConfusionMatrix m(3);  m.add(gold, predicted);
//   m.f1_macro();
//
// Per class: precision tp / (tp + fp), recall tp / (tp + fn), F1 = 2 tp / (2 tp + fp + fn), 0 where
// that is 0 / 0. Macro: mean over the classes that occur (as gold or as prediction). Micro: over
// all classes together, which is the accuracy. Weighted: by how often a class is gold. MCC: (c s -
// Σ p_k t_k) / sqrt((s² - Σ p_k²)(s² - Σ t_k²)), 0 where a factor is 0. Source: scikit-learn 1.x,
// f1_score (zero_division 0) and matthews_corrcoef; Gorodkin 2004. Edge cases: an empty matrix has
// no figure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace assay::stats {

// [classes × classes], row: gold, column: predicted. A view.
class ConfusionMatrix {
 public:
  // cells.size() is a square.
  explicit ConfusionMatrix(std::span<const double> cells);

  [[nodiscard]] size_t classes() const { return classes_; }
  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] std::optional<double> accuracy() const;
  // Of one class; nullopt: there is no such class, or nothing was counted.
  [[nodiscard]] std::optional<double> f1(size_t of_class) const;
  [[nodiscard]] std::optional<double> f1_macro() const;
  [[nodiscard]] std::optional<double> f1_micro() const { return accuracy(); }
  [[nodiscard]] std::optional<double> f1_weighted() const;
  [[nodiscard]] std::optional<double> mcc() const;

 private:
  [[nodiscard]] double gold(size_t k) const { return gold_[k]; }
  [[nodiscard]] double predicted(size_t k) const { return predicted_[k]; }
  [[nodiscard]] double right(size_t k) const { return cells_[k * classes_ + k]; }

  std::span<const double> cells_;
  size_t classes_ = 0;
  std::vector<double> gold_;       // sums of rows
  std::vector<double> predicted_;  // sums of columns
  double total_ = 0;
};

}  // namespace assay::stats
