// Matching function calls with what was expected, as the checker of the Berkeley Function-Calling
// Leaderboard does for Python; behind the scorer `tool_calls`. Pure.
//
//   ASSAY_TRY(std::vector<ExpectedCall> expected, suites::expected_calls(row["ground_truth"]));
//   const std::string why = suites::match_calls(calls, expected, suites::tool_schemas(row));
//   // "" or what is wrong
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "suites/score/tool_call_text.h"

namespace assay::suites {

inline constexpr size_t kExpectedCallsMax = 256;

struct ExpectedCall {
  std::string name;
  Json accepted;  // argument name -> list of accepted values; "" in the list: it may be left out
};

// [{NAME: {ARGUMENT: [accepted, ...]}}] (the leaderboard's possible answers), or
// [{"name": ..., "arguments": {ARGUMENT: value}}] with one accepted value each.
Result<std::vector<ExpectedCall>> expected_calls(const Json& value);

// Parameters (a schema with `properties` and `required`) by function name, of a list of tools in
// OpenAI's or the leaderboard's form. What is neither gives nothing.
std::map<std::string, Json> tool_schemas(const Json& tools);

// "" when each expected call is met by one of `calls`, in any order, and none is left over;
// otherwise the first thing that is wrong.
// Rules: the number of calls is equal. Names are equal, where "." counts as "_" (most providers
// allow no dots). Required arguments are there; no argument is unknown; each has the type of the
// schema (string, integer, float or number, boolean, array or tuple, dict or object, any = string;
// a whole number is a float where one is asked for; a value of the accepted values' own type passes
// too) and one of the accepted values: texts without space , . / - _ * ^ and without case, ' as ",
// also inside lists (one level) and dicts (one level); the rest by Python's equality. An argument
// that is not given accepts "".
// Source: ShishirPatil/gorilla, berkeley-function-call-leaderboard, ast_checker.py (v3 and v4).
// Differences: tuples written by a model count as lists everywhere; arithmetic in arguments is not
// evaluated; a schema that lacks a type checks none.
std::string match_calls(const std::vector<FunctionCall>& calls,
                        const std::vector<ExpectedCall>& expected,
                        const std::map<std::string, Json>& schemas);

// `text` as the leaderboard compares it.
std::string standard_text(std::string_view text);

}  // namespace assay::suites
