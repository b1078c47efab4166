// Where a gate's result goes: files, standard output, GitHub. All forms of one result in one pass.
//
//   ASSAY_TRY_VOID(write_gate(result, outputs));
#pragma once

#include <string>

#include "harness/aggregate/gate.h"
#include "harness/base/result.h"

namespace assay::app {

inline constexpr uint64_t kStepSummaryMax = uint64_t{1} << 20;  // GitHub's limit per step

struct GateOutputs {
  std::string json;  // a path, "-" for standard output, empty: not asked for
  std::string junit;
  std::string markdown;
  std::string id = "gate";  // of the marker in the Markdown
  bool github = false;      // step summary and annotations
  bool quiet = false;
};

// Errors: two outputs on standard output, before anything is judged.
Result<void> check_outputs(const GateOutputs& outputs);
// Errors: a file that cannot be written.
Result<void> write_gate(const aggregate::GateResult& result, const GateOutputs& outputs);

}  // namespace assay::app
