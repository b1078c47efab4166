// Rows of loads in the CSV report: one for each load and figure. Inside csv/ only.
#pragma once

#include <string>

#include "harness/types/load_summary.h"

namespace assay::reports {

// Rows in the columns of csv_reporter.cc: suite is the workload, tag the load's label, tag_value
// the round (from 1) or "all" for the mean over rounds.
void append_loads(std::string& out, const LoadSection& section);

}  // namespace assay::reports
