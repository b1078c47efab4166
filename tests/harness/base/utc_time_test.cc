#include "harness/base/utc_time.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(UtcTime, ReadsDatesAndTimes) {
  EXPECT_EQ(parse_utc("1970-01-01"), 0);
  EXPECT_EQ(parse_utc("2025-02-26T16:30:00Z"), 1'740'587'400);
  EXPECT_EQ(parse_utc("2025-02-26T16:30"), 1'740'587'400);
  EXPECT_EQ(parse_utc("2025-02-26 16:30Z"), 1'740'587'400);
  EXPECT_EQ(parse_utc("2024-02-29"), 1'709'164'800);
  EXPECT_EQ(parse_utc_date("2025-02-26"), 1'740'528'000);
}

TEST(UtcTime, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "2025", "2025-02-30", "2023-02-29", "2025-13-01", "1969-12-31", "2025-2-3",
        "2025-02-03T", "2025-02-03T24:00", "2025-02-03T10:60", "2025-02-03T10:00:61",
        "2025-02-03T10:00+09:00", "2025-02-03T10:00ZZ", "+025-02-03", "2025-02-03T10:00:5"})
    EXPECT_FALSE(parse_utc(bad)) << bad;
  EXPECT_FALSE(parse_utc_date("2025-02-26T16:30"));
}

TEST(UtcTime, WritesWhatItReads) {
  for (const char* text : {"2025-02-26", "2025-02-26T16:30:00Z", "9999-12-31T23:59:59Z"})
    EXPECT_EQ(utc_text(*parse_utc(text)), text);
  EXPECT_EQ(utc_date_text(1'740'587'400), "2025-02-26");
  EXPECT_EQ(utc_text(-1), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace assay
