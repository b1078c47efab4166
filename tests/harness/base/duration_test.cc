#include "harness/base/duration.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Duration, UnitsAndLimits) {
  EXPECT_EQ(parse_duration("200ms")->count(), 200'000'000);
  EXPECT_EQ(parse_duration("0.2s")->count(), 200'000'000);
  EXPECT_EQ(parse_duration("1.5")->count(), 1'500'000'000);
  EXPECT_EQ(parse_duration("15us")->count(), 15'000);
  EXPECT_EQ(parse_duration("40ns")->count(), 40);
  EXPECT_EQ(parse_duration("2m")->count(), 120'000'000'000);
  EXPECT_EQ(parse_duration("1h")->count(), 3'600'000'000'000);
  EXPECT_EQ(parse_duration("0")->count(), 0);
  for (const char* bad : {"", "s", "-1s", "1 s", "1e300h", "inf", "nan", "1x", "0x10"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, SaysWhatItFound) {
  EXPECT_EQ(parse_duration("5 minutes").error().text(),
            "`5 minutes` is not a duration; expected one like 200ms, 1.5s or 0.25");
}

}  // namespace
}  // namespace assay
