// Statistics of comparisons, one core. `bench/statistics` runs these against NumPy.
//
//   build/release/assay_bench --benchmark_filter='statistics'
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/resampling.h"
#include "harness/stats/speed.h"

namespace assay {
namespace {

std::vector<double> scores(size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<double> out(count);
  for (double& v : out) v = rng.uniform();
  return out;
}

// Sums alone: resamples × items × models.
void statistics_bootstrap_sums(benchmark::State& state) {
  const auto items = static_cast<size_t>(state.range(0));
  const auto models = static_cast<size_t>(state.range(1));
  const std::vector<double> table = scores(items * models, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        stats::bootstrap_sums({.values = table, .columns = models}, {.resamples = 10'000}));
  }
}
BENCHMARK(statistics_bootstrap_sums)
    ->Args({2000, 8})
    ->Args({2000, 1})
    ->Unit(benchmark::kMillisecond);

// Sums, and the BCa interval of each model's mean.
void statistics_bootstrap_means(benchmark::State& state) {
  const std::vector<double> table = scores(2000 * 8, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        stats::bootstrap_means({.values = table, .columns = 8}, {}, {.resamples = 10'000}));
  }
}
BENCHMARK(statistics_bootstrap_means)->Unit(benchmark::kMillisecond);

// One row of a comparison: interval and sign-flip test.
void statistics_graded_difference(benchmark::State& state) {
  const auto items = static_cast<size_t>(state.range(0));
  const std::vector<double> a = scores(items, 1);
  const std::vector<double> b = scores(items, 2);
  const stats::GradedPairs pairs{
      .numerators_a = a, .weights_a = {}, .numerators_b = b, .weights_b = {}, .clusters = {}};
  for (auto _ : state) benchmark::DoNotOptimize(stats::graded_difference(pairs, {}));
}
BENCHMARK(statistics_graded_difference)
    ->Arg(200)
    ->Arg(2000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

void statistics_unpaired_speed(benchmark::State& state) {
  const auto items = static_cast<size_t>(state.range(0));
  const std::vector<double> a = scores(items, 1);
  const std::vector<double> b = scores(items, 2);
  for (auto _ : state) benchmark::DoNotOptimize(stats::unpaired_speed(a, b, {}));
}
BENCHMARK(statistics_unpaired_speed)->Arg(2000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
