// nearest_name: "did you mean" for names that people type (backends, parameters). Called while a
// command line or a file of settings is read, never on the clock.
//
//   nearest_name("tesserract", {"tesseract", "baseline"})   // "tesseract"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The known name with the smallest edit distance (optimal string alignment: insert, delete,
// replace, swap of neighbours, each 1), the first one on a tie; empty when none is within
// max(1, length / 3) edits of what was typed. Names longer than 64 bytes match nothing.
std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);

// ", did you mean `x`?" or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

}  // namespace assay
