// A small run of the operating characteristics: the promises hold within what so few simulated data
// sets can tell, and the contrasts (unpaired, naive, ignorant of clusters) fail as they should.
#include <gtest/gtest.h>

#include <string>

#include "bench/characteristics/experiments.h"
#include "bench/characteristics/table.h"

namespace assay::bench {
namespace {

// Standard error of a 5 % share over 400 runs: 1.1 points; of a 95 % one the same.
constexpr Effort kSmall{.runs = 400, .seed = 5};
constexpr double kAlarmMost = 0.05 + 0.033;
constexpr const char* kIdentical = "Gate: identical models";
constexpr const char* kDrop = "Gate: a drop of 5 points";

TEST(Characteristics, IntervalsCoverTheTruth) {
  Table table;
  coverage_characteristics(table, kSmall);
  ASSERT_EQ(table.sections().size(), 1U);
  size_t nominal = 0;
  for (const TableRow& row : table.sections()[0].rows) {
    if (row.expected.find("95 %") == std::string::npos) continue;
    ++nominal;
    // Skewed data at small n ("less"), and 80 runs with a standard error of 2.4 points where
    // graded differences are resampled.
    const bool wide = row.expected.find("less") != std::string::npos ||
                      row.setting.find("graded difference") != std::string::npos;
    EXPECT_GT(row.value, 0.95 - (wide ? 0.1 : 0.045)) << row.setting;
  }
  EXPECT_GT(nominal, 30U);
  EXPECT_LT(table.value("Interval coverage", "the same lines taken for independent, 30 pages"),
            0.92);
}

TEST(Characteristics, TheGateSeldomAlarmsForNothingAndSeesADrop) {
  Table table;
  gate_characteristics(table, kSmall);
  for (const char* n : {"40", "200", "640"}) {
    EXPECT_LT(table.value(kIdentical, std::string("exact McNemar, n = ") + n), kAlarmMost) << n;
  }
  EXPECT_LT(table.value(kIdentical, "8 metrics, Holm, n = 200"), kAlarmMost);
  EXPECT_GT(table.value(kIdentical, "8 metrics, each at 5 %, n = 200"), 0.06);
  EXPECT_GT(table.value(kIdentical, "more than 2 points lower, n = 200"), 0.1);
  EXPECT_GT(table.value(kDrop, "exact McNemar, n = 640"), 0.85);
  for (const char* n : {"200", "640"}) {
    EXPECT_GT(table.value(kDrop, std::string("exact McNemar, n = ") + n),
              table.value(kDrop, std::string("two rates, unpaired z, n = ") + n) + 0.1)
        << n;
  }
}

TEST(Characteristics, AModelThatIsWorseByTheMarginSeldomPasses) {
  Table table;
  gate_characteristics(table, kSmall);
  const std::string title = "Gate: three-way verdict";
  for (const char* n : {"200", "640"}) {
    const std::string strict = std::string("non_inferiority, n = ") + n;
    EXPECT_LT(table.value(title, strict + ", drop of 5 points: non_inferior"), kAlarmMost);
    EXPECT_LT(table.value(title, strict + ", drop of 10 points: non_inferior"), 0.01);
    EXPECT_LT(table.value(title, strict + ", drop of 0 points: regressed"), kAlarmMost);
    EXPECT_GT(table.value(title, strict + ", drop of 10 points: regressed"), 0.85);
  }
  EXPECT_GT(table.value(title, "regression, n = 640, drop of 0 points: non_inferior"), 0.9);
}

TEST(Characteristics, ClustersCount) {
  Table table;
  cluster_characteristics(table, kSmall);
  const std::string identical = "Clusters: identical models";
  for (const char* pages : {"6", "12", "24", "60"}) {
    const std::string tail = std::string(", ") + pages + " pages";
    EXPECT_LT(table.value(identical, "paired t, clustered" + tail), kAlarmMost) << pages;
    // 80 runs.
    EXPECT_LT(table.value(identical, "sign flips of whole pages" + tail), 0.05 + 0.075) << pages;
  }
  EXPECT_GT(table.value(identical, "McNemar over the lines, 60 pages"), 0.1);
}

TEST(Characteristics, TheSameSeedGivesTheSameTable) {
  const auto text = [](uint64_t seed) {
    Table table;
    gate_characteristics(table, {.runs = 50, .seed = seed});
    return table.text();
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

// 40 runs of 2,000 resamples each: a standard error of 3.4 points.
TEST(Characteristics, CostPerCorrectAnswerCoversTheTruth) {
  Table table;
  cost_characteristics(table, kSmall);
  ASSERT_EQ(table.sections().size(), 1U);
  for (const TableRow& row : table.sections()[0].rows) EXPECT_GT(row.value, 0.82) << row.setting;
}

}  // namespace
}  // namespace assay::bench
