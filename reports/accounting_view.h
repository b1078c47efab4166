// What every form of a report says about money by tokens: which models have such a cost, the words
// of single figures, and the sentences below the table.
//
//   if (any_tokens_priced(suite)) for (const std::string& note : accounting_notes(suite, language))
//   ..
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Any of its calls has a cost of its own.
bool tokens_priced(const ModelResult& model);
bool any_tokens_priced(const SuiteSummary& suite);
bool any_projected(const SuiteSummary& suite);

// "0.0012 USD", "none correct", "n/a".
std::string per_correct_text(const CostSummary& cost, Language language);
// "0.0012 USD (3)": what so many calls cost; "0" where there was none.
std::string spent_text(const Spent& spent, std::string_view currency);
// Prices in force, calls without a cost and why, usage that contradicts itself, what a projection
// rests on; each names its model.
std::vector<std::string> accounting_notes(const SuiteSummary& suite, Language language);

}  // namespace assay::reports
