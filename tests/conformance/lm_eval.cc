#include <string>

#include "harness/base/json.h"
#include "tests/conformance/families.h"
#include "tests/conformance/lm_eval_prompt.h"
#include "tests/conformance/lm_eval_scoring.h"

namespace assay::conformance {

Json lm_eval_case(const Json& input) {
  const auto op = input.value("op", std::string());
  if (op == "prompt") return lm_eval_prompt(input);
  if (op == "filter") return lm_eval_filter(input);
  if (op == "regex_filter") return lm_eval_regex_filter(input);
  if (op == "multiple_choice") return lm_eval_multiple_choice(input);
  return Json{{"error", "unknown operation " + op}};
}

}  // namespace assay::conformance
