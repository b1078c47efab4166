// summarize: run files to Summary, everything a report says.
//
// Where it stands: harness/aggregate; called by app/ after a run and for `assay report`. One
// thread; reads the files once, in order, and keeps some bytes per record of one model at a time.
//
//   const RunStore* stores[] = {store.get()};
//   const std::string names[] = {"out.assay"};
//   ASSAY_TRY(Summary summary, aggregate::summarize(stores, names, {}));
//
// Same records, same bytes: sums are taken in order of keys, whatever the order of arrival and
// however the records are spread over files (`sources`, `manifest` and names of files in warnings
// apart). Formulas: docs/metrics.md. Errors: no file; a file that cannot be read; records that
// contradict their manifest.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/cost/traffic_mix.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

struct SummarizeOptions {
  double confidence = 0.95;      // of every interval
  double alpha = 0.05;           // of a suite's verdicts, after Holm
  size_t slice_values_max = 40;  // per tag
  size_t ecdf_points_max = 200;
  double detect = 0.02;                      // difference whose number of items is asked for
  std::optional<cost::TrafficMix> mix{};     // the user's traffic, for projections
  std::optional<double> grid_grams_per_kwh;  // instead of what the run files state
};

// `source_names[i]` is what reports call `stores[i]`.
Result<Summary> summarize(std::span<const RunStore* const> stores,
                          std::span<const std::string> source_names,
                          const SummarizeOptions& options);

}  // namespace assay::aggregate
