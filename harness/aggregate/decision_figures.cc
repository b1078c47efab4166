#include "harness/aggregate/decision_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/aggregate/pairing.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/resampling.h"
#include "harness/stats/sum.h"

namespace assay::aggregate {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double total_of(const std::vector<double>& column) {
  stats::Sum sum;
  for (const double v : column) sum.add(v);
  return sum.value();
}

double divided(double top, double bottom) { return bottom > 0 ? top / bottom : kUnknown; }

CostUnit unit_of_cost(const DecisionTable& table, const MetricDef& def) {
  if (!def.higher_is_better) return CostUnit::kItem;
  for (const UnitColumns& model : table.models) {
    if (std::any_of(model.correct.begin(), model.correct.end(), [](double c) { return c < 0; }))
      return CostUnit::kItem;
  }
  return def.binary ? CostUnit::kCorrect : CostUnit::kScore;
}

constexpr size_t at(Criterion criterion) { return static_cast<size_t>(criterion); }

}  // namespace

DecisionFigures::DecisionFigures(const DecisionTable& table, const MetricDef& def,
                                 const FigureOptions& options)
    : def_(def), confidence_(options.confidence), cost_unit_(unit_of_cost(table, def)) {
  size_ = place(table.size);
  for (const UnitColumns& model : table.models) {
    const bool per_item = cost_unit_ == CostUnit::kItem;
    Columns columns{.value = place(model.value),
                    .weight = place(model.weight),
                    .correct = per_item ? size_ : place(model.correct),
                    .latency = place(model.latency),
                    .timed = place(model.timed)};
    if (!model.cost.empty()) columns.cost = place(model.cost);
    models_.push_back(columns);
  }
  for (const std::vector<double>* column : distinct_) totals_.push_back(total_of(*column));
  sums_.resize(distinct_.size());
  if (table.units >= kUnitsDrawnMin) draw(options);
  choose_scale();
}

// Weights of one, and what is right where it is the value, are drawn once.
size_t DecisionFigures::place(const std::vector<double>& column) {
  for (size_t c = 0; c < distinct_.size(); ++c) {
    if (*distinct_[c] == column) return c;
  }
  distinct_.push_back(&column);
  return distinct_.size() - 1;
}

void DecisionFigures::draw(const FigureOptions& options) {
  const size_t units = distinct_.front()->size();
  const size_t columns = distinct_.size();
  std::vector<double> values(units * columns);
  for (size_t c = 0; c < columns; ++c) {
    for (size_t u = 0; u < units; ++u) values[u * columns + c] = (*distinct_[c])[u];
  }
  draws_ =
      stats::affordable_resamples(units, {.resamples = options.resamples, .draws_max = kDrawsMax});
  const std::vector<double> sums = stats::bootstrap_sums(
      {.values = values, .columns = columns}, {.resamples = draws_, .seed = options.seed});
  for (size_t c = 0; c < columns; ++c) {
    sums_[c].resize(draws_);
    for (size_t r = 0; r < draws_; ++r) sums_[c][r] = sums[r * columns + c];
  }
}

void DecisionFigures::choose_scale() {
  latency_by_logarithm_ = std::all_of(models_.begin(), models_.end(), [this](const Columns& m) {
    // Nobody answered: no latency, whatever the scale.
    if (!(totals_[m.timed] > 0)) return true;
    const auto positive = [](double sum) { return sum > 0; };
    return positive(totals_[m.latency]) &&
           std::all_of(sums_[m.latency].begin(), sums_[m.latency].end(), positive);
  });
}

stats::QuotientColumns DecisionFigures::over(size_t top, size_t bottom) const {
  return {.top = *distinct_[top],
          .bottom = *distinct_[bottom],
          .tops = sums_[top],
          .bottoms = sums_[bottom]};
}

stats::Quotient DecisionFigures::cost_per_item(size_t model) const {
  return stats::quotient(over(models_[model].cost, size_), confidence_);
}

stats::Quotient DecisionFigures::cost_per_correct(size_t model) const {
  return stats::quotient(over(models_[model].cost, models_[model].correct), confidence_);
}

stats::Quotient DecisionFigures::latency(size_t model) const {
  return stats::quotient(over(models_[model].latency, models_[model].timed), confidence_);
}

double DecisionFigures::correct_per_item(size_t model) const {
  return divided(totals_[models_[model].correct], totals_[size_]);
}

Estimate DecisionFigures::cost_ratio(size_t b, size_t a) const {
  return stats::quotient_ratio(over(models_[b].cost, models_[b].correct),
                               over(models_[a].cost, models_[a].correct), confidence_)
      .estimate;
}

double DecisionFigures::oriented(Criterion criterion, double figure) const {
  if (criterion == Criterion::kQuality) return def_.higher_is_better ? figure : -figure;
  if (criterion == Criterion::kCost) return figure > 0 ? -std::log(figure) : kUnknown;
  return latency_by_logarithm_ ? -std::log(figure) : -figure;
}

template <typename SumOf>
CriterionValues DecisionFigures::values_of(const Columns& columns, SumOf sum) const {
  CriterionValues out{};
  out[at(Criterion::kQuality)] =
      oriented(Criterion::kQuality, divided(sum(columns.value), sum(columns.weight)));
  out[at(Criterion::kCost)] =
      columns.cost == SIZE_MAX ? kUnknown
                               : oriented(Criterion::kCost, divided(sum(columns.cost), sum(size_)));
  out[at(Criterion::kLatency)] =
      oriented(Criterion::kLatency, divided(sum(columns.latency), sum(columns.timed)));
  return out;
}

CriterionValues DecisionFigures::as_measured(size_t model) const {
  return values_of(models_[model], [this](size_t column) { return totals_[column]; });
}

std::vector<double> DecisionFigures::drawn(std::span<const size_t> models) const {
  std::vector<double> out;
  out.reserve(size_t{draws_} * models.size() * kCriterionCount);
  for (size_t r = 0; r < draws_; ++r) {
    for (const size_t m : models) {
      const CriterionValues values =
          values_of(models_[m], [this, r](size_t column) { return sums_[column][r]; });
      out.insert(out.end(), values.begin(), values.end());
    }
  }
  return out;
}

}  // namespace assay::aggregate
