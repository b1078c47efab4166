// Accounting as text: one line a model where anything was billed.
//
//   out += accounting_text(suite, language, width, indent);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Empty where no model has a cost by tokens.
std::string accounting_text(const SuiteSummary& suite, Language language, size_t width,
                            std::string_view indent);

}  // namespace assay::reports
