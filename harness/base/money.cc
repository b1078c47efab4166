#include "harness/base/money.h"

#include <fmt/format.h>

#include <cstdlib>

namespace assay {

Result<Money> Money::parse(std::string_view text) {
  const Error bad =
      input_error("", fmt::format("`{}` is not an amount, expected a decimal such as 0.40", text));
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  if (rest.empty() || rest.front() == '.') return bad;
  int64_t nano = 0;
  int fraction_digits = -1;
  for (const char c : rest) {
    if (c == '.' && fraction_digits < 0) {
      fraction_digits = 0;
      continue;
    }
    if (c < '0' || c > '9' || fraction_digits == 9) return bad;
    if (__builtin_mul_overflow(nano, 10, &nano) || __builtin_add_overflow(nano, c - '0', &nano))
      return bad;
    if (fraction_digits >= 0) ++fraction_digits;
  }
  if (fraction_digits == 0) return bad;
  for (int i = fraction_digits < 0 ? 0 : fraction_digits; i < 9; ++i) {
    if (__builtin_mul_overflow(nano, 10, &nano)) return bad;
  }
  return Money{negative ? -nano : nano};
}

Money Money::times_ratio(int64_t numerator, int64_t denominator) const {
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(nano) * numerator;
  Wide quotient = product / denominator;
  const Wide remainder = product % denominator;
  const Wide twice = 2 * (remainder < 0 ? -remainder : remainder);
  if (twice > denominator || (twice == denominator && quotient % 2 != 0))
    quotient += product < 0 ? -1 : 1;
  return Money{static_cast<int64_t>(quotient)};
}

std::string Money::text() const {
  const uint64_t magnitude =
      nano < 0 ? 0 - static_cast<uint64_t>(nano) : static_cast<uint64_t>(nano);
  std::string out = fmt::format("{}{}", nano < 0 ? "-" : "", magnitude / 1'000'000'000);
  std::string fraction = fmt::format("{:09}", magnitude % 1'000'000'000);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return fraction.empty() ? out : out + "." + fraction;
}

}  // namespace assay
