// Unicode text (by utf8proc): validity, normal forms, code points, display width. All input is
// bytes from outside; functions that take "valid UTF-8" are given sanitize()d text.
//
//   if (auto bad = invalid_utf8_at(line)) return input_error(..., "byte {} is not UTF-8", *bad);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class NormalForm { kNone, kNfc, kNfkc };

// Offset of the first byte that is not part of valid UTF-8 (RFC 3629: no surrogates, no overlong
// forms).
std::optional<size_t> invalid_utf8_at(std::string_view bytes);
// Every maximal invalid sequence replaced by U+FFFD; valid text is returned as it is.
std::string sanitize_utf8(std::string_view bytes);
// Code points of valid UTF-8.
std::vector<char32_t> to_code_points(std::string_view text);
std::string to_utf8(const std::vector<char32_t>& points);
void append_utf8(std::string& out, char32_t point);
// Normal form; text that utf8proc cannot map is returned unchanged.
std::string normalize(std::string_view text, NormalForm form);
// Unicode lower case, code point by code point (no locale).
std::string to_lower(std::string_view text);
bool is_space(char32_t point);        // White_Space
bool is_punctuation(char32_t point);  // general category P*
bool is_symbol(char32_t point);       // general category S*
bool is_letter_or_digit(char32_t point);
bool is_letter(char32_t point);         // general category L*
bool is_decimal_digit(char32_t point);  // general category Nd
bool is_upper_case(char32_t point);     // general category Lu
bool is_lower_case(char32_t point);     // general category Ll
bool is_title_case(char32_t point);     // general category Lt
// What the rule of the final sigma passes over: marks, modifiers, format characters, and ' . : and
// their like inside words (Unicode's Case_Ignorable).
bool is_case_ignorable(char32_t point);
// False for controls, format characters, unassigned ones and separators other than U+0020.
bool is_printable(char32_t point);
// Simple (one to one) case mappings of Unicode.
char32_t upper_of(char32_t point);
char32_t lower_of(char32_t point);
char32_t title_of(char32_t point);
// Extended grapheme clusters (what a reader takes for one character) of valid UTF-8, as views into
// `text`.
std::vector<std::string_view> graphemes(std::string_view text);
// Columns on a terminal: Hangul and CJK count two, combining marks none.
size_t display_width(std::string_view text);
// At most `columns` wide, with an ellipsis when cut.
std::string truncate_to_width(std::string_view text, size_t columns);

}  // namespace assay
