// Figures of groups of suites (MMLU of its subjects).
//
// Where it stands: harness/aggregate, used by summarize.cc when all suites are done. Pure.
//
//   summary.groups = group_summaries(summary.suites);
//
// Formula: m = Σ w_s m_s over the group's suites s that have a figure; w_s = n_s / Σ n (weighted by
// size) or 1 / k. Suites are strata, sampled apart from each other: SE² = Σ w_s² SE_s², interval
// m ± z SE, within 0..1 for shares. Source: Cochran, Sampling Techniques (3rd ed.), 5.3; the value
// is that of lm-evaluation-harness 0.4.9, aggregate_subtask_metrics. (Its pooled standard error
// ignores that suites differ in difficulty; see docs/metrics.md.) Edge cases: a suite without a
// figure or another aggregation than the first is left out and counted; no error of a suite: no
// interval.
#pragma once

#include <vector>

#include "harness/types/summary.h"

namespace assay::aggregate {

std::vector<GroupSummary> group_summaries(const std::vector<SuiteSummary>& suites,
                                          double confidence);

}  // namespace assay::aggregate
