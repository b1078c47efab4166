// What a request costs in nano-units: once its usage is known, and at worst before it is.
//
// Called by the decode stage (what an attempt cost) and by the budget (what it can cost at worst).
//
//   Result<Money> cost = token_cost(prices, response.usage, images_in(attempt.request), now);
//   Money at_most = worst_cost(prices, attempt, traits.max_tokens);
#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/result.h"
#include "harness/types/attempt.h"
#include "harness/types/prices.h"

namespace assay::cost {

// Tokens that a request without a token limit may be answered with, for the worst case.
inline constexpr int64_t kOutputTokensAssumed = 32'768;

// The total of bill.h, rounded once. Errors: those of a bill, and a reply that said no usage.
Result<Money> token_cost(const ModelPrices& prices, const Usage& usage, int64_t images,
                         int64_t unix_s);

// No reply to this request costs more: every byte of it a token, every picture kImageTokens, and
// all output tokens that its limit (or kOutputTokensAssumed) allows, each at the dearest rate of
// any period, tier and window. `max_tokens` is the model's own limit; unset: the request's.
inline constexpr int64_t kImageTokens = 16'384;
Money worst_cost(const ModelPrices& prices, const Attempt& attempt,
                 std::optional<int64_t> max_tokens);

// Text bytes of a request without its pictures, whose size says nothing of their tokens; and how
// many pictures it has.
int64_t text_bytes(const Request& request);
int64_t images_in(const Request& request);

// Seconds since 1970 on the wall clock: the time of a bill.
int64_t unix_now_s();

}  // namespace assay::cost
