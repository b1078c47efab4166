// Energy of a suite's models on a terminal: a table, or why there is none. Inside text/ only.
//
//   out += suite_energy_text(suite, language, width);
#pragma once

#include <cstddef>
#include <string>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Begins with an empty line; nothing where nothing is known.
std::string suite_energy_text(const SuiteSummary& suite, Language language, size_t width);

}  // namespace assay::reports
