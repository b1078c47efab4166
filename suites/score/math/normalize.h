// Brings a LaTeX answer into the form that the parser reads: boxes opened, unit words and text
// spacing dropped, shorthand fractions and roots given their braces.
//
// Pure functions, called by answers.cc for each formula found in a reply. Source of the rules and
// of their order: latex2sympy2_extended 1.10 `normalize_latex` as Math-Verify configures it; the
// repairs of fractions and roots there come from hendrycks/math.
//
//   normalize_latex("\\dfrac12 \\text{ cm}", Boxes::kAll);   // "\\frac{1}{2}"
#pragma once

#include <string>
#include <string_view>

namespace assay::suites::math {

enum class Boxes {
  kAll,   // the inside of every \boxed{} or \fbox{}, joined by commas
  kLast,  // the last, and those before it that belong to it
};

// `text` must be valid UTF-8. When a pattern's limit is hit, `limit` says which.
std::string normalize_latex(std::string_view text, Boxes boxes, std::string& limit);

// The inside of the boxes; the text itself when there is none.
std::string boxed_content(std::string_view text, Boxes boxes);

}  // namespace assay::suites::math
