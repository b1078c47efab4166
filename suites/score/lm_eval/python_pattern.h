// PythonPattern: a regular expression in the syntax of Python's `re`, written again for PCRE2, so
// that both find the same matches.
//
// Where it stands: below PythonRegex (python_regex.h), which compiles and runs the result. Called
// while a suite is loaded. Pure functions, no state.
//
//   ASSAY_TRY(const PythonPattern p, translate_python_pattern(R"((?P<year>\d{,4})\Z)"));
//   p.source          // (\p{Nd}{0,4})\z
//   p.groups          // 1
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay::suites::lm_eval {

inline constexpr size_t kPythonPatternBytesMax = size_t{64} << 10;
inline constexpr size_t kPythonGroupsMax = 1000;
inline constexpr size_t kPythonNestingMax = 200;     // parentheses within each other
inline constexpr unsigned kPythonRepeatMax = 65535;  // of {m,n}; PCRE2's limit

// What a search may do that PCRE2's step counter does not see; texts are then kept shorter.
enum class HiddenCost {
  kNone,
  kScan,       // runs to the end of the text that are never taken back: (?=.*), (?>a*), a*+, a{999}
  kReference,  // comparisons with a group
};

struct PythonPattern {
  std::string source;  // for PCRE2 with UTF, UCP, ALT_CIRCUMFLEX and newline LF
  size_t groups = 0;   // capturing ones
  HiddenCost hidden_cost = HiddenCost::kNone;
};

// Python 3.11's `re` for str patterns: what it refuses is an error here (nothing to repeat, bad
// escapes, global flags that are not at the start). Its classes \w \d \s \b are Unicode's, or
// ASCII's under (?a); (?i) knows that i, I, İ and ı are one. Not taken: \N{NAME} and repeats above
// kPythonRepeatMax. Look-behinds may be a little more than Python allows (alternatives of different
// length).
// Source: the documentation of Python's `re`, checked against Python 3.11 on
// tests/suites/score/lm_eval/python_re.jsonl.
Result<PythonPattern> translate_python_pattern(std::string_view pattern);

}  // namespace assay::suites::lm_eval
