// Reads arithmetic as it is typed: "1/2", "(3+4)*2", "2^10", "1.5 - 3".
//
// A pure function, called by answers.cc. What Python would not take as an expression is not read
// ("2 3", "1 +", "007"). Source: SymPy's parse_expr on text of digits and operators, as Math-Verify
// calls it.
#pragma once

#include <string_view>

#include "suites/score/math/node.h"

namespace assay::suites::math {

inline constexpr size_t kPlainBytesMax = 4'096;
inline constexpr size_t kPlainNestingMax = 100;

// Null when it cannot be read.
const Node* parse_plain(std::string_view text, Arena& arena);

}  // namespace assay::suites::math
