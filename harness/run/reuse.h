// reuse_answers: the response cache. Answers of another run file to the same request (same model
// configuration, same messages and parameters, same repeat) are stored instead of asked for again.
//
// Called by run() on the main thread, before the clock. Scores are not taken over: what is reused
// is judged like any stored reply.
//
//   ASSAY_TRY(uint64_t reused, reuse_answers(store, *other, plan));   // then make the plan anew
#pragma once

#include <cstdint>

#include "harness/api/resumable_store.h"
#include "harness/run/plan.h"

namespace assay::run {

// How many items of `plan` that had no answer now have one. Their cost is 0 (nothing was paid),
// their details name the file. Samples that `store` does not have yet are added.
Result<uint64_t> reuse_answers(ResumableStore& store, const RunStore& other, const RunPlan& plan);

}  // namespace assay::run
