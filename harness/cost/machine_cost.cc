#include "harness/cost/machine_cost.h"

#include <cmath>

namespace assay::cost {
namespace {

constexpr int64_t kNanosPerHour = 3'600'000'000'000;
constexpr double kNanoUnitsMax = 9.2e18;  // below 2^63, with room for rounding
constexpr uint64_t kCountMax = uint64_t{1} << 62;

// Money::times_ratio where the result fits in 64 bits.
std::optional<Money> checked_ratio(Money money, int64_t numerator, int64_t denominator) {
  const double size = std::fabs(static_cast<double>(money.nano)) *
                      (static_cast<double>(numerator) / static_cast<double>(denominator));
  if (!(size < kNanoUnitsMax)) return std::nullopt;
  return money.times_ratio(numerator, denominator);
}

}  // namespace

std::optional<Money> machine_cost(Money per_hour, Nanos busy) {
  if (busy.count() < 0) return std::nullopt;
  return checked_ratio(per_hour, busy.count(), kNanosPerHour);
}

std::optional<Money> scaled(Money total, uint64_t count, uint64_t per) {
  if (per == 0 || count > kCountMax || per > kCountMax) return std::nullopt;
  return checked_ratio(total, static_cast<int64_t>(count), static_cast<int64_t>(per));
}

}  // namespace assay::cost
