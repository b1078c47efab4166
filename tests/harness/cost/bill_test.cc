#include "harness/cost/bill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::cost {
namespace {

using ::testing::HasSubstr;

Rate rate(const char* text) { return *Rate::parse(text); }

PriceRow row(const char* input, const char* output) {
  PriceRow out{.model = "m", .currency = "USD"};
  out.rates.set(Billed::kInput, rate(input));
  out.rates.set(Billed::kOutput, rate(output));
  return out;
}

Quantities of(std::initializer_list<std::pair<Billed, int64_t>> counts) {
  Quantities out;
  for (const auto& [what, count] : counts) out.set(what, count);
  return out;
}

std::string total(const PriceRow& prices, const Quantities& quantities, int64_t unix_s = 0,
                  Service service = Service::kStandard) {
  const Result<Bill> bill = make_bill({{prices}, service}, quantities, unix_s);
  return bill ? bill->total.text() : bill.error().text();
}

TEST(Bill, AddsLinesByWhatTheyAre) {
  PriceRow prices = row("2.5", "10");
  prices.rates.set(Billed::kCachedInput, rate("1.25"));
  prices.rates.set(Billed::kRequest, rate("0.001"));
  const Quantities q = of({{Billed::kInput, 5974},
                           {Billed::kCachedInput, 27'080},
                           {Billed::kOutput, 2829},
                           {Billed::kRequest, 1},
                           {Billed::kImage, 3}});
  const Result<Bill> bill = make_bill({{prices}}, q, 0);
  ASSERT_TRUE(bill);
  EXPECT_EQ(bill->prompt.text(), "0.048785");
  EXPECT_EQ(bill->reply.text(), "0.02829");
  EXPECT_EQ(bill->others.text(), "0.001");
  EXPECT_EQ(bill->total.text(), "0.078075");
  EXPECT_EQ(bill->lines.size(), 4U);  // a picture without a price of its own costs nothing
}

TEST(Bill, ReasoningAndPicturesCostWhatTextDoesUnlessTheyHaveAPrice) {
  PriceRow prices = row("1", "4");
  const Quantities q = of({{Billed::kImageInput, 1'000'000}, {Billed::kReasoning, 1'000'000}});
  EXPECT_EQ(total(prices, q), "5");
  prices.rates.set(Billed::kReasoning, rate("6"));
  prices.rates.set(Billed::kImageInput, rate("0.5"));
  EXPECT_EQ(total(prices, q), "6.5");
}

TEST(Bill, ATierHoldsForTheWholePromptAndStrictly) {
  PriceRow prices = row("1.25", "10");
  prices.rates.set(Billed::kCachedInput, rate("0.3125"));
  PriceTier tier{.above_prompt_tokens = 200'000};
  tier.rates.set(Billed::kInput, rate("2.5"));
  tier.rates.set(Billed::kOutput, rate("15"));
  prices.tiers.push_back(tier);
  const auto at = [&](int64_t input, int64_t cached) {
    return total(
        prices,
        of({{Billed::kInput, input}, {Billed::kCachedInput, cached}, {Billed::kOutput, 1000}}));
  };
  EXPECT_EQ(at(100'000, 100'000), "0.16625");    // exactly the threshold
  EXPECT_EQ(at(100'001, 100'000), "0.2962525");  // the cached rate is not named: it stays
}

TEST(Bill, ServicesHaveOwnRatesOrAMultiplier) {
  PriceRow prices = row("2", "8");
  const Quantities q = of({{Billed::kInput, 1'000'000}, {Billed::kOutput, 1'000'000}});
  EXPECT_THAT(total(prices, q, 0, Service::kBatch), HasSubstr("on the batch service"));
  prices.services.push_back({.service = Service::kBatch, .multiplier = Share{500'000}});
  EXPECT_EQ(total(prices, q, 0, Service::kBatch), "5");
  prices.services[0].rates.set(Billed::kOutput, rate("3"));
  EXPECT_EQ(total(prices, q, 0, Service::kBatch), "4");
  EXPECT_EQ(total(prices, q), "10");
}

TEST(Bill, AWindowMayGoOverMidnight) {
  PriceRow prices = row("0.55", "2.19");
  prices.windows.push_back({.name = "off-peak",
                            .from_minute = 16 * 60 + 30,
                            .until_minute = 30,
                            .multiplier = Share{250'000}});
  const Quantities q = of({{Billed::kInput, 1'000'000}});
  const auto at = [&](int hour, int minute) { return total(prices, q, hour * 3600 + minute * 60); };
  EXPECT_EQ(at(16, 29), "0.55");
  EXPECT_EQ(at(16, 30), "0.1375");
  EXPECT_EQ(at(23, 59), "0.1375");
  EXPECT_EQ(at(0, 29), "0.1375");
  EXPECT_EQ(at(0, 30), "0.55");
  EXPECT_EQ(total(prices, q, -60), "0.1375");  // before 1970 too
}

TEST(Bill, AWindowMayHaveDaysOnWhichItBegins) {
  PriceRow prices = row("2", "2");
  prices.windows.push_back({.name = "weekend",
                            .from_minute = 22 * 60,
                            .until_minute = 2 * 60,
                            .days = 0b1000000,  // Sunday
                            .multiplier = Share{500'000}});
  const Quantities q = of({{Billed::kInput, 1'000'000}});
  constexpr int64_t kSunday = 3 * 86'400;  // 4 January 1970
  const auto at = [&](int64_t hours) { return total(prices, q, kSunday + hours * 3600); };
  EXPECT_EQ(at(21), "2");
  EXPECT_EQ(at(22), "1");
  EXPECT_EQ(at(25), "1");  // Monday at one
  EXPECT_EQ(at(26), "2");
  EXPECT_EQ(at(1), "2");  // Sunday at one belongs to Saturday
  EXPECT_EQ(minute_of_week(kSunday), 6 * 1440);
  EXPECT_EQ(minute_of_week(-60), 3 * 1440 - 1);
}

TEST(Bill, ThePeriodIsThatOfTheTime) {
  PriceRow early = row("1", "1");
  early.until = 100;
  PriceRow late = row("3", "3");
  late.from = 100;
  const ModelPrices prices{{early, late}};
  const Quantities q = of({{Billed::kInput, 1'000'000}});
  EXPECT_EQ(make_bill(prices, q, 99)->total.text(), "1");
  EXPECT_EQ(make_bill(prices, q, 100)->total.text(), "3");
  late.from = 200;
  EXPECT_THAT(make_bill({{early, late}}, q, 150).error().message, HasSubstr("no price holds"));
}

TEST(Bill, WhatHasNoPriceIsAnErrorUnlessToldOtherwise) {
  PriceRow prices = row("2", "6");
  const Quantities q = of({{Billed::kCachedInput, 1'000'000}});
  const std::string error = total(prices, q);
  EXPECT_THAT(error, HasSubstr("1000000 tokens of cached_input have no price"));
  EXPECT_THAT(error, HasSubstr("--assume-input-price"));
  ModelPrices assumed{{prices}, Service::kStandard, MissingPrice::kAsInput};
  const Result<Bill> bill = make_bill(assumed, q, 0);
  EXPECT_EQ(bill->total.text(), "2");
  EXPECT_TRUE(bill->lines[0].assumed);
  // Output cannot be taken for input.
  EXPECT_FALSE(make_bill(assumed, of({{Billed::kAudioOutput, 1}}), 0));
  assumed.missing = MissingPrice::kZero;
  EXPECT_EQ(make_bill(assumed, q, 0)->total.text(), "0");
}

TEST(Bill, AbsurdCountsAreBounded) {
  const Quantities q = of({{Billed::kInput, INT64_MAX}, {Billed::kOutput, -5}});
  EXPECT_EQ(q.get(Billed::kInput), kCountMax);
  EXPECT_EQ(q.get(Billed::kOutput), 0);
  EXPECT_EQ(total(row("1", "1"), q), "1000000");
}

}  // namespace
}  // namespace assay::cost
