// Assertions: checks of a reply that stand in the data, one list for each row, so that rows of one
// suite may be judged by different rules. The vocabulary is promptfoo's, as far as it needs no
// second model and no script.
//
// Where it stands: behind the scorer `assertions`; `assay import` writes such lists. Pure.
//
//   {"threshold": 0.5, "assert": [{"type": "icontains", "value": "Paris", "weight": 2},
//                                 {"type": "not-regex", "value": "sorry"}]}
//
//   const AssertionResult r = suites::check_assertions(column, response);
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/response.h"

namespace assay::suites {

inline constexpr size_t kAssertionsMax = 1'000;  // of one row, those in sets included

struct AssertionResult {
  bool pass = false;
  double score = 0;      // weighted mean of the checks' scores
  std::string reason;    // of the first check that failed
  std::string unscored;  // not empty: a check met its own limit, or its value cannot be used
  // Checks with a `metric`: sum of score * weight, and of weight.
  std::map<std::string, std::pair<double, double>> named;
};

// `column`: a list of checks, or {"assert": [...], "threshold": t}. With a threshold, pass means
// score >= threshold; else that every check passes. No checks: unscored, as nothing was judged.
//
// equals (of a list or object: as JSON), contains, icontains, contains-any, contains-all,
// icontains-any, icontains-all, starts-with, ends-with, regex, is-json, contains-json (each with an
// optional schema), levenshtein (distance <= threshold, 5), rouge-n (>= threshold, 0.75), bleu (>=
// threshold, 0.5), word-count (a number, or {min, max}), finish-reason, is-valid-openai-tools-call,
// is-valid-function-call (schemas of the tools in `tools`), assert-set (assert, threshold); each
// (but the set) also with "not-" before it. `transform` lists changes of the reply first: trim,
// lower, upper.
// Source: promptfoo/promptfoo, src/assertions (contains.ts, json.ts, equals.ts, levenshtein.ts,
// rouge.ts, bleu.ts, wordCount.ts, finishReason.ts, assertionsResult.ts) and js-rouge.
// Differences: regular expressions are PCRE2; rouge-n splits words by a shorter set of rules;
// distances count code points, not UTF-16 units; an empty list is no pass.
AssertionResult check_assertions(const Json& column, const Response& response);

// "not-regex" and the like: whether check_assertions knows the type.
bool is_known_assertion(std::string_view type);

// promptfoo's BLEU: lower-cased words between spaces, 1..4-grams with weight 1/4, each clipped by
// the best single reference, a precision of 0 counted as 1e-7, brevity penalty exp(1 - c / r) where
// the candidate is not longer (so above 1 for shorter ones, as there).
double promptfoo_bleu(std::string_view candidate, const std::vector<std::string>& references);
// js-rouge's ROUGE-1: different words of both / words of the reference.
double promptfoo_rouge_1(std::string_view candidate, std::string_view reference);

}  // namespace assay::suites
