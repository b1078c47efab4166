#include "suites/score/lm_eval/python_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "harness/base/utf8.h"

namespace assay::suites::lm_eval {
namespace {

struct UpperRow {
  char32_t from;
  std::array<char32_t, 3> to;  // 0: none
};

// Characters whose upper case is more than one (Unicode 14, SpecialCasing.txt), sorted; the Greek
// block U+1F80..1FAF is computed.
constexpr std::array<UpperRow, 54> kUpper{{
    {0xDF, {0x53, 0x53}},
    {0x149, {0x2BC, 0x4E}},
    {0x1F0, {0x4A, 0x30C}},
    {0x390, {0x399, 0x308, 0x301}},
    {0x3B0, {0x3A5, 0x308, 0x301}},
    {0x587, {0x535, 0x552}},
    {0x1E96, {0x48, 0x331}},
    {0x1E97, {0x54, 0x308}},
    {0x1E98, {0x57, 0x30A}},
    {0x1E99, {0x59, 0x30A}},
    {0x1E9A, {0x41, 0x2BE}},
    {0x1F50, {0x3A5, 0x313}},
    {0x1F52, {0x3A5, 0x313, 0x300}},
    {0x1F54, {0x3A5, 0x313, 0x301}},
    {0x1F56, {0x3A5, 0x313, 0x342}},
    {0x1FB2, {0x1FBA, 0x399}},
    {0x1FB3, {0x391, 0x399}},
    {0x1FB4, {0x386, 0x399}},
    {0x1FB6, {0x391, 0x342}},
    {0x1FB7, {0x391, 0x342, 0x399}},
    {0x1FBC, {0x391, 0x399}},
    {0x1FC2, {0x1FCA, 0x399}},
    {0x1FC3, {0x397, 0x399}},
    {0x1FC4, {0x389, 0x399}},
    {0x1FC6, {0x397, 0x342}},
    {0x1FC7, {0x397, 0x342, 0x399}},
    {0x1FCC, {0x397, 0x399}},
    {0x1FD2, {0x399, 0x308, 0x300}},
    {0x1FD3, {0x399, 0x308, 0x301}},
    {0x1FD6, {0x399, 0x342}},
    {0x1FD7, {0x399, 0x308, 0x342}},
    {0x1FE2, {0x3A5, 0x308, 0x300}},
    {0x1FE3, {0x3A5, 0x308, 0x301}},
    {0x1FE4, {0x3A1, 0x313}},
    {0x1FE6, {0x3A5, 0x342}},
    {0x1FE7, {0x3A5, 0x308, 0x342}},
    {0x1FF2, {0x1FFA, 0x399}},
    {0x1FF3, {0x3A9, 0x399}},
    {0x1FF4, {0x38F, 0x399}},
    {0x1FF6, {0x3A9, 0x342}},
    {0x1FF7, {0x3A9, 0x342, 0x399}},
    {0x1FFC, {0x3A9, 0x399}},
    {0xFB00, {0x46, 0x46}},
    {0xFB01, {0x46, 0x49}},
    {0xFB02, {0x46, 0x4C}},
    {0xFB03, {0x46, 0x46, 0x49}},
    {0xFB04, {0x46, 0x46, 0x4C}},
    {0xFB05, {0x53, 0x54}},
    {0xFB06, {0x53, 0x54}},
    {0xFB13, {0x544, 0x546}},
    {0xFB14, {0x544, 0x535}},
    {0xFB15, {0x544, 0x53B}},
    {0xFB16, {0x54E, 0x546}},
    {0xFB17, {0x544, 0x53D}},
}};

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

void append_upper(std::string& out, char32_t c) {
  if (c >= 0x1F80 && c <= 0x1FAF) {
    constexpr std::array<char32_t, 3> kRows{0x1F08, 0x1F28, 0x1F68};
    append_utf8(out, kRows[(c - 0x1F80) >> 4U] + (c & 7U));
    append_utf8(out, 0x399);
    return;
  }
  const auto* row = std::lower_bound(kUpper.begin(), kUpper.end(), c,
                                     [](const UpperRow& r, char32_t x) { return r.from < x; });
  if (row == kUpper.end() || row->from != c) return append_utf8(out, upper_of(c));
  for (const char32_t to : row->to) {
    if (to != 0) append_utf8(out, to);
  }
}

bool is_cased(char32_t c) { return is_upper_case(c) || is_lower_case(c) || is_title_case(c); }

bool is_ignored_between(char32_t c) {
  constexpr std::u32string_view kIgnored = U"'.:\u00AD\u00B7\u2018\u2019";
  return kIgnored.find(c) != std::u32string_view::npos || (c >= 0x300 && c <= 0x36F);
}

// A letter before it in the word, and none after.
bool is_final_sigma(const std::vector<char32_t>& points, size_t at) {
  size_t before = at;
  while (before > 0 && is_ignored_between(points[before - 1])) --before;
  if (before == 0 || !is_cased(points[before - 1])) return false;
  size_t after = at + 1;
  while (after < points.size() && is_ignored_between(points[after])) ++after;
  return after == points.size() || !is_cased(points[after]);
}

}  // namespace

std::string python_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  if (is_ascii(text)) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  const std::vector<char32_t> points = to_code_points(text);
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i] == 0x130) {
      out += "i\u0307";
    } else if (points[i] == 0x3A3) {
      append_utf8(out, is_final_sigma(points, i) ? 0x3C2 : 0x3C3);
    } else {
      append_utf8(out, lower_of(points[i]));
    }
  }
  return out;
}

std::string python_upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : to_code_points(text)) append_upper(out, c);
  return out;
}

}  // namespace assay::suites::lm_eval
