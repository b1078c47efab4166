// --batch as the command line sees it: which models can, whether a budget can hold, what to say.
//
//   ASSAY_TRY_VOID(check_batch(flags, models));
//   request.batch = batch_settings(flags);
//   print_open_batches(outcome.batch);
#pragma once

#include <optional>
#include <vector>

#include "app/run_flags.h"
#include "harness/base/result.h"
#include "harness/run/run.h"

namespace assay::app {

// Errors: no model has a batch endpoint; a budget, and no price of a batch. Models without one and
// costs that will not be known are said on stderr.
Result<void> check_batch(const RunFlags& flags, const std::vector<run::RunModel>& models);

// Nothing without --batch.
std::optional<run::BatchSettings> batch_settings(const RunFlags& flags);

// What goes on at the provider after an interrupt; nothing where nothing does.
void print_open_batches(const run::BatchTotals& totals);

}  // namespace assay::app
