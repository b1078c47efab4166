// Throughput of a server as `assay bench` measured it: goodput at the SLO times the tokens of a
// request.
//
//   ASSAY_TRY(const MeasuredThroughput measured, measured_throughput(loads, "qwen",
//   "bench.assay"));
#pragma once

#include <string>

#include "app/tco_config.h"
#include "harness/base/result.h"
#include "harness/types/load_summary.h"

namespace assay::app {

// The valid load of the model (empty: the only one of the file) that met its SLO in every round
// with the highest goodput, mean over its rounds. Tokens of a request are the mean over the good
// replies' usage, cached input and reasoning included. Errors: no such model, no load that met an
// SLO, a usage that nobody said.
Result<MeasuredThroughput> measured_throughput(const LoadSection& loads, const std::string& model,
                                               const std::string& run);
// The same of a run file.
Result<MeasuredThroughput> measure_run(const std::string& run, const std::string& model);

}  // namespace assay::app
