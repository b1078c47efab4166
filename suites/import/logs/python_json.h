// JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` stand as bare words, and a lone
// surrogate may stand as an escape. Both are legal there and nowhere else.
//
// Where it stands: under the log readers, on harness/base/json.h. Pure.
//
//   ASSAY_TRY(const Json line, suites::parse_python_json(R"({"acc": NaN})", "samples.jsonl", 7));
//   line["acc"]                                    // the string "NaN": never a number by accident
#pragma once

#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

// `text` with the bare words as strings of the same name and lone surrogates as U+FFFD; anything
// else, errors too, as it stands.
std::string plain_json(std::string_view text);

// As parse_json of plain_json(text). Errors name `where`:line:column (columns of the plain text).
Result<Json> parse_python_json(std::string_view text, std::string_view where, int first_line = 1);

}  // namespace assay::suites
