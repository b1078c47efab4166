// Figures of a decision: cost per correct answer and its ratio between models, the Pareto front and
// rank acceptability, all over the same draws of samples (or whole clusters), so that models stay
// paired and what one figure says fits the others.
//
// Where it stands: harness/aggregate, between decision_items.h and stats/{bootstrap, quotient,
// pareto, acceptability}.h. Pure; one thread.
//
//   const DecisionFigures figures(table, def, {.confidence = 0.95, .seed = 1});
//   const stats::Quotient price = figures.cost_per_correct(0);
//   const Estimate times = figures.cost_ratio(1, 0);
//
// Criteria: quality = Σ value / Σ weight; cost = Σ cost / samples; latency = Σ mean latency /
// samples answered: the mean, which sums of a draw give, where a table also shows median and p95.
// Of metrics that are no pooled ratio (median, perplexity, corpus figures) the draws take the
// pooled ratio of the samples' own values. Cost and latency count by their logarithms, so that
// twice as dear is as bad from 1 to 2 as from 10 to 20. A cost of 0 is not known; where a latency
// is 0 (simulated ones may be) latencies count as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/aggregate/decision_items.h"
#include "harness/stats/quotient.h"
#include "harness/types/decision.h"

namespace assay::aggregate {

// Fewer units than this have no draws: there is nothing to draw from.
inline constexpr size_t kUnitsDrawnMin = 2;

struct FigureOptions {
  double confidence = 0.95;
  uint64_t seed = 1;
  uint32_t resamples = 10'000;  // fewer for many units, see kDrawsMax
};

class DecisionFigures {
 public:
  // The table outlives it.
  DecisionFigures(const DecisionTable& table, const MetricDef& def, const FigureOptions& options);

  [[nodiscard]] uint32_t draws() const { return draws_; }
  [[nodiscard]] stats::Quotient cost_per_item(size_t model) const;
  [[nodiscard]] CostUnit cost_unit() const { return cost_unit_; }
  // Per what cost_unit() says.
  [[nodiscard]] stats::Quotient cost_per_correct(size_t model) const;
  [[nodiscard]] stats::Quotient latency(size_t model) const;
  // What an item brings: Σ of what cost_per_correct() divides by, over samples.
  [[nodiscard]] double correct_per_item(size_t model) const;
  // Cost per correct answer of `b` over that of `a`; both have costs.
  [[nodiscard]] Estimate cost_ratio(size_t b, size_t a) const;

  // Larger is better; NaN: the model has no such figure.
  [[nodiscard]] CriterionValues as_measured(size_t model) const;
  // [draws × models × kCriterionCount] of these models.
  [[nodiscard]] std::vector<double> drawn(std::span<const size_t> models) const;

 private:
  struct Columns {
    size_t value = 0;
    size_t weight = 0;
    size_t correct = 0;
    size_t latency = 0;
    size_t timed = 0;
    size_t cost = SIZE_MAX;  // none
  };
  size_t place(const std::vector<double>& column);
  void draw(const FigureOptions& options);
  void choose_scale();
  [[nodiscard]] stats::QuotientColumns over(size_t top, size_t bottom) const;
  [[nodiscard]] double oriented(Criterion criterion, double figure) const;
  // Figure of a criterion from sums; NaN where there is none.
  template <typename SumOf>
  [[nodiscard]] CriterionValues values_of(const Columns& columns, SumOf sum) const;

  const MetricDef& def_;
  double confidence_;
  CostUnit cost_unit_;
  uint32_t draws_ = 0;
  std::vector<const std::vector<double>*> distinct_;  // columns, each once
  std::vector<std::vector<double>> sums_;             // of these, by draw
  std::vector<double> totals_;                        // of these
  size_t size_ = 0;
  std::vector<Columns> models_;
  bool latency_by_logarithm_ = true;
};

}  // namespace assay::aggregate
