// A plan as JSON (docs/plan.md).
//
//   std::string text = plan_json(report);
#pragma once

#include <string>

#include "harness/aggregate/plan.h"

namespace assay::reports {

std::string plan_json(const aggregate::PlanReport& report);

}  // namespace assay::reports
