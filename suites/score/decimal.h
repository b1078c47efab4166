// Decimal: an exact decimal number of bounded size, for comparing what models write ("1,234.50")
// with what was asked, without binary rounding.
//
//   const auto a = Decimal::parse("9.00");
//   const auto b = Decimal::parse("9");
//   compare(*a, *b) == 0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::suites {

// value = (negative ? -1 : 1) * digits * 10^exponent; digits without leading zeros ("" is zero) and
// without trailing zeros.
class Decimal {
 public:
  static constexpr size_t kDigitsMax = 400;
  static constexpr int64_t kExponentMax = 400;

  Decimal() = default;
  // "-12.5", "+3", ".5", "1e-3"; nothing else, no separators. None when malformed or larger than
  // the limits.
  static std::optional<Decimal> parse(std::string_view text);
  static Decimal from_digits(bool negative, std::string digits, int64_t exponent);
  static Decimal from_double(double value);  // the shortest decimal that reads back as `value`

  // times 10^power
  [[nodiscard]] Decimal scaled(int64_t power) const;
  [[nodiscard]] Decimal absolute() const;
  [[nodiscard]] bool is_zero() const { return digits_.empty(); }
  [[nodiscard]] bool is_negative() const { return negative_; }
  // "-12.5", without exponent up to 40 places, otherwise "125e-42".
  [[nodiscard]] std::string text() const;

  friend int compare(const Decimal& a, const Decimal& b);  // -1, 0, +1
  friend Decimal add(const Decimal& a, const Decimal& b);
  friend Decimal subtract(const Decimal& a, const Decimal& b);
  friend Decimal multiply(const Decimal& a, const Decimal& b);

 private:
  bool negative_ = false;
  std::string digits_;  // most significant first
  int64_t exponent_ = 0;
};

int compare(const Decimal& a, const Decimal& b);
Decimal add(const Decimal& a, const Decimal& b);
Decimal subtract(const Decimal& a, const Decimal& b);
Decimal multiply(const Decimal& a, const Decimal& b);

}  // namespace assay::suites
