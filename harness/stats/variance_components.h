// Variance components: how much of a suite's noise comes from which questions were asked, and how
// much from a model answering the same question differently each time.
//
// Where it stands: harness/stats, called by harness/aggregate/plan. Pure; any thread.
//
//   const VarianceComponents v = stats::variance_components(values, group_of_value);
//   const double error = std::sqrt(stats::variance_of_mean(v, items, repeats));
//
// One-way random effects: x_ij = mu + item_i + sample_ij. With N values of I items, k_i of item i:
//   within  = Σ_i Σ_j (x_ij - x̄_i)² / (N - I)                    unset when no item has two values
//   MSB     = Σ_i k_i (x̄_i - x̄)² / (I - 1),  k0 = (N - Σ k_i² / N) / (I - 1)
//   between = max(0, (MSB - within) / k0)                       unset when I < 2 or within is unset
//   Var(mean of I items, K samples each) = between / I + within / (I K)
// The last is pass@1's variance: only its second half shrinks with more samples.
// Edge cases: no value: nothing; all equal: both 0; a negative difference counts as 0; NaN:
// refused. Source: Searle, Casella, McCulloch, "Variance Components" (Wiley 1992), section 3.6
// (ANOVA estimators, unbalanced data).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

struct VarianceComponents {
  uint64_t items = 0;
  uint64_t values = 0;
  std::optional<double> mean;     // over values
  std::optional<double> between;  // variance of an item's expectation
  std::optional<double> within;   // variance of one sample of an item
};

// `item[i]` names the item of value i: any numbers, in any order.
VarianceComponents variance_components(std::span<const double> values,
                                       std::span<const uint32_t> item);

// between / items + within / (items · repeats); an unset part counts as 0. items, repeats >= 1.
double variance_of_mean(const VarianceComponents& v, uint64_t items, uint64_t repeats);

}  // namespace assay::stats
