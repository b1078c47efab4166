// Amount: an exact sum of money in 10^-18 units of a currency (128 bits): what unit prices times
// counts add up to before anybody rounds. Money (nano-units) is what is stored.
//
// Where it stands: harness/base, beside money.h; harness/cost computes with it. Any thread.
//
//   Amount sum = Amount::of(Rate{550'000'000'000}, 4186, 1'000'000);   // 0.55 a million × 4186
//   sum.text()                                                          // "0.0023023"
//   sum.money()                                                         // rounded once, half to
//   even
//
// Range: ±1.7e20 units; sums beyond it stay at the end of the range (counts are bounded long before
// by their users).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/money.h"
#include "harness/base/result.h"

namespace assay {

// A unit price in 10^-12 units of a currency, per million tokens or for each one. 0.55 USD a
// million tokens is 550,000,000,000. At most about 9.2 million units.
struct Rate {
  int64_t pico = 0;

  // "0.55", "12", "1e-7", "5.5E-07": a decimal, not negative, with at most twelve places behind the
  // point once written out; anything else is an error.
  static Result<Rate> parse(std::string_view text);
  // text × 10^exponent, rounded half to even to twelve places: what another table's number is in
  // our unit. The same errors but for the places; `rounded`, where given, says whether it was.
  static Result<Rate> parse_scaled(std::string_view text, int exponent, bool* rounded = nullptr);
  // Decimal with trailing zeros removed: "0.000123".
  [[nodiscard]] std::string text() const;
  // this × numerator / denominator, rounded half to even; denominator > 0. None: does not fit.
  [[nodiscard]] std::optional<Rate> times_ratio(int64_t numerator, int64_t denominator) const;
  auto operator<=>(const Rate&) const = default;
};

class Amount {
 public:
  __extension__ using Wide = __int128;

  Amount() = default;
  // rate × count / per, exact where per divides 1,000,000 (1 and 1,000,000 are what exists).
  static Amount of(Rate rate, int64_t count, int64_t per);
  static Amount of(Money money);

  // Rounded half to even to nano-units; beyond what Money holds: its largest or smallest value.
  [[nodiscard]] Money money() const;
  // Exact decimal, trailing zeros removed.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] double approximate() const { return static_cast<double>(atto_) * 1e-18; }
  [[nodiscard]] bool is_zero() const { return atto_ == 0; }

  // this × numerator / denominator, rounded half to even; denominator > 0.
  [[nodiscard]] Amount times_ratio(int64_t numerator, int64_t denominator) const;

  Amount& operator+=(Amount other);
  friend Amount operator+(Amount a, Amount b) { return a += b; }
  auto operator<=>(const Amount&) const = default;

 private:
  explicit Amount(Wide atto) : atto_(atto) {}
  Wide atto_ = 0;
};

}  // namespace assay
