// The member "loads" of the summary as JSON: every field of LoadSection, units in the keys
// (docs/reports.md). Nothing when the runs have no loads.
//
//   write_loads(w, summary.loads);   // inside the document's object
#pragma once

#include "harness/types/load_summary.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

void write_loads(JsonWriter& w, const LoadSection& section);
// {point, label, a, b, metric, difference, ratio, p_value, verdict}
void write_load_comparison(JsonWriter& w, const LoadComparison& comparison);

}  // namespace assay::reports
