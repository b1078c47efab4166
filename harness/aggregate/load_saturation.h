// Saturation: whether an open loop put more on a model than it could take, so that a backlog grew
// until the end and every latency would have gone on rising.
//
// Where it stands: harness/aggregate; after load_rows. Pure.
//
//   result.saturated = is_saturated(load, rows);
//
// Requests in order of due time, latency from due time, in 20 batches (at least 40 requests:
// otherwise nothing is claimed). Saturated when all three hold:
//   1. the batches' mean latencies rise: Mann-Kendall's z > 2.33 (one-sided 1 %);
//   2. the last quarter's mean latency is at least 1.5 times the first half's;
//   3. at the last due time at least 1.5 times as many requests are unanswered as at the first
//      half's due times on average, and at least two more.
// The first finds a trend in noise, the other two ask that it matters: latencies of a queue below
// capacity depend on each other and wander, and a trend test alone would take an excursion for a
// trend. A backlog of λ - μ a second is found once it outgrows the latencies themselves; a load
// only a little above capacity needs a longer run. Requests that timed out count with the time they
// took. A load that its own run stopped as saturated is.
#pragma once

#include "harness/aggregate/load_rows.h"
#include "harness/types/load.h"

namespace assay::aggregate {

bool is_saturated(const LoadInfo& load, const LoadRows& rows);

}  // namespace assay::aggregate
