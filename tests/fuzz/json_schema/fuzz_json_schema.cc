// A schema and a value from outside, divided by the first line end; and the scorers that read rows
// and calls on the same bytes. None may crash, and equal values must have equal verdicts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/score/assertions.h"
#include "suites/score/json_schema.h"
#include "suites/score/json_value.h"
#include "suites/score/tool_calls.h"

namespace {

using namespace assay::suites;  // NOLINT(google-build-using-namespace): a test of this folder

void require(bool condition) {
  if (!condition) std::abort();
}

void validate(const assay::Json& schema, const assay::Json& value) {
  const auto compiled = JsonSchema::compile(schema);
  if (!compiled) return;
  const JsonSchema::Verdict first = compiled->validate(value);
  const JsonSchema::Verdict second = compiled->validate(value);
  require(first.fit == second.fit && first.reason == second.reason);
  require((first.fit == JsonSchema::Fit::kYes) == first.reason.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = assay::sanitize_utf8({reinterpret_cast<const char*>(data), size});
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string_view rest = std::string_view(text).substr(std::min(line + 1, text.size()));
  const auto schema = assay::parse_json(std::string_view(text).substr(0, line), "schema");
  const auto value = find_json_value(rest);
  if (schema && value) {
    validate(*schema, *value);
    require(same_json(*value, *value, {}) == same_json(*value, assay::Json(*value), {}));
  }
  assay::Response response;
  response.answer = rest;
  if (schema) {
    (void)check_assertions(*schema, response);
    const auto expected = expected_calls(*schema);
    if (expected) (void)match_calls(calls_of(response), *expected, tool_schemas(*schema));
  }
  (void)calls_in_text(text);
  return 0;
}
