// A run in Google Benchmark's JSON, for its tools/compare.py and for CI actions that read it.
//
// Where it stands: reports/export; called by `assay export --format gbench`. Pure: from the summary
// alone.
//
//   std::string json = reports::gbench_json(summary);
//
// Loads: one benchmark for each model, load point and metric, one row for each round:
//   qwen/concurrency:8/ttft        real_time: mean; iterations: n; counters for all the rest
//   qwen/concurrency:8/ttft/p99    real_time: that percentile (p50 too), where it has a value
//   qwen/concurrency:8/output_token, .../request   real_time: 1 / throughput, so that smaller is
//                                  better as everywhere in the format
// with rows _mean, _median, _stddev and _cv over valid rounds where there are at least two. Rows of
// an invalid load carry error_occurred and error_message. Probes of a search are left out: their
// loads differ from run to run.
//
// Other runs: model/suite/latency (and ttft, where replies stream): real_time is the mean,
// iterations the answered items, the headline metric a counter.
//
// cpu_time of loads is this program's CPU time per request, of other runs the model's CPU time per
// item; 0 where it was not measured.
//
// Source of the format: Google Benchmark 1.7.1, docs/user_guide.md "Output Formats" and
// tools/gbench/report.py (names, time_unit, real_time, cpu_time, run_type); the CI action
// github-action-benchmark reads name, real_time, time_unit, iterations, cpu_time, threads.
#pragma once

#include <string>

#include "harness/types/summary.h"

namespace assay::reports {

std::string gbench_json(const Summary& summary);

}  // namespace assay::reports
