// Latency: percentiles, mean and distribution of a column of durations.
//
// Where it stands: harness/aggregate, between group.h and stats. Pure.
//
//   const LatencySummary latency = summarize_durations(std::move(group.latency), 0.95, 200);
//
// Seconds. Percentiles 50, 90, 95, 99 (type 7) with intervals by order statistics; mean with
// Student's interval; both treat items as independent. The distribution has at most `points_max`
// points (seconds, share of items at most that), the first and the last value among them. No
// durations: n = 0 and nothing else.
#pragma once

#include <span>

#include "harness/aggregate/columns.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

// Sorts the column, so it takes it over.
LatencySummary summarize_durations(DurationColumn durations, double confidence, size_t points_max);
// The same with other percentiles.
LatencySummary summarize_durations(DurationColumn durations, std::span<const double> percentiles,
                                   double confidence, size_t points_max);

}  // namespace assay::aggregate
