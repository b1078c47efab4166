#include "suites/score/decimal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace assay::suites {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Compares two strings of digits without leading zeros, as integers.
int compare_digits(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const int order = a.compare(b);
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

std::string add_digits(std::string_view a, std::string_view b) {
  std::string out;
  int carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    const int x = i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
    const int y = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    out += static_cast<char>('0' + (x + y + carry) % 10);
    carry = (x + y + carry) / 10;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// a - b, a >= b.
std::string subtract_digits(std::string_view a, std::string_view b) {
  std::string out;
  int borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    int x = a[a.size() - 1 - i] - '0' - borrow;
    const int y = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    borrow = static_cast<int>(x < y);
    if (x < y) x += 10;
    out += static_cast<char>('0' + x - y);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::string multiply_digits(std::string_view a, std::string_view b) {
  std::vector<int> places(a.size() + b.size(), 0);  // least significant first
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      places[i + j] += (a[a.size() - 1 - i] - '0') * (b[b.size() - 1 - j] - '0');
    }
  }
  std::string out;
  int carry = 0;
  for (const int place : places) {
    out += static_cast<char>('0' + (place + carry) % 10);
    carry = (place + carry) / 10;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

Decimal Decimal::from_digits(bool negative, std::string digits, int64_t exponent) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  Decimal out;
  out.negative_ = negative && !digits.empty();
  out.exponent_ = digits.empty() ? 0 : exponent;
  out.digits_ = std::move(digits);
  return out;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  int64_t exponent = 0;
  bool point = false;
  size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
    } else {
      digits += text[i];
      if (point) --exponent;
    }
  }
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i + 1 < text.size() && text[i] == '+' && is_digit(text[i + 1])) ++i;
    int64_t power = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + i, end, power);
    if (error != std::errc() || stop != end || power > kExponentMax || power < -kExponentMax) {
      return std::nullopt;
    }
    exponent += power;
    i = text.size();
  }
  if (i != text.size()) return std::nullopt;
  return from_digits(negative, std::move(digits), exponent);
}

Decimal Decimal::from_double(double value) {
  return parse(fmt::format("{}", value)).value_or(Decimal());
}

Decimal Decimal::scaled(int64_t power) const {
  Decimal out = *this;
  if (!out.is_zero()) out.exponent_ += power;
  return out;
}

Decimal Decimal::absolute() const {
  Decimal out = *this;
  out.negative_ = false;
  return out;
}

std::string Decimal::text() const {
  constexpr int64_t kPlacesMax = 40;
  if (is_zero()) return "0";
  const std::string sign = negative_ ? "-" : "";
  const auto size = static_cast<int64_t>(digits_.size());
  if (exponent_ > kPlacesMax || exponent_ < -kPlacesMax - size) {
    return fmt::format("{}{}e{}", sign, digits_, exponent_);
  }
  if (exponent_ >= 0) return sign + digits_ + std::string(static_cast<size_t>(exponent_), '0');
  if (-exponent_ < size) {
    const auto whole = static_cast<size_t>(size + exponent_);
    return sign + digits_.substr(0, whole) + "." + digits_.substr(whole);
  }
  return sign + "0." + std::string(static_cast<size_t>(-exponent_ - size), '0') + digits_;
}

Decimal add(const Decimal& a, const Decimal& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const int64_t exponent = std::min(a.exponent_, b.exponent_);
  const std::string x = a.digits_ + std::string(static_cast<size_t>(a.exponent_ - exponent), '0');
  const std::string y = b.digits_ + std::string(static_cast<size_t>(b.exponent_ - exponent), '0');
  if (a.negative_ == b.negative_) {
    return Decimal::from_digits(a.negative_, add_digits(x, y), exponent);
  }
  return compare_digits(x, y) >= 0
             ? Decimal::from_digits(a.negative_, subtract_digits(x, y), exponent)
             : Decimal::from_digits(b.negative_, subtract_digits(y, x), exponent);
}

Decimal subtract(const Decimal& a, const Decimal& b) {
  Decimal minus = b;
  minus.negative_ = !minus.negative_ && !minus.is_zero();
  return add(a, minus);
}

Decimal multiply(const Decimal& a, const Decimal& b) {
  return Decimal::from_digits(a.negative_ != b.negative_, multiply_digits(a.digits_, b.digits_),
                              a.exponent_ + b.exponent_);
}

int compare(const Decimal& a, const Decimal& b) {
  const Decimal difference = subtract(a, b);
  if (difference.is_zero()) return 0;
  return difference.negative_ ? -1 : 1;
}

}  // namespace assay::suites
