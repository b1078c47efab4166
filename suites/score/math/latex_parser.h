// Reads a LaTeX answer into a tree: numbers, expressions, equations and chains of inequalities,
// intervals, sets, tuples, matrices, lists of these.
//
// A pure function, called by answers.cc for each formula that was found in a reply. Every token
// must be used; what does not fit the grammar is "not read", which is no error. Source of the
// grammar and of what becomes of each form: latex2sympy2_extended 1.10, as Math-Verify calls it
// (symbols in lower case, degrees dropped, `2\frac{1}{2}` a mixed number, `(1,2)` an interval,
// `(2,1)` and `(1,2,3)` tuples, `1,2` a set, `400,000` a number).
//
//   Arena arena;
//   const LatexResult read = parse_latex("x=\\frac{1}{2}", arena);
//   if (read.node != nullptr) use(*read.node);
#pragma once

#include <string>
#include <string_view>

#include "suites/score/math/node.h"

namespace assay::suites::math {

inline constexpr size_t kFormulaBytesMax = size_t{64} << 10;
inline constexpr size_t kParseStepsMax = 400'000;

struct LatexResult {
  const Node* node = nullptr;  // null: not read
  std::string limit;           // why the reading was given up
};

LatexResult parse_latex(std::string_view text, Arena& arena);

// Whether the text looks like it speaks of complex numbers or matrices: then its symbols are not
// taken for real ones.
bool looks_complex(std::string_view text);

}  // namespace assay::suites::math
