// The parts a lane is made of: rate limiter, automatic concurrency, and what tokens cost.
#include <gtest/gtest.h>

#include "harness/cost/token_cost.h"
#include "harness/run/concurrency_control.h"
#include "harness/run/rate_limiter.h"

namespace assay::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(Nanos t) { return TimePoint(t); }

TEST(RateLimiter, WithoutLimitsIsAlwaysReady) {
  RateLimiter limiter({});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(limiter.ready_at(at(seconds(5))), at(seconds(5)));
    limiter.on_start(at(seconds(5)), 1'000'000);
  }
}

TEST(RateLimiter, AllowsASecondsBurstThenTheRate) {
  RateLimiter limiter({.requests_per_minute = 600});
  const TimePoint start = at(seconds(50));
  int burst = 0;
  while (limiter.ready_at(start) <= start) {
    limiter.on_start(start, 0);
    ++burst;
  }
  EXPECT_EQ(burst, 10);
  int in_a_minute = burst;
  TimePoint now = start;
  while (true) {
    now = limiter.ready_at(now);
    if (now > start + minutes(1)) break;
    limiter.on_start(now, 0);
    ++in_a_minute;
  }
  EXPECT_GE(in_a_minute, 600);
  EXPECT_LE(in_a_minute, 611);
}

TEST(RateLimiter, TokensAreCorrectedByWhatTheReplyUsed) {
  RateLimiter limiter({.tokens_per_minute = 60'000});  // a thousand a second
  const TimePoint now = at(seconds(10));
  limiter.on_start(now, 5000);
  EXPECT_EQ(limiter.ready_at(now), now + seconds(4));  // a second of them is the burst
  limiter.on_reply(now, 5000, 2000, {});
  EXPECT_EQ(limiter.ready_at(now), now + seconds(1));
  limiter.on_reply(now, 5000, -1, {});  // not said: the estimate stands
  EXPECT_EQ(limiter.ready_at(now), now + seconds(1));
}

TEST(RateLimiter, LearnsLimitsThatTheUserDidNotGive) {
  RateLimits said;
  said.requests_per_minute = 120;
  said.tokens_per_minute = 9000;
  RateLimiter learnt({});
  learnt.on_reply(at(seconds(1)), 0, 0, said);
  EXPECT_EQ(learnt.in_force().requests_per_minute, 120);
  EXPECT_EQ(learnt.in_force().tokens_per_minute, 9000);
  RateLimiter given({.requests_per_minute = 30});
  given.on_reply(at(seconds(1)), 0, 0, said);
  EXPECT_EQ(given.in_force().requests_per_minute, 30);
}

TEST(RateLimiter, NothingRemainingHoldsUntilTheResetButNotForADay) {
  RateLimits said;
  said.requests_remaining = 0;
  said.requests_reset = seconds(7);
  RateLimiter limiter({});
  limiter.on_reply(at(seconds(1)), 0, 0, said);
  EXPECT_EQ(limiter.ready_at(at(seconds(2))), at(seconds(8)));
  said.requests_reset = std::chrono::hours(24);
  limiter.on_reply(at(seconds(1)), 0, 0, said);
  EXPECT_EQ(limiter.ready_at(at(seconds(2))), at(seconds(1)) + minutes(10));
}

// Answers that take as long as a server with `capacity` slots needs: queueing beyond them.
uint32_t settle(ConcurrencyControl& control, double capacity, int answers) {
  for (int i = 0; i < answers; ++i) {
    const double load = static_cast<double>(control.limit());
    control.on_answer(load <= capacity ? 1.0 : load / capacity, -1);
  }
  return control.limit();
}

TEST(ConcurrencyControl, FixedStaysFixed) {
  ConcurrencyControl control({.start = 7, .max = 7, .automatic = false});
  control.on_rate_limited();
  EXPECT_EQ(settle(control, 1, 500), 7U);
}

TEST(ConcurrencyControl, GrowsWhileTimeHoldsAndStaysNearWhatTheServerTakes) {
  ConcurrencyControl unlimited({.start = 4, .max = 256, .automatic = true});
  EXPECT_EQ(settle(unlimited, 1e9, 4000), 256U);
  ConcurrencyControl control({.start = 4, .max = 256, .automatic = true});
  const uint32_t limit = settle(control, 40, 8000);
  EXPECT_GE(limit, 30U);
  EXPECT_LE(limit, 64U);
}

TEST(ConcurrencyControl, LongAnswersAreNoSlowness) {
  ConcurrencyControl control({.start = 4, .max = 64, .automatic = true});
  for (int i = 0; i < 2000; ++i) {
    const int64_t tokens = i % 2 == 0 ? 10 : 1000;
    control.on_answer(0.01 * static_cast<double>(tokens), tokens);
  }
  EXPECT_EQ(control.limit(), 64U);
}

TEST(ConcurrencyControl, RateLimitsHalveOnceAWindow) {
  ConcurrencyControl control({.start = 32, .max = 256, .automatic = true});
  for (int i = 0; i < 10; ++i) control.on_rate_limited();
  EXPECT_EQ(control.limit(), 16U);
  for (int i = 0; i < 40; ++i) control.on_answer(1, -1);  // a window passes
  control.on_rate_limited();
  EXPECT_LT(control.limit(), 16U);
  EXPECT_GE(control.limit(), 8U);
}

ModelPrices prices() {
  PriceRow row{.model = "m", .currency = "USD"};
  row.rates.set(Billed::kInput, *Rate::parse("0.55"));
  row.rates.set(Billed::kCachedInput, *Rate::parse("0.14"));
  row.rates.set(Billed::kOutput, *Rate::parse("2.19"));
  return {.periods = {row}};
}

TEST(TokenCost, SumsTheDisjointBuckets) {
  Usage usage;
  usage.input_tokens = 1000;
  usage.cached_tokens = 3000;
  usage.reasoning_tokens = 2000;
  usage.output_tokens = 500;
  // 1000 * 0.55 + 3000 * 0.14 + 2500 * 2.19, per million
  EXPECT_EQ(cost::token_cost(prices(), usage, 0, 0)->text(), "0.006445");
}

TEST(TokenCost, ATokenWithoutAPriceIsAnError) {
  Usage usage;
  usage.input_tokens = 1000;
  usage.output_tokens = 0;
  usage.cache_write_tokens = 100;
  EXPECT_FALSE(cost::token_cost(prices(), usage, 0, 0));
  ModelPrices assumed = prices();
  assumed.missing = MissingPrice::kAsInput;
  EXPECT_EQ(cost::token_cost(assumed, usage, 0, 0)->text(), "0.000605");
}

TEST(TokenCost, NothingWithoutPricesOrUsage) {
  Usage usage;
  EXPECT_FALSE(cost::token_cost(prices(), usage, 0, 0));
  usage.output_tokens = 5;
  EXPECT_FALSE(cost::token_cost(ModelPrices{}, usage, 0, 0));
  EXPECT_TRUE(cost::token_cost(prices(), usage, 0, 0));
}

TEST(TokenCost, AbsurdCountsDoNotOverflow) {
  Usage usage;
  usage.input_tokens = INT64_MAX;
  usage.output_tokens = INT64_MAX;
  EXPECT_GT(*cost::token_cost(prices(), usage, 0, 0), Money{});
}

TEST(TokenCost, TheWorstCaseIsNotBelowAnyReply) {
  Attempt attempt;
  attempt.request.messages.push_back({"user", "four", {}, {}, {}});
  attempt.request.params.max_tokens = 100;
  Usage usage;
  usage.input_tokens = 4;  // a token a byte
  usage.output_tokens = 100;
  EXPECT_GE(cost::worst_cost(prices(), attempt, std::nullopt),
            *cost::token_cost(prices(), usage, 0, 0));
  const Money unlimited = cost::worst_cost(prices(), attempt, cost::kOutputTokensAssumed);
  EXPECT_GT(unlimited, cost::worst_cost(prices(), attempt, std::nullopt));
  attempt.request.messages[0].images.resize(2);
  EXPECT_GE(cost::worst_cost(prices(), attempt, std::nullopt).nano,
            Amount::of(*Rate::parse("0.55"), 2 * cost::kImageTokens, 1'000'000).money().nano);
}

}  // namespace
}  // namespace assay::run
