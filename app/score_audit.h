// assay score RUN --audit: several extractors side by side over the stored replies.
#pragma once

#include <string>
#include <vector>

#include "harness/base/result.h"

namespace assay::app {

struct AuditFlags {
  std::string run;
  std::vector<std::string> suites;    // empty: all
  std::vector<std::string> extracts;  // rules of the user's own, as `extract` is written
  uint64_t limit = 20;                // disagreements listed for each suite
  bool json = false;
};

// Reads the run file only; prints; an exit code.
Result<int> audit_run(const AuditFlags& flags);

}  // namespace assay::app
