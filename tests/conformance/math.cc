#include "harness/base/json.h"
#include "tests/conformance/families.h"

namespace assay::conformance {

Json math_case(const Json& input) {
  return Json{{"error", "unknown operation " + input.value("op", std::string())}};
}

}  // namespace assay::conformance
