// Loads: records of `assay bench` → LoadResult, LoadPoint, LoadSection. Definitions and formulas:
// docs/metrics.md.
//
// Where it stands: harness/aggregate; called by summarize.cc after the quality part, and by app's
// search after each probe (one load alone). Reads one load at a time and keeps durations only, so
// that memory does not grow with the length of replies.
//
//   ASSAY_TRY(const LoadResult result, aggregate::summarize_load(store, info, {}));
//   ASSAY_TRY(LoadSection loads, aggregate::summarize_loads(stores, names, {}));
#pragma once

#include <span>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/load_summary.h"
#include "harness/types/manifest.h"

namespace assay::aggregate {

// Beyond these the instrument's own error is too large for what it measured.
struct InstrumentLimits {
  double dispatch_late_p99_s = 0.010;  // open loops
  // Of chunks, where the loop is later than timer_late_p99_s. Chunks that share a stamp spoil as
  // many gaps as they are: from 1 % on, the 99th percentile of ITL is one of them.
  double coalesced_share = 0.01;
  double timer_late_p99_s = 0.001;   // without kernel stamps: nothing else knows when bytes came
  double loop_lag_p99_s = 0.001;     // without kernel stamps
  double kernel_stamp_share = 0.95;  // less of chunks: counts as without kernel stamps
};

struct LoadOptions {
  double confidence = 0.95;
  size_t ecdf_points = 200;
  size_t buckets = 60;  // of the time series, at most
  InstrumentLimits limits;
};

Result<LoadResult> summarize_load(const RunStore& store, const LoadInfo& load,
                                  const LoadOptions& options);
// The same for callers that have read the file's manifest.
Result<LoadResult> summarize_load(const RunStore& store, const LoadInfo& load,
                                  const Manifest& manifest, const LoadOptions& options);
// Points with their rounds, comparisons, searches; empty where no file has loads. `names[i]` is
// what reports call `stores[i]`; it tells models of one name apart.
Result<LoadSection> summarize_loads(std::span<const RunStore* const> stores,
                                    std::span<const std::string> names, const LoadOptions& options);

// "concurrency 8", "10 requests/s, Poisson", "trace azure_code.csv, 20 x", "burst of 64".
std::string load_label(const LoadInfo& load);

// The model that a load was put on; one that the manifest does not know gets a name of its row.
ModelInfo model_of_load(const Manifest& manifest, const LoadInfo& load);

}  // namespace assay::aggregate
