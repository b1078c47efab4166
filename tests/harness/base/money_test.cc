#include "harness/base/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace assay {
namespace {

TEST(Money, ParsesDecimals) {
  EXPECT_EQ(Money::parse("0.40")->nano, 400'000'000);
  EXPECT_EQ(Money::parse("12")->nano, 12'000'000'000);
  EXPECT_EQ(Money::parse("-3.5")->nano, -3'500'000'000);
  EXPECT_EQ(Money::parse("0.000000001")->nano, 1);
  EXPECT_EQ(Money::parse("9223372036.854775807")->nano, INT64_MAX);
}

TEST(Money, RefusesEverythingElse) {
  for (const auto* text :
       {"", "-", ".", ".5", "5.", "1.0000000001", "1e3", "+1", "1,5", " 1", "1 ", "--1", "0x1",
        "9223372036.854775808", "99999999999999999999", "1.2.3", "nan"}) {
    EXPECT_FALSE(Money::parse(text).has_value()) << text;
  }
  EXPECT_EQ(Money::parse("1e3").error().text(),
            "`1e3` is not an amount, expected a decimal such as 0.40");
}

TEST(Money, TextReadsBack) {
  for (const auto* text : {"0", "0.4", "12", "-3.5", "0.000000001", "-0.05", "123456789.000000001"})
    EXPECT_EQ(Money::parse(text)->text(), text);
  EXPECT_EQ(Money{INT64_MIN}.text(), "-9223372036.854775808");
}

TEST(Money, RatioRoundsHalfToEven) {
  EXPECT_EQ(Money{5}.times_ratio(1, 2).nano, 2);    // 2.5
  EXPECT_EQ(Money{7}.times_ratio(1, 2).nano, 4);    // 3.5
  EXPECT_EQ(Money{-5}.times_ratio(1, 2).nano, -2);  // -2.5
  EXPECT_EQ(Money{-7}.times_ratio(1, 2).nano, -4);
  EXPECT_EQ(Money{10}.times_ratio(1, 3).nano, 3);
  EXPECT_EQ(Money{11}.times_ratio(1, 3).nano, 4);  // 3.67
  EXPECT_EQ(Money{0}.times_ratio(5, 7).nano, 0);
  // The product does not fit in 64 bits, the result does.
  EXPECT_EQ(Money{4'000'000'000'000'000'000}.times_ratio(3'600'000'000'000, 3'600'000'000'000).nano,
            4'000'000'000'000'000'000);
}

TEST(Money, Adds) {
  EXPECT_EQ(Money{1} + Money{2}, Money{3});
  EXPECT_LT(Money{1}, Money{2});
}

}  // namespace
}  // namespace assay
