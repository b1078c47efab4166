// What tokens cost: usage times price, in integer nano-units.
//
// Called by the decode stage (what an attempt cost) and by the budget (what it can cost at worst).
//
//   std::optional<Money> cost = token_cost(prices, response.usage);
//   Money at_most = worst_cost(prices, attempt);
#pragma once

#include <cstdint>
#include <optional>

#include "harness/types/attempt.h"
#include "harness/types/token_prices.h"

namespace assay::cost {

// Tokens that a request without a token limit may be answered with, for the worst case.
inline constexpr int64_t kOutputTokensAssumed = 32'768;

// Sum over the disjoint buckets of tokens * price / 1,000,000, each rounded half to even to a
// nano-unit, plus the price of a request. Nothing when no price is known or the model did not say
// its input or output; a bucket that it did not say counts as 0.
std::optional<Money> token_cost(const TokenPrices& prices, const Usage& usage);

// No reply to this request costs more: every byte of it a token, every picture kImageTokens, and
// all output tokens that its limit (or kOutputTokensAssumed) allows. `max_tokens` is the model's
// own limit; unset: the request's.
inline constexpr int64_t kImageTokens = 16'384;
Money worst_cost(const TokenPrices& prices, const Attempt& attempt,
                 std::optional<int64_t> max_tokens);

// Text bytes of a request without its pictures, whose size says nothing of their tokens; and how
// many pictures it has.
int64_t text_bytes(const Request& request);
int64_t images_in(const Request& request);

}  // namespace assay::cost
