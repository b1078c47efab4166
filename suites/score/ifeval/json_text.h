// Is a text what Python's json.loads accepts?
//
// Where it stands: used by the instruction `detectable_format:json_format`. Pure; linear in the
// text; nesting costs memory, not stack, so it is not limited.
//
// Beyond RFC 8259, as CPython 3.11's json: NaN, Infinity and -Infinity are values, lone surrogate
// escapes are strings, and a whole number of more than 4,300 digits is refused.
//
//   is_python_json(R"({"a": [1, NaN]})")   // true
#pragma once

#include <string_view>

namespace assay::suites::ifeval {

bool is_python_json(std::string_view text);

}  // namespace assay::suites::ifeval
