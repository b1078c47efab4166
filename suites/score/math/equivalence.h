// Whether two mathematical answers say the same.
//
// Pure functions, called by the scorers `math` and `minerva_math` on many threads at once; bounded
// in time and memory whatever the texts. The rules of what counts as the same are those of
// Math-Verify 0.7 (`verify`), the arithmetic behind them is our own: forms are compared first, then
// exact rationals, then values of 60 digits at seeded points (evaluate.h). The function is not
// symmetric: `x = 5` for a gold `5` and `5` for a gold `x = 5` are right, `11a+c` for a gold
// `7 = 11a+c` is not.
//
//   const Equivalence e = equivalent("$\\frac12$", "The answer is 0.5.", {});
//   if (e.same == Sameness::kUnknown) return unscored(e.reason);
#pragma once

#include <string>
#include <string_view>

#include "suites/score/math/answers.h"
#include "suites/score/math/evaluate.h"

namespace assay::suites::math {

inline constexpr size_t kComparisonsMax = 4'000;  // of parts, in one judgement
inline constexpr size_t kMembersMax = 300;        // of a set whose members are matched
inline constexpr size_t kCompareDepthMax = 24;    // sets in sets

struct EquivalenceOptions {
  AnswerOptions gold;
  AnswerOptions prediction;
  int decimal_places = 6;             // to which decimal fractions are rounded before comparison
  bool strict = true;                 // names of variables matter
  bool relations_match_sets = false;  // 1 < x < 2 for a gold (1, 2); the other way always holds
};

struct Equivalence {
  Sameness same = Sameness::kDifferent;
  std::string prediction;  // the answer that was found in the prediction, as text
  std::string reason;      // why it differs, or why it cannot be judged
};

// `gold` and `prediction` are texts with formulas in them; valid UTF-8.
Equivalence equivalent(std::string_view gold, std::string_view prediction,
                       const EquivalenceOptions& options);

// The comparison alone, of trees of one arena.
Sameness compare_trees(const Node& gold, const Node& prediction, const EquivalenceOptions& options,
                       Arena& arena);

}  // namespace assay::suites::math
