// Self-hosting on a terminal: the options side by side, break-even, cost over the volume, memory,
// and every input with where it comes from. English and Korean.
//
//   out += tco_text(report, {.width = 100});
#pragma once

#include <string>

#include "harness/api/reporter.h"
#include "harness/types/tco.h"

namespace assay::reports {

std::string tco_text(const TcoReport& report, const ReportOptions& options);

}  // namespace assay::reports
