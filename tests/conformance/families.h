// One function for each family of conformance vectors: a case's `input` in, what Assay's own code
// makes of it out, under the keys of the vector's `expected`. A case that the code refuses gives
// {"error": reason}.
#pragma once

#include "harness/base/json_fwd.h"

namespace assay::conformance {

Json math_case(const Json& input);
Json ifeval_case(const Json& input);
Json text_metrics_case(const Json& input);
Json lm_eval_case(const Json& input);
Json statistics_case(const Json& input);
Json pricing_case(const Json& input);

}  // namespace assay::conformance
