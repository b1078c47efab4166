// decide_runs: which model to adopt on each suite of run files, why, and what would change it.
//
// Where it stands: harness/aggregate; called by app/ for `assay decide` and `assay report`,
// rendered by reports/. One thread; reads the files once and keeps some dozen bytes per sample and
// model.
//
//   ASSAY_TRY(DecisionReport report, aggregate::decide_runs(stores, names, options));
//   print(decision_outcome_name(overall_outcome(report)));
//
// Models are compared on the samples that all of them were asked, with the same prompt, data and
// scorer; where files differ in those, the definition that most models were asked with counts and
// the others are named. Same records, options and seed: same bytes. Rule: decision_choice.h;
// figures: decision_figures.h; requirements: decision_requirements.h; all in docs/decide.md.
#pragma once

#include <span>
#include <string>

#include "harness/aggregate/decision_rules.h"
#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/decision.h"

namespace assay::aggregate {

inline constexpr size_t kDecisionModelsMax = 64;  // of one suite

// Suites without a model are left out. Errors: no file; a file that cannot be read; a suite of
// `options.suites` that no file has; more than kDecisionModelsMax models.
Result<DecisionReport> decide_runs(std::span<const RunStore* const> stores,
                                   std::span<const std::string> source_names,
                                   const DecisionOptions& options);

}  // namespace assay::aggregate
