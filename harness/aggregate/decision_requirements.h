// Requirements: does a model pass each of them, by what assay.yaml says of it and by what was
// measured?
//
// Where it stands: harness/aggregate, called by decision.cc. Pure.
//
//   const std::vector<RequirementCheck> checks = check_requirements(rules, facts, measured);
//   if (knocks_out(checks, rules)) ...
//
// A fact that is not given, or a figure without a value, is unknown: never a pass. A measured
// figure passes or fails by its value; where its interval holds the limit too it is not shown
// (RequirementCheck::shown), because more items could turn it round. Intervals: Wilson for
// availability and the error rate, order statistics for p95, the bootstrap of the cost per item for
// the budget.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/aggregate/decision_rules.h"
#include "harness/types/decision.h"

namespace assay::aggregate {

struct MeasuredFacts {
  uint64_t answered = 0;  // items
  uint64_t failed = 0;    // items without an answer after all tries
  uint64_t retries = 0;   // tries before the last one
  Estimate p95;           // seconds
  Estimate cost_per_item;
  std::string currency;
  std::string cost_note;
};

// In the order of RequirementKind, those that the rules ask for. `facts`: nullptr where assay.yaml
// does not name the model.
std::vector<RequirementCheck> check_requirements(const RequirementRules& rules,
                                                 const ModelFacts* facts,
                                                 const MeasuredFacts& measured, double confidence);

bool knocks_out(const std::vector<RequirementCheck>& checks, const RequirementRules& rules);

}  // namespace assay::aggregate
