// Money: integer nano-units of a currency (1 USD = 1,000,000,000). Sums are exact; no binary
// fractions.
//
//   Money per_hour = *Money::parse("0.40");   per_hour.times_ratio(elapsed_ns, 3'600'000'000'000)
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay {

struct Money {
  int64_t nano = 0;

  // "0.40", "12", "-3.5": a decimal with at most nine fraction digits; anything else is an error.
  static Result<Money> parse(std::string_view text);
  // this * numerator / denominator, rounded half to even in 128 bits; denominator > 0.
  [[nodiscard]] Money times_ratio(int64_t numerator, int64_t denominator) const;
  // Decimal with trailing zeros removed: "0.000123".
  [[nodiscard]] std::string text() const;

  Money& operator+=(Money other) {
    nano += other.nano;
    return *this;
  }
  friend Money operator+(Money a, Money b) { return a += b; }
  auto operator<=>(const Money&) const = default;
};

}  // namespace assay
