#include "harness/cost/price_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_file.h"

namespace assay::cost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTwo = R"(version: 1
prices:
  - {model: x, provider: a, aliases: [ex], currency: USD, source: s, per_million: {input: 1, output: 2}}
  - {model: x, provider: b, currency: USD, source: s, per_million: {input: 3, output: 4}}
  - {model: only, provider: b, currency: USD, source: s, per_million: {input: 5, output: 6}}
  - {model: own, currency: KRW, source: s, per_million: {input: 700, output: 800}}
)";

PriceBook book_of(const char* text) {
  PriceBook book;
  const Result<void> added = book.add_file(text, "p.yaml");
  EXPECT_TRUE(added) << added.error().text();
  return book;
}

PriceBook shipped() {
  PriceBook book;
  const Result<void> added = book.add_file(shipped_prices(), "shipped");
  EXPECT_TRUE(added) << added.error().text();
  return book;
}

std::string input_of(const PriceBook& book, const char* name, const char* currency = "") {
  const Result<ModelPrices> found = book.find(name, currency);
  return found ? found->periods.front().rates.get(Billed::kInput)->text() : found.error().text();
}

TEST(PriceBook, ExactNamesBeforeBareOnes) {
  const PriceBook book = book_of(kTwo);
  EXPECT_EQ(input_of(book, "a/x"), "1");
  EXPECT_EQ(input_of(book, "b/x"), "3");
  EXPECT_EQ(input_of(book, "ex"), "1");
  EXPECT_EQ(input_of(book, "a/ex"), "1");
  EXPECT_EQ(input_of(book, "only"), "5");
  EXPECT_EQ(input_of(book, "anybody/own"), "700");
  EXPECT_THAT(input_of(book, "x"), HasSubstr("2 providers have a price for it"));
  EXPECT_THAT(input_of(book, "x"), HasSubstr("a/x, b/x"));
}

TEST(PriceBook, UnknownNamesGetTheNearest) {
  const PriceBook book = book_of(kTwo);
  EXPECT_THAT(input_of(book, "b/onyl"), HasSubstr("did you mean `b/only`"));
  EXPECT_FALSE(book.find_if_known("c/only", "USD")->has_value());
  EXPECT_THAT(book.find_if_known("x", "").error().message, HasSubstr("providers"));
}

TEST(PriceBook, LaterFilesReplaceAModelAsAWhole) {
  PriceBook book = book_of(kTwo);
  ASSERT_TRUE(
      book.add_file("version: 1\nprices:\n  - {model: x, provider: b, currency: USD, "
                    "source: t, from: 2025-01-01, per_million: {input: 9}}\n",
                    "later.yaml"));
  EXPECT_EQ(input_of(book, "b/x"), "9");
  EXPECT_EQ(input_of(book, "a/x"), "1");
  EXPECT_EQ(book.find("b/x", "")->periods.size(), 1U);
}

TEST(PriceBook, ConvertsAtStatedRatesOnly) {
  PriceBook book = book_of(kTwo);
  EXPECT_THAT(input_of(book, "a/x", "KRW"), HasSubstr("--rate USD:KRW=RATE"));
  EXPECT_THAT(input_of(book, "own", "USD"), HasSubstr("KRW:USD=RATE"));
  book.add_rate(*parse_exchange_rate("USD:KRW=1450"));
  EXPECT_EQ(input_of(book, "a/x", "KRW"), "1450");
  EXPECT_EQ(input_of(book, "own", "USD"), "0.48275862069");  // 700 / 1450, to 10^-12
  EXPECT_EQ(book.find("own", "USD")->currency(), "USD");
  EXPECT_THAT(book.find("own", "USD")->periods[0].note, HasSubstr("1450 KRW for 1 USD"));
  book.add_rate(*parse_exchange_rate("USD:KRW=1000"));  // the later one wins
  EXPECT_EQ(input_of(book, "own", "USD"), "0.7");
  EXPECT_THAT(book.convert(Rate{INT64_MAX}, "USD", "KRW").error().message, HasSubstr("too large"));
}

TEST(PriceBook, RatesOfTheCommandLineAreChecked) {
  for (const char* bad : {"", "USD", "USD:KRW", "USD=KRW:3", "usd:krw=3", "USD:USD=1", "USD:KRW=0",
                          "USD:KRW=-1", "USD:KRW=x", "USD:KRW="})
    EXPECT_THAT(parse_exchange_rate(bad).error().message, HasSubstr("USD:KRW=1450")) << bad;
}

TEST(PriceBook, AgeIsInWholeDays) {
  PriceRow row;
  EXPECT_FALSE(price_age_days(row, 0));
  row.checked = "2026-08-06";
  EXPECT_EQ(price_age_days(row, *parse_utc("2026-08-06T23:59")), 0);
  EXPECT_EQ(price_age_days(row, *parse_utc("2026-10-06")), 61);
  EXPECT_EQ(price_age_days(row, 0), 0);  // a check in the future
}

// --- the shipped table -------------------------------------------------------------------------

struct Known {
  const char* name;
  const char* at;
  const char* total;  // of a million each of input, cached input and output
};

TEST(ShippedPrices, HaveTheHistoryOfDeepSeek) {
  const PriceBook book = shipped();
  const Known cases[] = {
      {"DeepSeek-V3", "2025-02-08", "0.434"},                      // introduction
      {"deepseek/deepseek-chat", "2025-02-08T16:00", "1.44"},      // list
      {"DeepSeek-V3", "2025-02-26T17:00", "0.72"},                 // half at night
      {"DeepSeek-V3", "2025-02-27T12:00", "1.44"},                 // list by day
      {"DeepSeek-R1", "2025-01-21", "2.88"},                       // list
      {"deepseek/deepseek-reasoner", "2025-02-26T16:29", "2.88"},  // before the discount
      {"deepseek/deepseek-reasoner", "2025-02-26T16:30", "0.72"},  // its first minute
      {"deepseek-reasoner", "2025-03-01T00:29", "0.72"},           // over midnight
      {"deepseek-reasoner", "2025-03-01T00:30", "2.88"},           //
      {"deepseek-reasoner", "2025-09-05T15:59", "2.88"},           // last minute of the list
      {"deepseek-reasoner", "2025-09-05T17:00", "2.31"},           // no discount any more
      {"DeepSeek-V3", "2025-10-01", "0.728"},                      // V3.2
  };
  Quantities million;
  for (const Billed what : {Billed::kInput, Billed::kCachedInput, Billed::kOutput})
    million.set(what, 1'000'000);
  for (const Known& known : cases) {
    const Result<ModelPrices> prices = book.find(known.name, "USD");
    ASSERT_TRUE(prices) << prices.error().text();
    const Result<Bill> bill = make_bill(*prices, million, *parse_utc(known.at));
    ASSERT_TRUE(bill) << known.at << bill.error().text();
    EXPECT_EQ(bill->total.text(), known.total) << known.name << " " << known.at;
  }
  EXPECT_THAT(
      make_bill(*book.find("DeepSeek-R1", ""), million, *parse_utc("2026-11-01")).error().message,
      HasSubstr("no price holds"));
}

TEST(ShippedPrices, NameSourceAndDateOfEverything) {
  const PriceBook book = shipped();
  EXPECT_GE(book.rows().size(), 13U);
  for (const PriceRow& row : book.rows()) {
    EXPECT_FALSE(row.source.empty()) << row.model;
    EXPECT_TRUE(parse_utc_date(row.checked)) << row.model;
    EXPECT_EQ(row.currency, "USD") << row.model;
  }
  // Rates are not shipped: who converts says at what.
  EXPECT_TRUE(book.rates().empty());
  for (const char* name : {"Claude-3.5-Sonnet-1022", "GPT-4o-0513", "DeepSeek-V3", "OpenAI-o1-mini",
                           "OpenAI-o1-1217", "DeepSeek-R1"})
    EXPECT_TRUE(book.find(name, "")) << name;
  // Their makers do not sell them.
  for (const char* name : {"QwQ-32B-Preview", "DeepSeek-R1-Distill-Qwen-32B"})
    EXPECT_FALSE(book.find(name, "")) << name;
}

// DeepSeek, "DeepSeek-V3/R1 Inference System Overview": 608 G input tokens of one day, 342 G of
// them cache hits, and 168 G output tokens, all at R1's price, are said to be 562,027 USD.
TEST(ShippedPrices, GiveDeepSeeksPublishedRevenue) {
  const PriceBook book = shipped();
  Quantities day;
  day.set(Billed::kInput, 266'000'000'000);
  day.set(Billed::kCachedInput, 342'000'000'000);
  day.set(Billed::kOutput, 168'000'000'000);
  const Result<Bill> bill =
      make_bill(*book.find("DeepSeek-R1", "USD"), day, *parse_utc("2025-02-28T12:00"));
  ASSERT_TRUE(bill);
  EXPECT_EQ(bill->total.text(), "562100");
  EXPECT_NEAR(bill->total.approximate() / 562'027, 1, 0.0005);
}

// arXiv:2412.19437, table 1: 2.788 M H800 hours at 2 USD.
TEST(ShippedPrices, HaveTheClaimOnDeepSeekV3sTraining) {
  PriceBook book = shipped();
  const TrainingClaim* claim = book.find_claim("DeepSeek-V3");
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(training_cost(*claim).text(), "5576000");
  EXPECT_THAT(claim->scope, HasSubstr("final training run"));
  EXPECT_THAT(claim->scope, HasSubstr("not counted"));
  EXPECT_FALSE(book.convert(claim->price_per_gpu_hour, "USD", "KRW"));
  book.add_rate(*parse_exchange_rate("USD:KRW=1450"));
  TrainingClaim won = *claim;
  won.price_per_gpu_hour = *book.convert(claim->price_per_gpu_hour, "USD", "KRW");
  EXPECT_EQ(training_cost(won).text(), "8085200000");
}

}  // namespace
}  // namespace assay::cost
