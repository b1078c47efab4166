#include "harness/aggregate/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/cost/price_json.h"

namespace assay::aggregate {
namespace {

using ::testing::HasSubstr;

ModelPrices prices() {
  PriceRow row{.model = "m",
               .provider = "p",
               .currency = "USD",
               .source = "https://example.com/prices",
               .checked = "2026-08-06"};
  row.rates.set(Billed::kInput, *Rate::parse("2"));
  row.rates.set(Billed::kCachedInput, *Rate::parse("0.5"));
  row.rates.set(Billed::kOutput, *Rate::parse("8"));
  return {.periods = {row}};
}

Account account() {
  const std::vector<SessionInfo> sessions{{.id = 1, .utc = "2026-11-28T00:00:00Z"}};
  Account out;
  out.begin_source(cost::prices_to_json(prices()), sessions, false);
  return out;
}

Usage usage(int64_t input, int64_t cached, int64_t output) {
  Usage out;
  out.input_tokens = input;
  out.cached_tokens = cached;
  out.output_tokens = output;
  out.source = UsageSource::kReported;
  return out;
}

Record record(Outcome outcome, const Usage& used, std::optional<int64_t> cost_nano) {
  Record out;
  out.session = 1;
  out.outcome = outcome;
  out.usage = used;
  if (cost_nano) out.cost = Money{*cost_nano};
  return out;
}

TEST(Account, CallsAreKeptApartByWhatTheyWereFor) {
  Account a = account();
  Record answered = record(Outcome::kOk, usage(100, 0, 10), 1000);
  answered.attempts = 3;
  answered.earlier_usage = usage(40, 0, 5);
  answered.earlier_cost = Money{300};
  answered.earlier_with_usage = 1;
  a.add(answered);
  a.add(record(Outcome::kServerError, usage(70, 0, 0), 140));
  a.add(record(Outcome::kTimeout, Usage{}, std::nullopt));
  a.add(record(Outcome::kCancelled, usage(1, 1, 1), 1));
  Record warm = record(Outcome::kOk, usage(9, 0, 9), 90);
  warm.warm_up = true;
  a.add(warm);
  const Accounting& sums = a.sums();
  EXPECT_EQ(sums.answers.calls, 1U);
  EXPECT_EQ(sums.answers.cost->nano, 700);  // of the last try alone
  EXPECT_EQ(sums.answers.usage.input_tokens, 100);
  EXPECT_EQ(sums.retries.calls, 2U);
  EXPECT_EQ(sums.retries.cost->nano, 300);
  EXPECT_EQ(sums.retries.usage.input_tokens, 40);
  EXPECT_EQ(sums.failed.calls, 2U);
  EXPECT_EQ(sums.failed.cost->nano, 140);
  EXPECT_EQ(sums.failed.unpriced, 0U);  // a call that used nothing lacks no price
  EXPECT_EQ(sums.warm_ups.cost->nano, 90);
  EXPECT_EQ(sums.judges.calls, 0U);
}

TEST(Account, WithoutCacheEveryTokenIsUncachedInput) {
  Account a = account();
  // 1000 × 2 + 3000 × 0.5 + 100 × 8 = 4300, per million; uncached 4000 × 2 + 800 = 8800
  a.add(record(Outcome::kOk, usage(1000, 3000, 100), 4'300'000));
  a.add(record(Outcome::kOk, usage(1000, 0, 100), 2'800'000));
  EXPECT_EQ(a.sums().answers.cost->nano, 7'100'000);
  EXPECT_EQ(a.sums().without_cache->nano, 8'800'000 + 2'800'000);
}

TEST(Account, SaysWhyACallHasNoCost) {
  Account a = account();
  Usage written = usage(10, 0, 10);
  written.cache_write_tokens = 7;
  a.add(record(Outcome::kOk, written, std::nullopt));
  EXPECT_EQ(a.sums().answers.unpriced, 1U);
  EXPECT_THAT(a.sums().unpriced_reason, HasSubstr("7 tokens of cache_write have no price"));
  EXPECT_FALSE(a.sums().without_cache);
}

TEST(Account, ContradictoryUsageIsCounted) {
  Account a = account();
  Usage odd = usage(10, 0, 10);
  odd.source = UsageSource::kContradictory;
  a.add(record(Outcome::kOk, odd, 100));
  EXPECT_EQ(a.sums().contradictory, 1U);
}

TEST(Account, AFileWithBrokenPricesIsNoReasonToFail) {
  Account a;
  a.begin_source("{\"prices\": 7}", {}, false);
  a.add(record(Outcome::kOk, usage(1, 0, 1), std::nullopt));
  EXPECT_THAT(a.sums().unpriced_reason, HasSubstr("prices"));
}

TEST(Account, PriceLineNamesRowSourceAndDate) {
  EXPECT_EQ(price_line(prices(), 0),
            "p/m: input 2, cached_input 0.5, output 8 USD per million tokens; checked 2026-08-06; "
            "https://example.com/prices");
  EXPECT_EQ(price_line({}, 0), "");
}

TEST(AddUsage, SumsStayInRange) {
  Usage sum;
  add_usage(sum, usage(INT64_MAX, 0, 1));
  add_usage(sum, usage(INT64_MAX, 0, 1));
  EXPECT_EQ(sum.input_tokens, INT64_MAX);
  EXPECT_EQ(sum.output_tokens, 2);
  EXPECT_EQ(sum.reasoning_tokens, -1);
}

}  // namespace
}  // namespace assay::aggregate
