// Reading and changing the fields of a data row, with errors that name the field, what was found
// and what was expected.
//
// Where it stands: below the preprocessing functions of this folder; pure.
//
//   ASSAY_TRY(const std::string sentence, text_field(row, "sentence"));
//   set_field(row, "gold", 1);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"

namespace assay::suites {

// Null fields count as missing.
Result<const Json*> field(const Json& row, std::string_view key);
// The field, or null.
const Json* find_field(const Json& row, std::string_view key);
Result<std::string> text_field(const Json& row, std::string_view key);
// A list of texts, one at least.
Result<std::vector<std::string>> texts_field(const Json& row, std::string_view key);
// A whole number, or a text that holds one, as Python's int() takes both.
Result<int64_t> integer_field(const Json& row, std::string_view key);
// A field that must lie in 0 .. count-1.
Result<int64_t> index_field(const Json& row, std::string_view key, size_t count);
// Added behind the others, or in place of the one of that name.
void set_field(Json& row, std::string_view key, Json value);
Error wrong_field(std::string_view key, const Json& found, std::string_view expected);

}  // namespace assay::suites
