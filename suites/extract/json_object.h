// Finds the JSON object in a model's free text: in a ```json fence, or the first balanced braces
// that parse.
//
// Called by the `json` extractor and the `fields` scorer.
//
//   std::optional<Json> object = suites::first_json_object("Sure! ```json\n{\"total\": 9}\n```");
#pragma once

#include <optional>
#include <string_view>

#include "harness/base/json_fwd.h"

namespace assay::suites {

inline constexpr int kJsonCandidatesMax =
    32;  // opening braces tried, so that "{{{{..." stays cheap

// A fenced object comes before a bare one. Commas before a closing bracket are forgiven; nothing
// else is. Deeper than kJsonDepthMax, cut off or otherwise broken: none.
std::optional<Json> first_json_object(std::string_view text);

}  // namespace assay::suites
