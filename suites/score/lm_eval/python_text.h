// Python's str.lower and str.upper on UTF-8 (stripping: suites/template/text.h).
//
// Where it stands: filters and exact_match of lm-evaluation-harness. Pure functions; `text` is
// valid UTF-8.
//
//   python_lower("ΟΔΟΣ") == "οδος";   python_upper("straße") == "STRASSE"
#pragma once

#include <string>
#include <string_view>

namespace assay::suites::lm_eval {

// Full mappings of Unicode without locale: İ becomes two characters, Σ at a word's end ς.
// Source: CPython 3.11's unicodeobject. What may stand between a letter and a final Σ is a shorter
// list here: ' . : · ‘ ’, the soft hyphen and the combining marks U+0300..036F.
std::string python_lower(std::string_view text);
std::string python_upper(std::string_view text);

}  // namespace assay::suites::lm_eval
