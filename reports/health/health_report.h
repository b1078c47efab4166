// Data health for `assay suite check`: on a terminal and as JSON (format "assay-health-1",
// docs/data-health.md).
//
// Where it stands: reports/health; called by app/ with what harness/aggregate/health.h gives.
//
//   std::string text = reports::health_text(report, options);
#pragma once

#include <string>

#include "harness/aggregate/health.h"
#include "harness/api/reporter.h"

namespace assay::reports {

std::string health_text(const aggregate::CheckReport& report, const ReportOptions& options);
std::string health_json(const aggregate::CheckReport& report);

}  // namespace assay::reports
