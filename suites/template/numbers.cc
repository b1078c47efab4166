#include "suites/template/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Removes single underscores between digits; false when one stands elsewhere.
bool remove_underscores(std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    const bool inside =
        i > 0 && i + 1 < text.size() && is_alnum(text[i - 1]) && is_alnum(text[i + 1]);
    if (!inside) return false;
  }
  std::erase(text, '_');
  return true;
}

int base_of_prefix(std::string_view digits) {
  if (digits.size() < 3 || digits[0] != '0') return 0;
  const char mark = static_cast<char>(digits[1] | 0x20);
  return mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
}

}  // namespace

ParsedInteger parse_integer(std::string_view text, int base, int64_t& out) {
  std::string digits(strip(text));
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  if (digits.empty() || !is_alnum(digits[0]) || !remove_underscores(digits)) {
    return ParsedInteger::kNotANumber;
  }
  const int prefix = base_of_prefix(digits);
  if (prefix != 0 && (base == 0 || base == prefix)) {
    digits.erase(0, 2);
    base = prefix;
  } else if (base == 0) {
    base = 10;
    if (digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos) {
      return ParsedInteger::kNotANumber;
    }
  }
  uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, ec] = std::from_chars(digits.data(), end, magnitude, base);
  if (stop != end || ec == std::errc::invalid_argument) return ParsedInteger::kNotANumber;
  const uint64_t limit = (uint64_t{1} << 63) - (negative ? 0 : 1);
  if (ec != std::errc() || magnitude > limit) return ParsedInteger::kTooLarge;
  out = static_cast<int64_t>(negative ? ~magnitude + 1 : magnitude);
  return ParsedInteger::kGood;
}

bool parse_float(std::string_view text, double& out) {
  std::string digits(strip(text));
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  if (digits.empty() || digits[0] == '-' || digits[0] == '+' || !remove_underscores(digits)) {
    return false;
  }
  // from_chars also takes "nan(1)", which Python does not.
  if (digits.find('(') != std::string::npos) return false;
  const char* const end = digits.data() + digits.size();
  const auto [stop, ec] = std::from_chars(digits.data(), end, out);
  if (stop != end || ec == std::errc::invalid_argument) return false;
  if (ec == std::errc::result_out_of_range) {  // out is not set: 1e999 or 1e-999
    const size_t e = digits.find_first_of("eE");
    const bool tiny = e != std::string::npos && e + 1 < digits.size() && digits[e + 1] == '-';
    out = tiny || digits.starts_with("0.") ? 0.0 : HUGE_VAL;
  }
  if (negative) out = -out;
  return true;
}

Value integer_of(Interpreter& in, double d) {
  if (!(std::abs(d) < 0x1p63)) return in.fail("the number does not fit an integer of 64 bits");
  return Value::of(static_cast<int64_t>(d));
}

Value number_of(Interpreter& in, const Value& value) {
  if (value.is_number()) return value;
  double d = 0;
  if (value.is(Kind::kString) && parse_float(value.view(), d)) return Value::of(d);
  return in.fail(fmt::format("found {}, expected a number", type_name(value)));
}

namespace {

// round(i, -digits) of an integer, half to even.
Value rounded_integer(Interpreter& in, int64_t i, int64_t digits) {
  if (digits > 18) return Value::of(int64_t{0});
  int64_t unit = 1;
  for (int64_t k = 0; k < digits; ++k) unit *= 10;
  int64_t quotient = i / unit;
  const int64_t rest = std::abs(i % unit);
  const bool away = rest > unit / 2 || (rest == unit / 2 && unit > 1 && quotient % 2 != 0);
  if (away) quotient += i < 0 ? -1 : 1;
  int64_t result = 0;
  if (__builtin_mul_overflow(quotient, unit, &result))
    return in.fail("integer overflow in `round`");
  return Value::of(result);
}

}  // namespace

Value rounded(Interpreter& in, const Value& value, int64_t precision) {
  if (value.is_integral()) {
    const int64_t i = value.as_integer();
    return precision >= 0 ? Value::of(i)
                          : rounded_integer(in, i, -std::max<int64_t>(precision, -99));
  }
  const double d = value.number;
  if (!std::isfinite(d) || precision > 323) return value;
  if (precision < -308) return Value::of(std::copysign(0.0, d));
  if (precision < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-precision));
    return Value::of(std::nearbyint(d / unit) * unit);
  }
  // Printing rounds the exact decimal value; reading it back is what CPython does too.
  const std::string digits = fmt::format("{:.{}f}", d, static_cast<int>(precision));
  double result = d;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return Value::of(result);
}

std::string centered(std::string_view text, size_t width, std::string_view fill) {
  const size_t n = count_points(text);
  if (n >= width) return std::string(text);
  const size_t missing = width - n;
  const size_t left = missing / 2 + (missing & width & 1);
  std::string out;
  out.reserve(text.size() + missing * fill.size());
  for (size_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (size_t i = left; i < missing; ++i) out += fill;
  return out;
}

Value replace_text(Interpreter& in, std::string_view text, std::string_view from,
                   std::string_view to, int64_t count) {
  std::string out;
  const auto more = [&count] { return count < 0 || count-- > 0; };
  if (from.empty()) {  // between all characters, and at both ends
    const std::vector<std::string_view> all = characters(text);
    for (size_t i = 0; i <= all.size(); ++i) {
      if (more()) out += to;
      if (i < all.size()) out += all[i];
      if (!in.charge_text(out.size())) return Value::failed();
    }
    return in.text(std::move(out));
  }
  while (in.charge_text(out.size())) {
    const size_t at = more() ? find_text(text, from) : std::string_view::npos;
    out += text.substr(0, at);
    if (at == std::string_view::npos) return in.text(std::move(out));
    out += to;
    text.remove_prefix(at + from.size());
  }
  return Value::failed();
}

}  // namespace assay::suites::jinja
