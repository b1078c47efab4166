// Times of a load's requests: the LoadMetrics of a LoadResult, request by request and gap by gap,
// and their correlation with the prompt's length.
//
// Where it stands: harness/aggregate; after load_rows. Definitions: docs/metrics.md.
//
//   ASSAY_TRY(result.metrics, load_metrics(store, load, rows, options));
#pragma once

#include <vector>

#include "harness/aggregate/load.h"
#include "harness/aggregate/load_rows.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

// ttft, ttfa, tpot, itl, chunk_gap, normalized, e2e, e2e_sent, queue; each over the measured
// requests that were answered, with a note where there is none or a caveat.
Result<std::vector<LoadMetric>> load_metrics(const RunStore& store, const LoadInfo& load,
                                             const LoadRows& rows, const LoadOptions& options);

// Spearman's rho of prompt tokens and TTFT over answered requests.
Estimate input_length_correlation(const LoadRows& rows, double confidence);

}  // namespace assay::aggregate
