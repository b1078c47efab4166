#include "harness/base/json.h"
#include "tests/conformance/families.h"
#include "tests/conformance/lm_eval_prompt.h"

namespace assay::conformance {

Json lm_eval_case(const Json& input) {
  if (input.value("op", std::string()) == "prompt") return lm_eval_prompt(input);
  return Json{{"error", "unknown operation " + input.value("op", std::string())}};
}

}  // namespace assay::conformance
