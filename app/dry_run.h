// --dry-run: the exact requests a run would send, on standard output; nothing is asked, no file is
// written.
//
//   ASSAY_TRY_VOID(print_requests(models, suites, load_image));
#pragma once

#include <vector>

#include "harness/run/run.h"

namespace assay::app {

// In the order of a run, first tries only. Secrets are redacted by the backends. Ends with a count,
// and the most it can cost where prices are known, on standard error.
Result<void> print_requests(const std::vector<run::RunModel>& models,
                            const std::vector<const Suite*>& suites, run::LoadImage load_image);

}  // namespace assay::app
