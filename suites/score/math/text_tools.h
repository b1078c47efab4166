// Small text functions that the readers of mathematical answers share, among them the repairs of
// shorthand fractions and roots of hendrycks/math (math_equivalence.py).
//
//   fix_fracs("\\frac12", Repairs::kStrict);   // "\\frac{1}{2}"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay::suites::math {

// kStrict: as the original, which fails on a command at the very end of the text; kLenient: as
// Math-Verify's copy, which does not, and skips white space after the command.
enum class Repairs { kStrict, kLenient };

std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
// Without white space at both ends, as Python's str.strip().
std::string_view stripped(std::string_view text);
bool is_space(char c);
bool is_word_byte(char c);
size_t code_point_count(std::string_view text);
// Bytes of the character at `at`.
size_t character_bytes(std::string_view text, size_t at);

// \frac12, \frac1{72}: \frac{1}{2}, \frac{1}{72}. Nothing where the original raises.
std::optional<std::string> fix_fracs(std::string_view text, Repairs repairs);
// \sqrt3: \sqrt{3}. Nothing where the original raises.
std::optional<std::string> fix_sqrt(std::string_view text, Repairs repairs);
// "1/2" and nothing else: \frac{1}{2}. Nothing for one slash between what are no whole numbers:
// the original raises there, or returns the text.
std::optional<std::string> fix_a_slash_b(std::string_view text);

}  // namespace assay::suites::math
