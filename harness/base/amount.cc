#include "harness/base/amount.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace assay {
namespace {

using Wide = Amount::Wide;

constexpr int kPicoPlaces = 12;
constexpr int kAttoPlaces = 18;
constexpr int64_t kMillion = 1'000'000;
constexpr Wide kAttoPerNano = 1'000'000'000;
constexpr int kExponentMax = 40;  // beyond it nothing fits anyway

Wide largest() {
  __extension__ using Unsigned = unsigned __int128;
  return static_cast<Wide>(~Unsigned{0} >> 1);
}

// A quotient rounded half to even; denominator > 0.
Wide rounded(Wide numerator, Wide denominator) {
  Wide quotient = numerator / denominator;
  const Wide rest = numerator % denominator;
  const Wide twice = 2 * (rest < 0 ? -rest : rest);
  if (twice > denominator || (twice == denominator && quotient % 2 != 0))
    quotient += numerator < 0 ? -1 : 1;
  return quotient;
}

std::string digits_of(Wide value) {
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value > 0);
  return out;
}

// `places` decimal places of an integer, trailing zeros removed.
std::string decimal_text(Wide value, int places) {
  const bool negative = value < 0;
  std::string digits = digits_of(negative ? -value : value);
  const auto wanted = static_cast<size_t>(places) + 1;
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - static_cast<size_t>(places));
  digits.resize(digits.size() - static_cast<size_t>(places));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return (negative ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
}

// Digits without their point, and how many stand behind it.
struct Decimal {
  std::string digits;
  int places = 0;
};

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal out;
  size_t i = 0;
  bool point = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.' && !point && !out.digits.empty()) {
      point = true;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    out.digits += text[i];
    if (point) ++out.places;
  }
  if (out.digits.empty() || (point && out.places == 0)) return std::nullopt;
  if (i == text.size()) return out;
  std::string_view exponent = text.substr(i + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  int value = 0;
  const auto [end, error] =
      std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
  if (error != std::errc() || end != exponent.data() + exponent.size()) return std::nullopt;
  if (value < -kExponentMax || value > kExponentMax) return std::nullopt;
  out.places -= value;
  return out;
}

// Takes `count` digits off the end, rounding half to even.
void drop_places(std::string& digits, int count) {
  const auto cut = static_cast<size_t>(std::max(0, static_cast<int>(digits.size()) - count));
  // Where more digits go than there are, what is dropped begins with zeros.
  const bool short_of = digits.size() < static_cast<size_t>(count);
  const std::string dropped = digits.substr(cut);
  digits.resize(cut);
  const bool half =
      !short_of && dropped.front() == '5' && dropped.find_first_not_of('0', 1) == std::string::npos;
  const bool odd = !digits.empty() && (digits.back() - '0') % 2 != 0;
  const bool up = !short_of && (half ? odd : dropped.front() >= '5');
  if (digits.empty()) digits = "0";
  if (!up) return;
  size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i > 0) {
    ++digits[i - 1];
  } else {
    digits.insert(digits.begin(), '1');
  }
}

// None: more places than a Rate has (unless it is rounded), or too large.
std::optional<Rate> rate_of(Decimal decimal, bool round) {
  while (decimal.places > kPicoPlaces && decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    --decimal.places;
  }
  if (decimal.digits.empty()) return Rate{};
  if (decimal.places > kPicoPlaces) {
    if (!round) return std::nullopt;
    drop_places(decimal.digits, decimal.places - kPicoPlaces);
    decimal.places = kPicoPlaces;
  }
  int64_t pico = 0;
  for (const char c : decimal.digits) {
    if (__builtin_mul_overflow(pico, 10, &pico) || __builtin_add_overflow(pico, c - '0', &pico))
      return std::nullopt;
  }
  for (int i = decimal.places; i < kPicoPlaces && pico != 0; ++i) {
    if (__builtin_mul_overflow(pico, 10, &pico)) return std::nullopt;
  }
  return Rate{pico};
}

}  // namespace

Result<Rate> Rate::parse(std::string_view text) {
  const std::optional<Decimal> decimal = read_decimal(text);
  const std::optional<Rate> rate = decimal ? rate_of(*decimal, false) : std::nullopt;
  if (rate) return *rate;
  return input_error(
      "", fmt::format("`{}` is not a price, expected a decimal such as 0.55, not negative, with at "
                      "most {} places",
                      text.substr(0, 64), kPicoPlaces));
}

Result<Rate> Rate::parse_scaled(std::string_view text, int exponent, bool* rounded) {
  std::optional<Decimal> decimal = read_decimal(text);
  if (decimal) decimal->places -= exponent;
  const std::optional<Rate> rate = decimal ? rate_of(*decimal, true) : std::nullopt;
  if (rounded != nullptr) *rounded = decimal && !rate_of(*decimal, false);
  if (rate) return *rate;
  return input_error(
      "", fmt::format("`{}` is not a price, expected a decimal, not negative", text.substr(0, 64)));
}

std::string Rate::text() const { return decimal_text(pico, kPicoPlaces); }

std::optional<Rate> Rate::times_ratio(int64_t numerator, int64_t denominator) const {
  const Wide value = rounded(static_cast<Wide>(pico) * numerator, denominator);
  if (value > INT64_MAX || value < INT64_MIN) return std::nullopt;
  return Rate{static_cast<int64_t>(value)};
}

Amount Amount::of(Rate rate, int64_t count, int64_t per) {
  // pico × count fits 2^126; times 10^6 / per it may not.
  const Wide product = static_cast<Wide>(rate.pico) * count;
  if (per == kMillion) return Amount(product);
  const Wide most = largest() / kMillion;
  const Wide scaled = std::clamp(product, -most, most) * kMillion;
  return Amount(rounded(scaled, per));
}

Amount Amount::of(Money money) { return Amount(static_cast<Wide>(money.nano) * kAttoPerNano); }

Money Amount::money() const {
  const Wide nano = rounded(atto_, kAttoPerNano);
  return Money{static_cast<int64_t>(
      std::clamp(nano, static_cast<Wide>(INT64_MIN), static_cast<Wide>(INT64_MAX)))};
}

std::string Amount::text() const { return decimal_text(atto_, kAttoPlaces); }

Amount Amount::times_ratio(int64_t numerator, int64_t denominator) const {
  // In two parts, of which the second fits: the whole product may not.
  const Wide whole = atto_ / denominator;
  const Wide rest = rounded((atto_ % denominator) * numerator, denominator);
  Wide product = 0;
  if (__builtin_mul_overflow(whole, static_cast<Wide>(numerator), &product))
    product = (whole < 0) == (numerator < 0) ? largest() : -largest();
  Amount out(product);
  return out += Amount(rest);
}

Amount& Amount::operator+=(Amount other) {
  if (__builtin_add_overflow(atto_, other.atto_, &atto_)) {
    atto_ = other.atto_ > 0 ? largest() : -largest();
  }
  return *this;
}

}  // namespace assay
