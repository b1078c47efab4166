// Quotients of sums over drawn rows: what a correct answer costs (Σ cost / Σ correct), and how many
// times more than another model's. Models that were summed in one draw stay paired.
//
// Where it stands: harness/stats, over bootstrap.h; called by harness/aggregate. Pure; any thread.
//
//   const QuotientColumns a{.top = cost_a, .bottom = correct_a, .tops = sums_ca, .bottoms =
//   sums_na}; const Quotient price = stats::quotient(a, 0.95); const Quotient times =
//   stats::quotient_ratio(b, a, 0.95);   // b's over a's
//
// Interval: BCa over the draws, acceleration by leaving out one row at a time, the percentiles
// where BCa is undefined (bootstrap.h). Sources as there; of ratios: Efron and Tibshirani (1993),
// 10.3.
#pragma once

#include <cstdint>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// One quotient's columns: by row as measured, and by draw as summed (bootstrap_sums of the same
// rows). Rows: items, or whole clusters. All finite, none negative (programmer errors: sizes that
// do not fit together).
struct QuotientColumns {
  std::span<const double> top;
  std::span<const double> bottom;
  std::span<const double> tops;
  std::span<const double> bottoms;
};

struct Quotient {
  Estimate estimate;            // n counts rows; no value where a sum below the line is 0
  uint64_t draws_no_value = 0;  // for the same reason; left out of the interval
};

// Σ top / Σ bottom. Fewer than two rows: no interval. Half of the draws without a value: no
// interval, and the method says how many have one. No variation: an interval of width 0.
Quotient quotient(const QuotientColumns& columns, double confidence = kDefaultConfidence);

// (Σ top_b / Σ bottom_b) / (Σ top_a / Σ bottom_a), draw by draw. The rows and draws of both are the
// same (a programmer error otherwise).
Quotient quotient_ratio(const QuotientColumns& b, const QuotientColumns& a,
                        double confidence = kDefaultConfidence);

}  // namespace assay::stats
