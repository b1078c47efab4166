// Health of a suite in sentences, the same for the text and the HTML report.
//
//   for (const std::string& sentence : health_sentences(suite, language)) ...
#pragma once

#include <string>
#include <vector>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Nothing where nothing is known. Names are untrusted: the caller escapes.
std::vector<std::string> health_sentences(const SuiteSummary& suite, Language language);
// "3, 17, 20 and 4 more": positions of items, from 1; empty for none.
std::string health_positions(const std::vector<HealthItem>& items, uint64_t total,
                             Language language);

}  // namespace assay::reports
