#include "reports/html/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "harness/base/utf8.h"

namespace assay::reports::html {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Characters that show nothing or move what stands around them (Unicode general category Cf and
// Zl/Zp), and noncharacters, which are errors in HTML. Zero-width joiner and non-joiner are
// letters' business in several scripts and in emoji, and stay.
bool is_invisible(char32_t c) {
  if (c == 0x200C || c == 0x200D) return false;
  if (c >= 0x80 && c <= 0x9F) return true;
  if (c == 0xAD || c == 0x61C || c == 0x180E || c == 0xFEFF) return true;
  if (c >= 0x200B && c <= 0x200F) return true;
  if (c >= 0x2028 && c <= 0x202E) return true;
  if (c >= 0x2060 && c <= 0x206F) return true;
  if (c >= 0xFFF9 && c <= 0xFFFB) return true;
  if (c >= 0xE0000 && c <= 0xE0FFF) return true;
  return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFEU) == 0xFFFEU;
}

void append_special(std::string& out, char32_t c, bool attribute) {
  if (c == '\n') {
    out += attribute ? "&#10;" : "\n";
  } else if (c == '\t') {
    out += attribute ? "&#9;" : "\t";
  } else if (c < 0x20) {
    append_utf8(out, 0x2400 + c);
  } else if (c == 0x7F) {
    append_utf8(out, 0x2421);
  } else {
    out += fmt::format("⟦U+{:04X}⟧", static_cast<uint32_t>(c));
  }
}

std::string_view reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_plain_ascii(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7F || (byte < 0x20 && c != '\n' && c != '\t')) return false;
  }
  return true;
}

void append_ascii(std::string& out, char c, bool attribute) {
  if (const std::string_view name = reference(c); !name.empty()) {
    out += name;
  } else if (attribute && (c == '\n' || c == '\t')) {
    append_special(out, static_cast<char32_t>(c), true);
  } else {
    out += c;
  }
}

std::string escape(std::string_view text, bool attribute) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  if (is_plain_ascii(text)) {
    for (const char c : text) append_ascii(out, c, attribute);
    return out;
  }
  for (const char32_t point : to_code_points(sanitize_utf8(text))) {
    if (point >= 0x20 && point < 0x7F) {
      append_ascii(out, static_cast<char>(point), attribute);
    } else if (point < 0x20 || point == 0x7F || is_invisible(point)) {
      append_special(out, point, attribute);
    } else {
      append_utf8(out, point);
    }
  }
  return out;
}

}  // namespace

std::string escape_text(std::string_view text) { return escape(text, false); }
std::string escape_attribute(std::string_view text) { return escape(text, true); }

Excerpt excerpt(std::string_view text, size_t points_max) {
  if (text.size() <= points_max) return {sanitize_utf8(text), 0};
  // Only the part that can be shown is decoded; of the rest, lead bytes are counted.
  const auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  size_t points = 0;
  size_t end = text.size();
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_lead(text[at])) continue;
    if (points == points_max) end = std::min(end, at);
    ++points;
  }
  return {sanitize_utf8(text.substr(0, std::min(end, 4 * points_max))),
          points > points_max ? points - points_max : 0};
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const auto at = [&](size_t i) -> uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t word = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    const size_t left = bytes.size() - i;
    out += kAlphabet[word >> 18 & 63U];
    out += kAlphabet[word >> 12 & 63U];
    out += left > 1 ? kAlphabet[word >> 6 & 63U] : '=';
    out += left > 2 ? kAlphabet[word & 63U] : '=';
  }
  return out;
}

}  // namespace assay::reports::html
