// TokenPrices: what one model's tokens cost. Plain data; harness/cost/token_cost.h computes with
// it.
#pragma once

#include <optional>

#include "harness/base/money.h"

namespace assay {

// Per million tokens, and per request; unset: no price is known.
struct TokenPrices {
  std::optional<Money> input;
  std::optional<Money> cached;       // unset: as input
  std::optional<Money> cache_write;  // unset: as input
  std::optional<Money> output;       // visible and reasoning
  Money request;                     // each call

  [[nodiscard]] bool known() const { return input.has_value() && output.has_value(); }
};

}  // namespace assay
