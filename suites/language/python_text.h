// Python's view of a text, for the tools that must agree with Python programs: a sequence of code
// points with str.isupper, str.lower, str.strip and the classes \s, \w and \d of `re`.
//
// Where it stands: under the sentence splitter, the word tokenizer, the language detector and the
// IFEval checks. Pure functions, any thread. Input is whatever to_points() gives; nothing is
// assumed of it.
//
// Source: CPython 3.11, Objects/unicodectype.c and Objects/unicodeobject.c, Modules/_sre.
//
//   const std::u32string text = to_points(reply);
//   if (is_upper_text(strip(text))) ...
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::suites::language {

using TextView = std::u32string_view;

// A set of characters, ASCII ones found by a bit.
class CharSet {
 public:
  // `characters` outlives this: a literal.
  explicit constexpr CharSet(TextView characters) : all_(characters) {
    for (const char32_t c : characters) {
      if (c < 0x80) ascii_[c / 64] |= uint64_t{1} << (c % 64);
    }
  }
  [[nodiscard]] constexpr bool has(char32_t c) const {
    if (c < 0x80) return (ascii_[c / 64] >> (c % 64) & 1U) != 0;
    return all_.find(c) != TextView::npos;
  }

 private:
  TextView all_;
  std::array<uint64_t, 2> ascii_{};
};

// Valid UTF-8 as code points; a byte that is not part of any becomes U+FFFD.
std::u32string to_points(std::string_view utf8);
std::string to_bytes(TextView text);

bool is_space(char32_t c);  // str.isspace, \s: Unicode's White_Space and U+001C..U+001F
bool is_word(char32_t c);   // \w: categories L* and N*, and the underscore
bool is_digit(char32_t c);  // \d: category Nd
bool is_upper(char32_t c);  // property Uppercase
bool is_lower(char32_t c);  // property Lowercase

// At least one character of this case and none of the other (or of title case).
bool is_upper_text(TextView text);
bool is_lower_text(TextView text);
// str.lower(), with U+0130 as two characters and the final sigma.
std::u32string lower(TextView text);

TextView strip_left(TextView text);
TextView strip_right(TextView text);
TextView strip(TextView text);
bool is_blank(TextView text);  // nothing but white space

// Runs of \w.
size_t count_words(TextView text);

}  // namespace assay::suites::language
