// A decision for a terminal: the sentence, a table of the models, their requirements, and what
// would change it.
//
//   out += decision_text(report, {.width = 100});
#pragma once

#include <string>

#include "harness/api/reporter.h"
#include "harness/types/decision.h"

namespace assay::reports {

std::string decision_text(const DecisionReport& report, const ReportOptions& options);
// The sentences alone, a line for each suite.
std::string decision_sentences(const DecisionReport& report, const ReportOptions& options);

}  // namespace assay::reports
