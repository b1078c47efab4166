// The vectors of lm-evaluation-harness that judge replies: filters, exact_match and multiple
// choice. Called by lm_eval.cc.
#pragma once

#include "harness/base/json_fwd.h"

namespace assay::conformance {

Json lm_eval_filter(const Json& input);           // op `filter`
Json lm_eval_regex_filter(const Json& input);     // op `regex_filter`
Json lm_eval_multiple_choice(const Json& input);  // op `multiple_choice`

}  // namespace assay::conformance
