// Prompts of lm-evaluation-harness's tasks (op `prompt`), by the code that FileSuite asks with.
#pragma once

#include "harness/base/json_fwd.h"

namespace assay::conformance {

Json lm_eval_prompt(const Json& input);

}  // namespace assay::conformance
