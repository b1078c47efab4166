// The self-hosting report of a configuration: its `tco:` section, read and computed.
//
//   ASSAY_TRY(const TcoReport report, tco_report("assay.yaml", flags));
#pragma once

#include <string>

#include "app/tco_config.h"
#include "harness/base/result.h"
#include "harness/types/tco.h"

namespace assay::app {

// Errors: no such file, no section `tco` in it, or what read_tco() says. Opens run files.
Result<TcoReport> tco_report(const std::string& config, const TcoFlags& flags);

}  // namespace assay::app
