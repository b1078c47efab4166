// SuiteInfo as JSON text, as the run file keeps it.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/types/manifest.h"

namespace assay::store {

std::string suite_to_json(const SuiteInfo& suite);
Result<SuiteInfo> suite_from_json(std::string_view text, const std::string& where);

}  // namespace assay::store
