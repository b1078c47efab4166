// JSON values as scorers compare and find them: equality by value (key order and 1 against 1.0 do
// not matter), a hash that agrees with it, and the JSON value in a model's free text.
//
// Called by the scorers `json`, `json_schema`, `tool_calls` and `assertions`; pure.
//
//   std::optional<Json> value = suites::find_json_value("Sure:\n```json\n[1, 2]\n```");
//   suites::same_json(*value, target, {});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kJsonAnswerBytesMax = size_t{64} << 20;  // longer answers are unscored
inline constexpr size_t kJsonPiecesMax =
    32;  // places in a text where JSON may begin, tried in order
// Characters looked at while searching a text for JSON; a text of nothing but braces ends there.
inline constexpr size_t kJsonSearchCharsMax = size_t{64} << 20;

struct JsonSameness {
  bool bool_is_number = false;     // true == 1, as in Python
  bool ignore_list_order = false;  // lists are compared as bags
  bool ignore_extra_keys = false;  // objects of the first value may have more keys
  double tolerance = 0;            // numbers may differ by this much, absolutely
};

// Numbers by value, objects without the order of their keys. Values nest at most kJsonDepthMax
// deep, as parse_json makes them. Lists as bags cost the product of their lengths.
bool same_json(const Json& got, const Json& wanted, const JsonSameness& rule);

// Equal values (by the default rule) have equal hashes. Adds the number of values seen to `steps`.
uint64_t hash_json(const Json& value, uint64_t& steps);

// The value that the whole text is, without the space (and one ``` fence) around it.
Result<Json> whole_json(std::string_view text);
// The whole text, else the first fenced value, else the first object or list that parses anywhere.
std::optional<Json> find_json_value(std::string_view text);
// Every object and list of the text that is not inside another, in order; at most kJsonPiecesMax.
std::vector<Json> all_json_values(std::string_view text);

// The column `name` of the sample's row.
Result<Json> doc_column(const std::string& doc, const std::string& name);

}  // namespace assay::suites
