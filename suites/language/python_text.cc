#include "suites/language/python_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/utf8.h"

namespace assay::suites::language {
namespace {

using Range = std::pair<char32_t, char32_t>;

template <size_t N>
bool in_ranges(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.second; });
}

// Properties Other_Uppercase and Other_Lowercase (Unicode 14, PropList.txt).
constexpr std::array<Range, 5> kOtherUpper{{{0x2160, 0x216F},
                                            {0x24B6, 0x24CF},
                                            {0x1F130, 0x1F149},
                                            {0x1F150, 0x1F169},
                                            {0x1F170, 0x1F189}}};
constexpr std::array<Range, 25> kOtherLower{
    {{0xAA, 0xAA},       {0xBA, 0xBA},       {0x2B0, 0x2B8},     {0x2C0, 0x2C1},
     {0x2E0, 0x2E4},     {0x345, 0x345},     {0x37A, 0x37A},     {0x1D2C, 0x1D6A},
     {0x1D78, 0x1D78},   {0x1D9B, 0x1DBF},   {0x2071, 0x2071},   {0x207F, 0x207F},
     {0x2090, 0x209C},   {0x2170, 0x217F},   {0x24D0, 0x24E9},   {0x2C7C, 0x2C7D},
     {0xA69C, 0xA69D},   {0xA770, 0xA770},   {0xA7F8, 0xA7F9},   {0xAB5C, 0xAB5F},
     {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA},
     {0xAB69, 0xAB69}}};
// Property Case_Ignorable, as far as it matters beside a sigma: marks, format characters, modifiers
// and the signs inside words.
constexpr std::array<Range, 24> kCaseIgnorable{
    {{0x27, 0x27},     {0x2E, 0x2E},     {0x3A, 0x3A},     {0x5E, 0x5E},     {0x60, 0x60},
     {0xA8, 0xA8},     {0xAD, 0xAD},     {0xAF, 0xAF},     {0xB4, 0xB4},     {0xB7, 0xB8},
     {0x2B0, 0x36F},   {0x374, 0x375},   {0x37A, 0x37A},   {0x384, 0x385},   {0x387, 0x387},
     {0x483, 0x489},   {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x2018, 0x2019}, {0x2024, 0x2024},
     {0x2027, 0x2027}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0xFEFF, 0xFEFF}}};

constexpr char32_t kSigma = 0x3A3;

bool is_cased(char32_t c) { return is_upper(c) || is_lower(c) || is_title_case(c); }

// A capital sigma that ends a word: after a cased letter and before none, signs inside words aside.
bool is_final_sigma(TextView text, size_t at) {
  size_t before = at;
  while (before > 0 && in_ranges(kCaseIgnorable, text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  size_t after = at + 1;
  while (after < text.size() && in_ranges(kCaseIgnorable, text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

}  // namespace

std::u32string to_points(std::string_view utf8) {
  std::u32string points;
  points.reserve(utf8.size());
  size_t at = 0;
  while (at < utf8.size()) {
    size_t plain = at;
    while (plain < utf8.size() && static_cast<unsigned char>(utf8[plain]) < 0x80) {
      points += static_cast<char32_t>(utf8[plain++]);
    }
    at = plain;
    while (plain < utf8.size() && static_cast<unsigned char>(utf8[plain]) >= 0x80) ++plain;
    for (const char32_t c : to_code_points(utf8.substr(at, plain - at))) points += c;
    at = plain;
  }
  return points;
}

std::string to_bytes(TextView text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) {
    if (c < 0x80) {
      bytes += static_cast<char>(c);
    } else {
      append_utf8(bytes, c);
    }
  }
  return bytes;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return assay::is_space(c);
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  return is_letter_or_digit(c);
}

bool is_digit(char32_t c) { return c < 0x80 ? c >= '0' && c <= '9' : is_decimal_digit(c); }

bool is_upper(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z';
  return is_upper_case(c) || in_ranges(kOtherUpper, c);
}

bool is_lower(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z';
  return is_lower_case(c) || in_ranges(kOtherLower, c);
}

bool is_upper_text(TextView text) {
  bool any = false;
  for (const char32_t c : text) {
    if (is_lower(c) || (c >= 0x80 && is_title_case(c))) return false;
    any = any || is_upper(c);
  }
  return any;
}

bool is_lower_text(TextView text) {
  bool any = false;
  for (const char32_t c : text) {
    if (is_upper(c) || (c >= 0x80 && is_title_case(c))) return false;
    any = any || is_lower(c);
  }
  return any;
}

std::u32string lower(TextView text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    const char32_t c = text[at];
    if (c < 0x80) {
      out += c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    } else if (c == 0x130) {
      out += U"i\u0307";
    } else if (c == kSigma) {
      out += is_final_sigma(text, at) ? U'\u03C2' : U'\u03C3';
    } else {
      out += lower_of(c);
    }
  }
  return out;
}

TextView strip_left(TextView text) {
  size_t begin = 0;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  return text.substr(begin);
}

TextView strip_right(TextView text) {
  size_t end = text.size();
  while (end > 0 && is_space(text[end - 1])) --end;
  return text.substr(0, end);
}

TextView strip(TextView text) { return strip_left(strip_right(text)); }

bool is_blank(TextView text) { return std::all_of(text.begin(), text.end(), is_space); }

size_t count_words(TextView text) {
  size_t words = 0;
  bool inside = false;
  for (const char32_t c : text) {
    const bool word = is_word(c);
    words += static_cast<size_t>(word && !inside);
    inside = word;
  }
  return words;
}

}  // namespace assay::suites::language
