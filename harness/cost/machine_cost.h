// Machine cost: what an owned or rented machine costs for the time a model kept it busy.
//
// Where it stands: harness/cost, called by harness/aggregate. Pure.
//
//   ASSAY_TRY(Money per_hour, Money::parse("0.40"));
//   const std::optional<Money> cost = cost::machine_cost(per_hour, busy);   // per_hour * busy / 1
//   h
#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/clock.h"
#include "harness/base/money.h"

namespace assay::cost {

// per_hour * busy / 3600 s, rounded once, half to even, in nano-units. Unset when busy is negative
// or the result does not fit (beyond about 9.2e9 units of the currency).
std::optional<Money> machine_cost(Money per_hour, Nanos busy);

// total * count / per, for "per thousand items" and "per correct answer". Unset when per is 0 or
// the result does not fit.
std::optional<Money> scaled(Money total, uint64_t count, uint64_t per);

}  // namespace assay::cost
