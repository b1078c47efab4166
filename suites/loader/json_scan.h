// A quick look over one JSON object without building it: is it well formed, and where are the
// values of its keys? For the pass over all rows at load, where building a document for each would
// take most of the time.
//
// It only ever says "well formed" or "look again": whatever it is not sure of (a syntax error,
// exponents, deep nesting) goes to parse_json, which is the authority and words the error.
//
//   if (!scan_json_object(text, &members)) { ASSAY_TRY(Json row, parse_json(text, where)); ... }
#pragma once

#include <string_view>
#include <vector>

namespace assay::suites {

struct JsonMember {
  std::string_view key;    // without quotes, escapes as they stand
  std::string_view value;  // as it stands, strings with their quotes
};

// True: `text` is one well-formed JSON object (white space around it allowed). `members`, when
// given, gets its top-level members in order.
bool scan_json_object(std::string_view text, std::vector<JsonMember>* members);

}  // namespace assay::suites
