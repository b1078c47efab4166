// Loads on a terminal: per workload the verdict, a table of the results, and what the instrument
// says of its own error, always. Inside text/ only.
//
//   out += load_text(summary.loads, language, width);
#pragma once

#include <string>

#include "harness/types/load_summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

struct LoadText {
  std::string alarm;  // INVALID with its reasons; empty: every load is valid
  std::string body;
};
LoadText load_text(const LoadSection& section, Language language, size_t width);

}  // namespace assay::reports
