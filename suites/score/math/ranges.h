// Sets of real numbers as ordered, disjoint ranges, and the solution sets of inequalities.
//
// Pure functions, called by equivalence.cc. Ends are constants (fractions, roots, infinities);
// sets with a symbol in them have no ranges.
//
//   const auto ranges = ranges_of(*set);   // (0, 1) with (1, 2): two ranges
#pragma once

#include <optional>
#include <vector>

#include "suites/score/math/node.h"

namespace assay::suites::math {

inline constexpr size_t kRangesMax = 200;

struct Range {
  const Node* from = nullptr;
  const Node* to = nullptr;
  bool left_open = false;
  bool right_open = false;
};

// Ordered, disjoint, not touching.
std::optional<std::vector<Range>> ranges_of(const Node& set);
bool same_ranges(const std::vector<Range>& a, const std::vector<Range>& b);

// The real solutions of a relation, or a chain of relations, that is linear in its one variable:
// 1 < x <= 3 is (1, 3]. Null for anything else.
const Node* solution_set(const Node& relation, Arena& arena);

}  // namespace assay::suites::math
