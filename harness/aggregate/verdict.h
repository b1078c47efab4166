// Verdict: which model of a suite is best, and whether that can be told.
//
// Where it stands: harness/aggregate, after all groups of a suite are read. Pure.
//
//   const std::optional<size_t> best = best_model(models, comparable);
//   suite.verdict = suite_verdict(suite.models, suite.comparisons, comparable, best);
//
// The best has the best headline value in the metric's direction (ties: run order). It is clearly
// best when it beats every comparable model at 5 % after Holm; those it does not beat are tied with
// it. Models whose suite had another prompt, data or scorer take no part, nor do models without
// data.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "harness/types/summary.h"

namespace assay::aggregate {

// `takes_part[i]`: model i may be the best. None has a headline value: nothing.
std::optional<size_t> best_model(std::span<const ModelResult> models,
                                 const std::vector<bool>& takes_part);

// `comparisons` have `best` as a. Fastest: lowest median latency among the best and the tied.
SuiteVerdict suite_verdict(std::span<const ModelResult> models,
                           std::span<const Comparison> comparisons,
                           const std::vector<bool>& takes_part, std::optional<size_t> best);

}  // namespace assay::aggregate
