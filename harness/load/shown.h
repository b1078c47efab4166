// shown: bytes of a hostile file as they may stand in a message.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace assay::load {

// At most 60 bytes, what is not printable ASCII as \x00, "..." after what was cut.
inline std::string shown(std::string_view text) {
  constexpr size_t kShownMax = 60;
  std::string out;
  for (const char c : text.substr(0, kShownMax)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > kShownMax) out += "...";
  return out;
}

}  // namespace assay::load
