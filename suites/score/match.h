// exact, includes and regex as pure functions; the scorers are thin around them.
//
//   suites::is_exact_match(norm, "Paris", "paris ");
//   suites::find_included("the capital is Paris.", "Paris", true);
#pragma once

#include <optional>
#include <string_view>

#include "suites/score/text_norm.h"

namespace assay::suites {

// Both sides normalised, then equal byte for byte.
bool is_exact_match(const TextNorm& norm, std::string_view answer, std::string_view target);

// `target` stands in `answer` (both already normalised). With `whole_word`, no letter or digit
// touches it on either side where it itself ends in a letter or digit. An empty target is only in
// an empty answer.
bool is_included(std::string_view answer, std::string_view target, bool whole_word);

}  // namespace assay::suites
