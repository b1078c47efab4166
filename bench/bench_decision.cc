// A decision's figures, one core: draws, cost per correct answer and its ratios, the front and rank
// acceptability.
//
//   build/release/assay_bench --benchmark_filter='decision'
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "harness/aggregate/decision_figures.h"
#include "harness/base/rng.h"
#include "harness/stats/acceptability.h"
#include "harness/stats/pareto.h"

namespace assay {
namespace {

aggregate::DecisionTable table_of(size_t items, size_t models) {
  aggregate::DecisionTable out;
  out.units = items;
  out.size.assign(items, 1.0);
  for (size_t m = 0; m < models; ++m) {
    Rng rng(7, m);
    aggregate::UnitColumns columns;
    columns.weight.assign(items, 1.0);
    columns.timed.assign(items, 1.0);
    for (size_t i = 0; i < items; ++i) {
      columns.value.push_back(rng.uniform() < 0.8 ? 1.0 : 0.0);
      columns.cost.push_back(rng.lognormal(-7, 0.8));
      columns.latency.push_back(rng.lognormal(0, 0.5));
    }
    columns.correct = columns.value;
    out.models.push_back(std::move(columns));
  }
  return out;
}

// Items × models, 10,000 resamples (fewer above 2,000 items).
void decision_figures(benchmark::State& state) {
  const auto models = static_cast<size_t>(state.range(1));
  const aggregate::DecisionTable table = table_of(static_cast<size_t>(state.range(0)), models);
  const MetricDef def{.name = "accuracy", .scorer = "exact"};
  std::vector<size_t> all;
  for (size_t m = 0; m < models; ++m) all.push_back(m);
  for (auto _ : state) {
    const aggregate::DecisionFigures figures(table, def, {});
    for (const size_t m : all) {
      benchmark::DoNotOptimize(figures.cost_per_correct(m));
      benchmark::DoNotOptimize(figures.cost_per_item(m));
      benchmark::DoNotOptimize(figures.latency(m));
      if (m > 0) benchmark::DoNotOptimize(figures.cost_ratio(m, 0));
    }
    const std::vector<double> drawn = figures.drawn(all);
    benchmark::DoNotOptimize(stats::front_membership(drawn, models, kCriterionCount));
    benchmark::DoNotOptimize(stats::rank_acceptability(
        {.values = drawn, .candidates = models, .criteria = kCriterionCount}, {}, {}));
  }
}
BENCHMARK(decision_figures)
    ->Args({2'000, 2})
    ->Args({2'000, 4})
    ->Args({2'000, 8})
    ->Args({100'000, 4})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
