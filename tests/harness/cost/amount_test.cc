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

}  // namespace
}  // namespace assay
