// Numbers in free text: found, read exactly, compared exactly or within a tolerance.
//
//   NumberSyntax syntax;                                    // 3만 5천 is 35000, 50% is 50
//   const auto all = numbers_in(syntax, "He pays $1,234.50.");
//   is_close(all.back().value, target, {.absolute = Decimal::from_double(0.01)});
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/score/decimal.h"

namespace assay::suites {

struct NumberSyntax {
  bool decimal_comma = false;     // 1.234,50 instead of 1,234.50
  bool korean_units = true;       // 십 백 천 만 억 조, directly after digits: 1억 2,000만
  bool percent_fraction = false;  // 50% is 0.5; otherwise the sign is dropped
};

// A decimal or a quotient of two ("3/4").
struct Number {
  Decimal numerator;
  Decimal denominator = Decimal::from_digits(false, "1", 0);
  [[nodiscard]] std::string text() const;
};

struct FoundNumber {
  Number value;
  size_t begin = 0;  // bytes
  size_t end = 0;
};

inline constexpr size_t kNumbersMax = 10'000;  // of one text; the search stops there

// The numbers of `text` (valid UTF-8) from left to right: digits with grouped thousands (comma,
// apostrophe, thin or no-break space, {,} and \, of LaTeX), a point, an exponent, a sign (also
// U+2212, also before a currency sign), full-width forms. A hyphen after a letter or digit is no
// sign. Digits longer than Decimal allows are not a number.
std::vector<FoundNumber> numbers_in(const NumberSyntax& syntax, std::string_view text);
std::optional<FoundNumber> first_number(const NumberSyntax& syntax, std::string_view text);
std::optional<FoundNumber> last_number(const NumberSyntax& syntax, std::string_view text);

struct Tolerance {
  Decimal absolute;
  Decimal relative;  // times |target|
};
// |value - target| <= max(absolute, relative * |target|), in exact arithmetic.
bool is_close(const Number& value, const Number& target, const Tolerance& tolerance);

}  // namespace assay::suites
