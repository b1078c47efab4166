// Json: the document type (nlohmann's, key order kept), parsing with file:line:column in the error,
// and getters that say what was found and expected. Heavy: include it in .cc files; headers take
// json_fwd.h.
//
//   ASSAY_TRY(Json doc, parse_json(text, "models.json"));
//   ASSAY_TRY(const std::string name, get_string(doc, "name", "models.json"));
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay {

inline constexpr int kJsonDepthMax = 256;  // deeper input is refused, not recursed into

// `where` names the source in errors; `first_line` is the line number of the first line of `text`.
// Errors: "where:line:column: <what>". Invalid UTF-8 is an error.
Result<Json> parse_json(std::string_view text, std::string_view where, int first_line = 1);
// Compact, keys in order; bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const Json& value);
std::string dump_json_pretty(const Json& value);
// `text` as a JSON string literal with its quotes, appended to `out`; the fast path for encoders.
void append_json_string(std::string& out, std::string_view text);
// "a string", "an object" ... for messages.
std::string json_type_name(const Json& value);

// Member of an object by type; an error names `where`, the key, what was found and what was
// expected.
Result<std::string> get_string(const Json& object, std::string_view key, std::string_view where);
Result<double> get_number(const Json& object, std::string_view key, std::string_view where);
Result<int64_t> get_integer(const Json& object, std::string_view key, std::string_view where);
// The member or nullptr.
const Json* find_member(const Json& object, std::string_view key);

}  // namespace assay
