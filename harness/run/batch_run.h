// run_batches: asks what is outstanding through the providers' batch endpoints, waits, and stores
// the replies; what failed, expired or is missing is left for the run to ask one by one.
//
// Where it stands: called by run() on the main thread, before the clock. Replies are stored without
// scores and without times; run() judges them.
//
// Nothing is paid twice: what is in a batch is written down before it is sent (batch_book.h), the
// provider's id right after it, and the replies in one transaction with the end of the batch. Where
// the id was never read (a kill, a lost connection), the provider's list of batches says whether
// there is one; only what is absent in two looks, one poll apart, counts as never created. While a
// file has open batches, their requests go nowhere else.
//
//   ASSAY_TRY(outcome.batch, run_batches(request, plan, spending, replan, stop));
//   if (outcome.batch.interrupted) ...      // they go on at the provider
//
// Money: the worst case of each request is reserved before it is submitted, and settled when the
// batch is collected; what did not fit into the budget is submitted in a further round.
#pragma once

#include <functional>
#include <stop_token>

#include "harness/base/result.h"
#include "harness/run/plan.h"
#include "harness/run/run.h"
#include "harness/run/spending.h"

namespace assay::run {

// Without request.batch nothing is submitted, and a file with open batches is an error. `replan`
// makes the plan anew from the file.
Result<BatchTotals> run_batches(RunRequest& request, RunPlan& plan, Spending& spending,
                                const std::function<Result<RunPlan>()>& replan,
                                const std::stop_token& stop);

// Whether requests through a batch have a price now.
bool has_batch_price(const ModelPrices& prices);

}  // namespace assay::run
