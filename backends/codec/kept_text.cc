#include "backends/codec/kept_text.h"

#include <algorithm>

namespace assay::backends {
namespace {

constexpr size_t kCharacterBytesMax = 4;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

size_t character_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

// Bytes at the end that begin a character and do not end it.
size_t cut_character(std::string_view text) {
  for (size_t n = 1; n <= std::min(text.size(), kCharacterBytesMax); ++n) {
    const char c = text[text.size() - n];
    if (continues(c)) continue;
    return character_bytes(c) > n ? n : 0;
  }
  return 0;
}

}  // namespace

int64_t count_code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
}

void KeptText::append_to(std::string& kept, std::string_view more) {
  bytes_ += more.size();
  if (!full_ && more.size() <= bytes_max_ - kept_bytes_) {
    kept += more;
    kept_bytes_ += more.size();
    return;
  }
  const size_t room = full_ ? 0 : static_cast<size_t>(bytes_max_ - kept_bytes_);
  kept += more.substr(0, room);
  kept_bytes_ += room;
  dropped_points_ += count_code_points(more.substr(room));
  if (full_) return;
  full_ = true;
  if (const size_t cut = cut_character(kept); cut > 0) {
    kept.resize(kept.size() - cut);
    kept_bytes_ -= cut;
    ++dropped_points_;
  }
}

void KeptText::append_all(KeptText& other) {
  append(other.text_);
  bytes_ += other.bytes_ - other.kept_bytes_;
  dropped_points_ += other.dropped_points_;
  full_ = full_ || other.full_;
  other = KeptText(other.bytes_max_);
}

}  // namespace assay::backends
