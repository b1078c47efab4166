// Bootstrap: sums over rows drawn with replacement, and the intervals that come of them. The inner
// loop of resampling.h, for those who resample a figure of their own.
//
// Where it stands: harness/stats, called by resampling.cc and speed.cc. Pure; any thread.
//
//   const RowTable scores{.values = by_item_and_model, .columns = 8};
//   const std::vector<double> sums = bootstrap_sums(scores, {.resamples = 10'000, .seed = 1});
//   const double mean_of_model_3_in_resample_7 = sums[7 * 8 + 3] / scores.rows();
//
// Chance: draw d of resample r is row ⌊h n / 2^64⌋ of n, h the d-th value of Rng(seed, r). Nothing
// is carried from one resample to the next and sums are added in a fixed order, so any number of
// threads and any split of the resamples gives the same bytes. A row's share differs from 1 / n by
// less than n / 2^64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// Bounds of what one call does, whatever it was asked for.
inline constexpr uint32_t kResamplesMin = 100;
inline constexpr uint32_t kResamplesMax = 1'000'000;

struct BootstrapDraws {
  uint32_t resamples = 10'000;
  uint64_t seed = 1;
  unsigned threads = 1;
};

// [rows × columns], row-major.
struct RowTable {
  std::span<const double> values;
  size_t columns = 1;
  [[nodiscard]] size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

// Sum of each column over as many rows as there are, drawn with replacement: [resamples × columns],
// row-major. One draw of rows serves all columns, so what is paired stays paired. No rows: zeros.
// values.size() is a multiple of columns, rows < 2^32 (programmer errors). NaN passes through.
// Source: Efron, "Bootstrap methods", Annals of Statistics 7 (1979) 1.
std::vector<double> bootstrap_sums(const RowTable& table, const BootstrapDraws& draws);

// Acceleration a = Σ d³ / (6 (Σ d²)^(3/2)), d = mean of the left-out values minus each: `left_out`
// are the figure's values without item (or cluster) 1, 2, ... None where they are all equal, or one
// is not finite. Source: Efron, JASA 82 (1987) 171; Efron and Tibshirani (1993), 14.15.
std::optional<double> jackknife_acceleration(std::span<const double> left_out);

// A figure and its values in the resamples.
struct Bootstrapped {
  double value = 0;
  // Not finite: the resample had no value and is left out.
  std::vector<double> replicates;
  std::optional<double> acceleration;  // none: percentiles instead of BCa
  double rounding = 0;                 // replicates this near `value` are equal to it
};

// BCa: percentiles Φ(z0 + (z0 + z) / (1 - a (z0 + z))) of the replicates, z0 = Φ⁻¹(share below the
// value, ties half), linear between order statistics. Where it is undefined (z0 infinite because
// every replicate lies on one side, no acceleration, or a pole) the plain percentiles stand, and
// the method says so: "percentile bootstrap (every resample on one side)". No variation: an
// interval of width 0. Fewer than kResamplesMin replicates, or half of them without a value: no
// interval. ci_low, ci_high and method are set; value and n are the caller's. Source: Efron, JASA
// 82 (1987) 171; DiCiccio and Efron, Statistical Science 11 (1996) 189; ties as
// scipy.stats.bootstrap (1.10).
Estimate bca_interval(const Bootstrapped& figure, double confidence = kDefaultConfidence);

// The same with plain percentiles (α/2, 1 - α/2).
Estimate percentile_interval(const Bootstrapped& figure, double confidence = kDefaultConfidence);

}  // namespace assay::stats
