// How alike two texts are, as RapidFuzz's ratios; the distances are in
// suites/score/text_distance.h.
//
// Where it stands: used by the scorer `ratio`; pure.
//
//   token_sort_ratio("new york mets", "mets new york") == 100
#pragma once

#include <string_view>

namespace assay::suites {

// 0..100: similarity_ratio (100 * (1 - indel / (|a| + |b|))) of both texts' words, sorted by code
// point and joined by blanks. Texts are valid UTF-8. Source: RapidFuzz, fuzz.token_sort_ratio.
double token_sort_ratio(std::string_view a, std::string_view b);

}  // namespace assay::suites
