// Python's string operations on UTF-8, by code point. Input may hold bytes that are not UTF-8 (a
// context built by hand): such a byte counts as one character and nothing reads out of bounds.
//
// Where it stands: used by the template engine, and by the reference metrics of suites/score;
// categories come from harness/base/utf8.
//
//   strip(" a ") == "a";   split_lines("a\r\nb") == {"a", "b"};   to_title("it's") == "It'S"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites::jinja {

// Decodes the character at `at` (< text.size()); returns its length in bytes, at least 1.
size_t decode_point(std::string_view text, size_t at, char32_t& point);
bool is_ascii(std::string_view text);
size_t count_points(std::string_view text);
// Byte offset of character `index`; text.size() when there are fewer.
size_t byte_offset(std::string_view text, size_t index);
// Characters as views into `text`.
std::vector<std::string_view> characters(std::string_view text);

// White space as Python's str.isspace: Unicode's plus U+001C..U+001F.
bool is_python_space(char32_t point);
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
std::string_view strip(std::string_view text);
// Strips characters that occur in `set`.
std::string_view strip_left(std::string_view text, std::string_view set);
std::string_view strip_right(std::string_view text, std::string_view set);

// Simple case mapping by code point, with the sharp s as Python maps it (upper "SS").
std::string to_upper_case(std::string_view text);
std::string to_lower_case(std::string_view text);
std::string to_title(std::string_view text);        // str.title
std::string to_capitalized(std::string_view text);  // str.capitalize
std::string swap_case(std::string_view text);

// At least one character and all of them are ...
bool all_spaces(std::string_view text);
bool all_letters(std::string_view text);
bool all_digits(std::string_view text);    // with superscripts, as str.isdigit
bool all_decimals(std::string_view text);  // as str.isdecimal
bool all_alphanumeric(std::string_view text);
// No cased character of the other case, and at least one of this.
bool is_upper_text(std::string_view text);
bool is_lower_text(std::string_view text);

// Byte offset of the first or last occurrence, or npos; linear time for any needle.
size_t find_text(std::string_view text, std::string_view needle);
size_t rfind_text(std::string_view text, std::string_view needle);
// str.splitlines(): \n, \r\n, \r, \v, \f, U+001C..1E, U+0085, U+2028, U+2029.
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends = false);
// str.split() without a separator; `max` < 0: no limit.
std::vector<std::string_view> split_words(std::string_view text, int64_t max = -1);
std::vector<std::string_view> rsplit_words(std::string_view text, int64_t max = -1);
// str.split(separator); the separator is not empty.
std::vector<std::string_view> split_by(std::string_view text, std::string_view separator,
                                       int64_t max = -1);
std::vector<std::string_view> rsplit_by(std::string_view text, std::string_view separator,
                                        int64_t max = -1);
// textwrap.wrap(text, width, expand_tabs=False, replace_whitespace=False, ...), Python 3.11.
std::vector<std::string> wrap_text(std::string_view text, size_t width, bool break_long_words,
                                   bool break_on_hyphens);
// & < > " ' as Jinja's escape writes them.
std::string escape_html(std::string_view text);
// Without tags and comments, white space runs as one blank, the common entities decoded.
std::string strip_tags(std::string_view text);

// repr() of a Python float: the shortest text that reads back as the same number.
std::string float_repr(double value);
// Appends repr() of a Python str, quotes included.
void append_repr(std::string& out, std::string_view text);

}  // namespace assay::suites::jinja
