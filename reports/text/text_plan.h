// A plan for a terminal: for each suite what it would see, in a sentence and a table, then what it
// would use, model by model.
//
//   out += plan_text(report, {.width = 100});
#pragma once

#include <string>

#include "harness/aggregate/plan.h"
#include "harness/api/reporter.h"

namespace assay::reports {

std::string plan_text(const aggregate::PlanReport& report, const ReportOptions& options);

}  // namespace assay::reports
