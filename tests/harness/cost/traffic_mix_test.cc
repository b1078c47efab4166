#include "harness/cost/traffic_mix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::cost {
namespace {

using ::testing::HasSubstr;

ModelPrices prices() {
  PriceRow row{.model = "m", .currency = "USD"};
  row.rates.set(Billed::kInput, *Rate::parse("0.55"));
  row.rates.set(Billed::kCachedInput, *Rate::parse("0.14"));
  row.rates.set(Billed::kOutput, *Rate::parse("2.19"));
  return {{row}};
}

std::string error(std::string_view text) { return parse_mix(text).error().text(); }

TEST(TrafficMix, ReadsAndWrites) {
  const Result<TrafficMix> mix = parse_mix("in=3000,out=500,cached=0.6,per_day=20000");
  ASSERT_TRUE(mix);
  EXPECT_EQ(mix->input, 3000);
  EXPECT_EQ(mix->cached.millionths, 600'000);
  EXPECT_EQ(mix->per_day, 20'000);
  EXPECT_EQ(mix_text(*mix), "in=3000,out=500,cached=0.6,per_day=20000");
  EXPECT_EQ(*parse_mix(mix_text(*mix)), *mix);
  EXPECT_EQ(mix_text(*parse_mix("out=0,in=7,reasoning=2,images=1")),
            "in=7,out=0,reasoning=2,images=1");
}

TEST(TrafficMix, BadTextIsNamed) {
  EXPECT_THAT(error(""), HasSubstr("without `in`"));
  EXPECT_THAT(error("in=3"), HasSubstr("without `out`"));
  EXPECT_THAT(error("in=3,out"), HasSubstr("`out` has no `=`"));
  EXPECT_THAT(error("in=3,out=5,cachd=1"), HasSubstr("did you mean `cached`"));
  EXPECT_THAT(error("in=-3,out=5"), HasSubstr("`in` is `-3`, expected a whole number"));
  EXPECT_THAT(error("in=3.5,out=5"), HasSubstr("`in` is `3.5`"));
  EXPECT_THAT(error("in=3,in=4,out=5"), HasSubstr("`in` stands twice"));
  for (const char* share : {"1.01", "-0.1", "60%", "", "0.1234567", "nan"})
    EXPECT_THAT(error("in=3,out=5,cached=" + std::string(share)),
                HasSubstr("expected a share from 0 to 1"))
        << share;
  EXPECT_THAT(error(std::string(600, 'x')), HasSubstr("too long"));
}

TEST(TrafficMix, ProjectsExactly) {
  const Result<MixCost> cost =
      project(prices(), *parse_mix("in=3000,out=500,cached=0.6,per_day=20000"), 0);
  ASSERT_TRUE(cost) << cost.error().text();
  // 1200 × 0.55 + 1800 × 0.14 + 500 × 2.19 = 2007 per million requests.
  EXPECT_EQ(cost->per_request.text(), "0.002007");
  EXPECT_EQ(cost->per_day->text(), "40.14");
  EXPECT_EQ(cost->per_month->text(), "1221.76125");  // × 365.25 / 12
  EXPECT_EQ(cost->window_share, 0);
}

TEST(TrafficMix, PartsOfTokensCount) {
  const Result<MixCost> cost = project(prices(), *parse_mix("in=1,out=0,cached=0.000001"), 0);
  ASSERT_TRUE(cost);
  // (999,999 × 0.55 + 1 × 0.14) / 10^6 per million.
  EXPECT_EQ(cost->per_request.text(), "0.00000054999959");
  EXPECT_FALSE(cost->per_day);
  EXPECT_THAT(project(prices(), *parse_mix("in=9999999,out=0,cached=0.000001"), 0).error().message,
              HasSubstr("expected fewer places"));
}

TEST(TrafficMix, TierIsThatOfTheWholePrompt) {
  ModelPrices tiered = prices();
  PriceTier tier{.above_prompt_tokens = 1000};
  tier.rates.set(Billed::kInput, *Rate::parse("1.1"));
  tiered.periods[0].tiers.push_back(tier);
  EXPECT_EQ(project(tiered, *parse_mix("in=1000,out=0"), 0)->per_request.text(), "0.00055");
  EXPECT_EQ(project(tiered, *parse_mix("in=1001,out=0"), 0)->per_request.text(), "0.0011011");
}

TEST(TrafficMix, WindowsCountByTheirShareOfTheWeek) {
  ModelPrices windowed = prices();
  windowed.periods[0].windows.push_back(
      {.name = "off-peak", .from_minute = 990, .until_minute = 30, .multiplier = Share{250'000}});
  const Result<MixCost> cost = project(windowed, *parse_mix("in=3000000,out=0,per_day=1"), 0);
  ASSERT_TRUE(cost);
  // A third of the day at a quarter: 1.65 × (2/3 + 1/12).
  EXPECT_EQ(cost->per_request.text(), "1.2375");
  EXPECT_NEAR(cost->window_share, 1.0 / 3, 1e-12);
  windowed.periods[0].windows[0].days = 0b0000011;
  EXPECT_EQ(project(windowed, *parse_mix("in=7000000,out=0"), 0)->per_request.text(), "3.575");
}

TEST(TrafficMix, SaysWhatIsMissing) {
  ModelPrices none = prices();
  none.periods[0].until = 100;
  EXPECT_THAT(project(none, *parse_mix("in=1,out=1"), 100).error().message,
              HasSubstr("no price holds"));
  none.periods[0].rates.set(Billed::kCachedInput, std::nullopt);
  EXPECT_THAT(project(none, *parse_mix("in=1,out=1,cached=1"), 0).error().message,
              HasSubstr("cached_input have no price"));
}

}  // namespace
}  // namespace assay::cost
