#include "suites/score/metrics/bleu_tokenizer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_period_or_comma(char c) { return c == '.' || c == ','; }

// One left-to-right pass over neighbours: where `is_pair(first, second)`, both are replaced by what
// `write` appends and the search goes on after them, as re.sub does.
template <typename IsPair, typename Write>
std::string replace_pairs(std::string_view text, IsPair is_pair, Write write) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && is_pair(text[i], text[i + 1])) {
      write(out, text[i], text[i + 1]);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string joined_words(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const std::string_view word : python_split(text)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string split_western(std::string_view text) {
  return joined_words(split_periods_and_dashes(split_ascii_punctuation(text)));
}

std::string tokenize_13a(std::string_view text) {
  std::string line = replace_all(text, "<skipped>", "");
  line = replace_all(line, "-\n", "");
  line = replace_all(line, "\n", " ");
  for (const auto& [entity, sign] :
       {std::pair{"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}}) {
    line = replace_all(line, entity, sign);
  }
  return split_western(" " + line + " ");
}

struct Range {
  char32_t first;
  char32_t last;
};

// The reference writes the ranges beyond U+FFFF with four digits, so that they compare as U+2000
// followed by "0" and so on: U+2001..2A6D and U+2F81..2FA1. They are the reference, so they are
// here as they work.
constexpr std::array<Range, 22> kChinese{{
    {0x2001, 0x2A6D}, {0x2E80, 0x2EFF}, {0x2F00, 0x2FDF}, {0x2F81, 0x2FA1}, {0x2FF0, 0x2FFF},
    {0x3000, 0x303F}, {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0x31C0, 0x31EF}, {0x3200, 0x32FF},
    {0x3300, 0x33FF}, {0x3400, 0x4DB5}, {0x4E00, 0x9FA5}, {0x9FA6, 0x9FBB}, {0xF900, 0xFA2D},
    {0xFA30, 0xFA6A}, {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
    {0x2600, 0x26FF}, {0x2700, 0x27BF},
}};

bool is_chinese(char32_t point) {
  return std::any_of(kChinese.begin(), kChinese.end(), [point](const Range& range) {
    return point >= range.first && point <= range.last;
  });
}

std::string tokenize_zh(std::string_view text) {
  std::string spaced;
  spaced.reserve(text.size() * 2);
  for (const char32_t point : to_code_points(python_strip(text))) {
    if (is_chinese(point)) {
      spaced += ' ';
      append_utf8(spaced, point);
      spaced += ' ';
    } else {
      append_utf8(spaced, point);
    }
  }
  return split_western(spaced);
}

bool is_number(char32_t point) { return is_letter_or_digit(point) && !is_letter(point); }

// As replace_pairs, on code points.
template <typename IsPair>
std::vector<char32_t> space_pairs(const std::vector<char32_t>& points, bool space_first,
                                  IsPair is_pair) {
  std::vector<char32_t> out;
  out.reserve(points.size() + points.size() / 4);
  for (size_t i = 0; i < points.size(); ++i) {
    if (i + 1 >= points.size() || !is_pair(points[i], points[i + 1])) {
      out.push_back(points[i]);
      continue;
    }
    if (space_first) out.push_back(U' ');
    out.push_back(points[i]);
    out.push_back(U' ');
    out.push_back(points[i + 1]);
    if (!space_first) out.push_back(U' ');
    ++i;
  }
  return out;
}

std::string tokenize_intl(std::string_view text) {
  std::vector<char32_t> points = to_code_points(text);
  points = space_pairs(points, false,
                       [](char32_t a, char32_t b) { return !is_number(a) && is_punctuation(b); });
  points = space_pairs(points, true,
                       [](char32_t a, char32_t b) { return is_punctuation(a) && !is_number(b); });
  std::string out;
  for (const char32_t point : points) {
    const bool symbol = is_symbol(point);
    if (symbol) out += ' ';
    append_utf8(out, point);
    if (symbol) out += ' ';
  }
  return joined_words(out);
}

std::string tokenize_char(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char32_t point : to_code_points(text)) {
    if (!out.empty()) out += ' ';
    append_utf8(out, point);
  }
  return out;
}

}  // namespace

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0;;) {
    const size_t found = text.find(from, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) return out;
    out += to;
    at = found + from.size();
  }
}

std::string split_ascii_punctuation(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const bool mark = (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
                      (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
    if (mark) out += ' ';
    out += c;
    if (mark) out += ' ';
  }
  return out;
}

std::string split_periods_and_dashes(std::string_view text) {
  std::string out = replace_pairs(
      text, [](char a, char b) { return !is_ascii_digit(a) && is_period_or_comma(b); },
      [](std::string& to, char a, char b) {
        to.append({a, ' ', b, ' '});
      });
  out = replace_pairs(
      out, [](char a, char b) { return is_period_or_comma(a) && !is_ascii_digit(b); },
      [](std::string& to, char a, char b) {
        to.append({' ', a, ' ', b});
      });
  return replace_pairs(
      out, [](char a, char b) { return is_ascii_digit(a) && b == '-'; },
      [](std::string& to, char a, char b) {
        to.append({a, ' ', b, ' '});
      });
}

std::optional<BleuTokenizer> bleu_tokenizer_from_name(std::string_view name) {
  if (name == "13a") return BleuTokenizer::k13a;
  if (name == "intl") return BleuTokenizer::kIntl;
  if (name == "zh") return BleuTokenizer::kZh;
  if (name == "char") return BleuTokenizer::kChar;
  if (name == "none") return BleuTokenizer::kNone;
  return std::nullopt;
}

std::string tokenize(BleuTokenizer tokenizer, std::string_view text) {
  switch (tokenizer) {
    case BleuTokenizer::k13a:
      return tokenize_13a(text);
    case BleuTokenizer::kIntl:
      return tokenize_intl(text);
    case BleuTokenizer::kZh:
      return tokenize_zh(text);
    case BleuTokenizer::kChar:
      return tokenize_char(text);
    case BleuTokenizer::kNone:
      break;
  }
  return std::string(text);
}

}  // namespace assay::suites
