#include "harness/base/utf8.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace assay {
namespace {

const utf8proc_uint8_t* raw(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

// Decodes one code point; returns its length, or -1 with nothing decoded.
int decode(std::string_view text, size_t at, utf8proc_int32_t& point) {
  const auto n =
      utf8proc_iterate(raw(text) + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
  return n > 0 ? static_cast<int>(n) : -1;
}

template <typename F>
void for_each_point(std::string_view text, F&& f) {
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = 0;
    const int n = decode(text, at, point);
    if (n < 0) {
      f(char32_t{0xFFFD}, at, 1);
      ++at;
    } else {
      f(static_cast<char32_t>(point), at, n);
      at += static_cast<size_t>(n);
    }
  }
}

utf8proc_category_t category(char32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

// How many bytes of an invalid sequence one U+FFFD replaces: the maximal valid prefix of a sequence
// (Unicode 3.9, "substitution of maximal subparts"), at least one.
size_t invalid_length(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t want = lead >= 0xF0 && lead <= 0xF4  ? 4
                      : lead >= 0xE0 && lead < 0xF0 ? 3
                      : lead >= 0xC2 && lead < 0xE0 ? 2
                                                    : 1;
  size_t n = 1;
  while (n < want && at + n < text.size()) {
    const auto c = static_cast<unsigned char>(text[at + n]);
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (n == 1) {
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    }
    if (c < low || c > high) break;
    ++n;
  }
  return n;
}

}  // namespace

std::optional<size_t> invalid_utf8_at(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    utf8proc_int32_t point = 0;
    const int n = decode(bytes, at, point);
    if (n < 0) return at;
    at += static_cast<size_t>(n);
  }
  return std::nullopt;
}

std::string sanitize_utf8(std::string_view bytes) {
  if (!invalid_utf8_at(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() + 8);
  for (size_t at = 0; at < bytes.size();) {
    utf8proc_int32_t point = 0;
    const int n = decode(bytes, at, point);
    if (n < 0) {
      out += "\xEF\xBF\xBD";
      at += invalid_length(bytes, at);
    } else {
      out.append(bytes, at, static_cast<size_t>(n));
      at += static_cast<size_t>(n);
    }
  }
  return out;
}

std::vector<char32_t> to_code_points(std::string_view text) {
  std::vector<char32_t> points;
  points.reserve(text.size());
  for_each_point(text, [&](char32_t point, size_t, int) { points.push_back(point); });
  return points;
}

void append_utf8(std::string& out, char32_t point) {
  utf8proc_uint8_t bytes[4];
  const auto n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n > 0 ? n : 0));
}

std::string to_utf8(const std::vector<char32_t>& points) {
  std::string out;
  out.reserve(points.size());
  for (const char32_t point : points) append_utf8(out, point);
  return out;
}

std::string normalize(std::string_view text, NormalForm form) {
  if (form == NormalForm::kNone) return std::string(text);
  int options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  if (form == NormalForm::kNfkc) options |= UTF8PROC_COMPAT;
  utf8proc_uint8_t* mapped = nullptr;
  const auto n = utf8proc_map(raw(text), static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                              static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (n < 0) return std::string(text);
  return {reinterpret_cast<const char*>(mapped), static_cast<size_t>(n)};
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_point(text, [&](char32_t point, size_t, int) {
    append_utf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point))));
  });
  return out;
}

bool is_space(char32_t point) {
  if (point == ' ' || (point >= 0x09 && point <= 0x0D) || point == 0x85) return true;
  const auto c = category(point);
  return c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP;
}

bool is_punctuation(char32_t point) {
  const auto c = category(point);
  return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
}

bool is_symbol(char32_t point) {
  const auto c = category(point);
  return c >= UTF8PROC_CATEGORY_SM && c <= UTF8PROC_CATEGORY_SO;
}

bool is_letter_or_digit(char32_t point) {
  const auto c = category(point);
  return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
         (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

bool is_letter(char32_t point) {
  const auto c = category(point);
  return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal_digit(char32_t point) { return category(point) == UTF8PROC_CATEGORY_ND; }
bool is_upper_case(char32_t point) { return category(point) == UTF8PROC_CATEGORY_LU; }
bool is_lower_case(char32_t point) { return category(point) == UTF8PROC_CATEGORY_LL; }
bool is_title_case(char32_t point) { return category(point) == UTF8PROC_CATEGORY_LT; }

bool is_case_ignorable(char32_t point) {
  switch (category(point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      break;
  }
  // Word_Break MidLetter, MidNumLet and Single_Quote.
  constexpr std::u32string_view kInsideWords =
      U"'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";
  return kInsideWords.find(point) != std::u32string_view::npos;
}

bool is_printable(char32_t point) {
  if (point == ' ') return true;
  const auto c = category(point);
  return c != UTF8PROC_CATEGORY_CN && (c < UTF8PROC_CATEGORY_ZS || c > UTF8PROC_CATEGORY_CO);
}

char32_t upper_of(char32_t point) {
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(point)));
}
char32_t lower_of(char32_t point) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}
char32_t title_of(char32_t point) {
  return static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(point)));
}

std::vector<std::string_view> graphemes(std::string_view text) {
  std::vector<std::string_view> clusters;
  utf8proc_int32_t state = 0;
  char32_t previous = 0;
  size_t begin = 0;
  for_each_point(text, [&](char32_t point, size_t at, int) {
    if (at > 0 && utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(previous),
                                                   static_cast<utf8proc_int32_t>(point), &state)) {
      clusters.push_back(text.substr(begin, at - begin));
      begin = at;
    }
    previous = point;
  });
  if (begin < text.size()) clusters.push_back(text.substr(begin));
  return clusters;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for_each_point(text, [&](char32_t point, size_t, int) {
    const int w = utf8proc_charwidth(static_cast<utf8proc_int32_t>(point));
    width += static_cast<size_t>(w > 0 ? w : 0);
  });
  return width;
}

std::string truncate_to_width(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  size_t width = 0;
  bool full = false;
  for_each_point(text, [&](char32_t point, size_t at, int n) {
    const int w = utf8proc_charwidth(static_cast<utf8proc_int32_t>(point));
    if (full || width + static_cast<size_t>(w > 0 ? w : 0) > columns - 1) {
      full = true;
      return;
    }
    width += static_cast<size_t>(w > 0 ? w : 0);
    out.append(text, at, static_cast<size_t>(n));
  });
  return out + "…";
}

}  // namespace assay
