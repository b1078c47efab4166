// Trends over runs as JSON: the member "trends" of a summary, and the document of `assay history
// show --json` (docs/history.md). Nothing when there are none.
//
//   write_trends(w, summary.trends);   // inside the document's object
#pragma once

#include <span>
#include <string>

#include "harness/types/history.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

void write_trends(JsonWriter& w, std::span<const Trend> trends);
std::string trends_json(std::span<const Trend> trends);

}  // namespace assay::reports
