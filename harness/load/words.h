// The words that synthetic prompts are made of: common English ones, short, with the space before
// them one token each in the usual tokenizers of large vocabularies. The list is part of what a
// seed means: a changed list is another load.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace assay::load {

inline constexpr size_t kWordCount = 389;
const std::array<std::string_view, kWordCount>& words();

}  // namespace assay::load
