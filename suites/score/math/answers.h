// Finds the answer in a reply and reads it.
//
// A pure function, called by equivalence.cc for the gold text and for the reply. Places are tried
// in the order of their weight: the sentence "final answer is ...", boxes, what follows the word
// "answer", any formula, any number; of several at one weight the rightmost, and the next when it
// cannot be read. The text of the first place tried is kept beside the tree, so that answers that
// cannot be read can still be compared as texts. Source: Math-Verify 0.7 `parse` (its extraction
// modes any_match and first_match fallback).
//
//   Arena arena;
//   const Answers found = extract_math_answers("So it is $\\boxed{\\frac12}$.", {}, arena);
//   if (found.tree != nullptr) ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "suites/score/math/node.h"

namespace assay::suites::math {

inline constexpr size_t kReplyBytesMax = size_t{64} << 10;  // the end of it is looked at
inline constexpr size_t kPlacesMax = 3'000;                 // of one kind; more: not judged
inline constexpr size_t kArithmeticCostMax = 20'000'000;    // steps of the search for arithmetic

struct AnswerOptions {
  bool latex = true;         // formulas: $...$, \(...\), \[...\], \boxed{...}
  bool plain = true;         // numbers and arithmetic outside of formulas
  bool boxes_first = false;  // boxes before anything but "final answer is ... I hope"
};

struct Answers {
  const Node* tree = nullptr;
  std::optional<std::string> text;
  std::string limit;  // why the search was given up
};

// `reply` must be valid UTF-8.
Answers extract_math_answers(std::string_view reply, const AnswerOptions& options, Arena& arena);

}  // namespace assay::suites::math
