// Python's two ways to format: "%05.2f" % x and "{:>8}".format(x), and numbers as both write them.
//
// Where it stands: called by the `%` operator, the filter `format` and the method `format`.
//
//   percent_format(in, "%s is %d", tuple)      str_format(in, "{0!r:>10}", args)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "suites/template/builtins.h"
#include "suites/template/value.h"

namespace assay::suites::jinja {

// Widths and precisions above this are refused.
inline constexpr int64_t kFormatWidthMax = 10'000;

// `values`: a tuple, a dict (for %(name)s), or one value.
Value percent_format(Interpreter& in, std::string_view format, const Value& values);
Value str_format(Interpreter& in, std::string_view format, const CallArgs& args);

}  // namespace assay::suites::jinja
