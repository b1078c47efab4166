// A decision as JSON: decision.json (format "assay-decision-1", docs/decide.md and
// docs/schemas/decision.schema.json), and the `decision` of a summary.
//
//   const std::string text = decision_json(report);
#pragma once

#include <string>

#include "harness/types/decision.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

// The same report, the same bytes: nothing of when or where it was written is in it.
std::string decision_json(const DecisionReport& report);
// The object alone, as a value.
void write_decision(JsonWriter& w, const DecisionReport& report);

}  // namespace assay::reports
