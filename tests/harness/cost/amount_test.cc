#include "harness/base/amount.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Rate, ReadsDecimalsExactly) {
  EXPECT_EQ(Rate::parse("0.55")->pico, 550'000'000'000);
  EXPECT_EQ(Rate::parse("5.5e-07")->pico, 550'000);
  EXPECT_EQ(Rate::parse("1E+2")->text(), "100");
  EXPECT_EQ(Rate::parse("0")->pico, 0);
  EXPECT_EQ(Rate::parse("0.1000000000000000")->text(), "0.1");
  EXPECT_EQ(Rate::parse("9000000")->text(), "9000000");
}

TEST(Rate, RefusesWhatIsNoPrice) {
  for (const char* text : {"", ".", "-1", "1.", ".5", "1e", "1e99", "nan", "0.0000000000001",
                           "10000000", "1,5", "0x1", "1e-40"})
    EXPECT_FALSE(Rate::parse(text)) << text;
}

TEST(Rate, IsScaledHalfToEven) {
  EXPECT_EQ(Rate{5}.times_ratio(1, 2)->pico, 2);
  EXPECT_EQ(Rate{7}.times_ratio(1, 2)->pico, 4);
  EXPECT_FALSE(Rate{INT64_MAX}.times_ratio(2, 1));
}

TEST(Amount, AddsWithoutRounding) {
  Amount sum;
  for (int i = 0; i < 1000; ++i) sum += Amount::of(*Rate::parse("0.0375"), 1, 1'000'000);
  EXPECT_EQ(sum.text(), "0.0000375");
  EXPECT_EQ(sum.money().nano, 37'500);
  EXPECT_EQ(Amount::of(*Rate::parse("0.0375"), 1, 1'000'000).money().nano, 38);  // 37.5
  EXPECT_EQ(Amount::of(*Rate::parse("0.0365"), 1, 1'000'000).money().nano, 36);  // 36.5
}

TEST(Amount, CountsOneByOne) {
  EXPECT_EQ(Amount::of(*Rate::parse("0.01"), 3, 1).text(), "0.03");
  EXPECT_EQ(Amount::of(Money{1}).text(), "0.000000001");
}

TEST(Amount, StaysAtTheEndOfItsRange) {
  Amount sum = Amount::of(Rate{INT64_MAX}, INT64_MAX, 1);
  for (int i = 0; i < 5; ++i) sum += sum;
  EXPECT_EQ(sum.money().nano, INT64_MAX);
  EXPECT_GT(sum.approximate(), 1e20);
}

TEST(Rate, OtherUnitsAreScaledAndRoundedHalfToEven) {
  const auto scaled = [](const char* text, int exponent) {
    bool rounded = false;
    const Result<Rate> rate = Rate::parse_scaled(text, exponent, &rounded);
    return rate ? rate->text() + (rounded ? " rounded" : "") : std::string("none");
  };
  EXPECT_EQ(scaled("2.5e-06", 6), "2.5");
  EXPECT_EQ(scaled("0.00000014", 6), "0.14");
  EXPECT_EQ(scaled("5", -3), "0.005");
  EXPECT_EQ(scaled("2.9999900000000002e-06", 6), "2.99999 rounded");
  EXPECT_EQ(scaled("0.0000000000025", 0), "0.000000000002 rounded");
  EXPECT_EQ(scaled("0.0000000000035", 0), "0.000000000004 rounded");
  EXPECT_EQ(scaled("0.00000000000250001", 0), "0.000000000003 rounded");
  EXPECT_EQ(scaled("0.9999999999996", 0), "1 rounded");
  EXPECT_EQ(scaled("9.9999999999995", 0), "10 rounded");
  EXPECT_EQ(scaled("0.0000000000000001", 0), "0 rounded");
  EXPECT_EQ(scaled("0.0000000000005", 0), "0 rounded");
  EXPECT_EQ(scaled("0.0000000000006", 0), "0.000000000001 rounded");
  EXPECT_EQ(scaled("0", 6), "0");
  for (const char* bad : {"-1", "", "x", "1e99", "99999999", "1e30"})
    EXPECT_EQ(scaled(bad, 6), "none");
}

TEST(Amount, RatiosRoundOnceAndStayInRange) {
  const Amount one = Amount::of(Money{1'000'000'000});
  EXPECT_EQ(one.times_ratio(487, 16).text(), "30.4375");
  EXPECT_EQ(one.times_ratio(1, 3).text(), "0.333333333333333333");
  EXPECT_EQ(one.times_ratio(2, 3).text(), "0.666666666666666667");
  EXPECT_EQ(one.times_ratio(-1, 8).text(), "-0.125");
  EXPECT_EQ(Amount::of(Rate{1}, 1, 1).times_ratio(1, 2'000'000).text(), "0");  // half to even
  const Amount large = Amount::of(Rate{INT64_MAX}, 1'000'000'000'000, 1);
  EXPECT_GT(large.times_ratio(INT64_MAX, 1).approximate(), 1e20);
  EXPECT_LT(large.times_ratio(-INT64_MAX, 1).approximate(), -1e20);
}

}  // namespace
}  // namespace assay
