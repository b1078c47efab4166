// Accounting as JSON: what calls used and cost, by what they were for. Nothing in it was measured
// by a clock.
//
//   write_accounting(w, model.cost);   // "accounting": {...}, "projection": {...} or null
#pragma once

#include "harness/types/summary_parts.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

void write_accounting(JsonWriter& w, const CostSummary& cost);

}  // namespace assay::reports
