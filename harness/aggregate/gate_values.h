// item_values: stored values of some items of a run file, for the gate's confirmation round.
//
// Where it stands: harness/aggregate; app/ makes GateAsking::baseline of it. One thread.
//
//   asking.baseline = [&](const ConfirmAsk& ask) {
//     return item_values(*old_store, ask.suite, ask.baseline_model, ask.metric, ask.items);
//   };
#pragma once

#include <string>
#include <vector>

#include "harness/aggregate/gate.h"
#include "harness/api/run_store.h"

namespace assay::aggregate {

// Σ value·weight / Σ weight over each item's scored repeats (a metric that votes over repeats
// counts as their mean here). Items without a scored repeat, or not in the file, are left out.
// Errors: the file cannot be read.
Result<std::vector<ConfirmedItem>> item_values(const RunStore& store, const std::string& suite,
                                               const std::string& model, const std::string& metric,
                                               const std::vector<std::string>& items);

}  // namespace assay::aggregate
