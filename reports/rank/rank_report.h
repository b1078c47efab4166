// Rankings for `assay rank`: on a terminal and as JSON (format "assay-rank-1", docs/ranking.md).
//
// Where it stands: reports/rank; called by app/ with what harness/aggregate/ranking.h gives.
//
//   std::string text = reports::rank_text(report, options);
#pragma once

#include <string>

#include "harness/aggregate/ranking.h"
#include "harness/api/reporter.h"

namespace assay::reports {

std::string rank_text(const aggregate::RankingReport& report, const ReportOptions& options);
std::string rank_json(const aggregate::RankingReport& report);

}  // namespace assay::reports
