// What changed between run files, for `assay compare A B [..]`: on a terminal, as JSON (format
// "assay-compare-1", docs/reports.md) and as an HTML page with the same style, policy and escaping
// as the verdict page.
//
// Where it stands: reports/compare; called by app/ with what harness/aggregate/compare.h gives.
//
//   ASSAY_TRY(auto report, aggregate::compare_runs(stores, names, {}));
//   std::string text = reports::compare_text(report, options);
#pragma once

#include <string>

#include "harness/aggregate/compare.h"
#include "harness/api/reporter.h"

namespace assay::reports {

std::string compare_text(const aggregate::ComparisonReport& report, const ReportOptions& options);
std::string compare_json(const aggregate::ComparisonReport& report);
std::string compare_html(const aggregate::ComparisonReport& report, const ReportOptions& options);

}  // namespace assay::reports
