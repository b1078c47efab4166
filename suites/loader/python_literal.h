// A Python literal as data: what `ast.literal_eval` gives for texts that task files make, such as
// "['yes', 'no']". lm-evaluation-harness reads lists of choices and of answers back from the text
// that a template printed.
//
// Where it stands: called by SampleMaker; pure. The text may be hostile: its size, depth and the
// time are bounded.
//
//   parse_python_literal("['a', \"it's\", 3]")     // a JSON list
//   parse_python_literal("[1][0]")                 // nothing: no literal
//
// Reads: strings (also raw, triple quoted, one after the other), whole numbers, floats, True,
// False, None, lists, tuples (as lists) and mappings with keys of text. What Python reads besides
// (bytes, sets, complex numbers, `\N{...}`, other keys) gives nothing.
#pragma once

#include <optional>
#include <string_view>

#include "harness/base/json_fwd.h"

namespace assay::suites {

inline constexpr size_t kLiteralBytesMax = size_t{1} << 20;
inline constexpr int kLiteralDepthMax = 64;

std::optional<Json> parse_python_literal(std::string_view text);

}  // namespace assay::suites
