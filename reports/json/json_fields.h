// Pieces of JSON that the summary and the comparison share: an estimate, a metric, a comparison.
#pragma once

#include <string_view>

#include "harness/types/summary.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

// {"value": 0.9, "ci_low": 0.8, "ci_high": 0.95, "n": 60, "method": "wilson"}
void write_estimate(JsonWriter& w, const Estimate& estimate);
// The members of a metric's definition, into an open object: metric, scorer, higher_is_better,
// binary.
void write_metric_def(JsonWriter& w, const MetricDef& def);
std::string_view verdict_kind_name(VerdictKind kind);
std::string_view pair_verdict_name(PairVerdict verdict);

}  // namespace assay::reports
