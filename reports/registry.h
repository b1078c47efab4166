// The report forms that exist: an explicit table. Called by app/.
//
//   const Reporter* html = reports::find_reporter("html");
//   ASSAY_TRY(std::string page, html->write(summary, stores, options));
#pragma once

#include <span>
#include <string_view>

#include "harness/api/reporter.h"

namespace assay::reports {

std::span<const Reporter* const> all_reporters();
const Reporter* find_reporter(std::string_view name);  // nullptr: no such form

}  // namespace assay::reports
