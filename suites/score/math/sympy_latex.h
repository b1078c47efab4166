// Reads LaTeX the way SymPy's parse_latex does, for the scorer `minerva_math`, which must agree
// with lm-evaluation-harness: the longest beginning that fits is read and the rest is ignored
// ("3,4" is 3, "12\mathrm{ft}" fails only where the grammar cannot go on), unknown commands are
// symbols, `f(x)` with any argument is a function, `e`, `i` and `\pi` are plain symbols.
//
// Pure functions, called by the scorer on many threads. Source: sympy 1.14, LaTeX.g4 and
// _parse_latex_antlr.py.
//
//   minerva_equal("\\frac{1}{2}", "0.5");   // Sameness::kSame
#pragma once

#include <string>
#include <string_view>

#include "suites/score/math/evaluate.h"
#include "suites/score/math/node.h"

namespace assay::suites::math {

struct SympyResult {
  const Node* node = nullptr;  // null: SymPy raises
  std::string limit;
};

SympyResult parse_sympy_latex(std::string_view text, Arena& arena);

// `is_equiv` of minerva_math: both normalised texts parse, none is a relation, and the difference
// is zero. What SymPy's simplify() finds is taken to be what evaluate.h finds.
Sameness minerva_equal(std::string_view a, std::string_view b);

}  // namespace assay::suites::math
