// E-divisive against a direct evaluation of its formula (every pair of ends, sums over all pairs,
// numpy 1.24) and against the best-known series with a change.
#include "harness/stats/change_points.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "harness/base/rng.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;

// Annual flow of the Nile at Aswan 1871-1970; the level fell in 1899 (Cobb, Biometrika 65 (1978)
// 243).
const Values& nile() {
  static const Values flows{
      1120, 1160, 963, 1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994,  1020,
      960,  1180, 799, 958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,
      874,  694,  940, 833,  701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,
      1120, 1100, 832, 764,  821,  768,  845,  864,  862,  698,  845,  744,  796,  1040, 759,
      781,  865,  845, 944,  984,  897,  822,  1010, 771,  676,  649,  846,  812,  742,  801,
      1040, 860,  874, 848,  890,  744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,
      1020, 906,  901, 1170, 912,  746,  919,  718,  714,  740};
  return flows;
}

Values steps(const std::vector<std::pair<size_t, double>>& levels, double deviation,
             uint64_t seed) {
  Rng rng(seed);
  Values out;
  for (const auto& [count, level] : levels) {
    for (size_t i = 0; i < count; ++i) out.push_back(level + deviation * rng.normal());
  }
  return out;
}

TEST(ChangePoints, BestSplitIsThatOfTheFormula) {
  const ChangePoint small = best_split(Values{1, 2, 4, 7, 3, 9, 8, 12, 11, 10, 15, 9}, 3);
  EXPECT_EQ(small.index, 5U);
  EXPECT_NEAR(small.statistic, 25.61111111111111, 1e-12);
  const ChangePoint found = best_split(nile(), 3);
  EXPECT_EQ(found.index, 28U);
  EXPECT_NEAR(found.statistic, 4916.590807675145, 1e-8);
  const ChangePoint wide = best_split(nile(), 30);  // no side shorter than 30
  EXPECT_EQ(wide.index, 30U);
  EXPECT_NEAR(wide.statistic, 4204.083730146051, 1e-8);
}

TEST(ChangePoints, TheNileFellIn1899) {
  const ChangePoints found = change_points(nile(), {});
  ASSERT_EQ(found.points.size(), 1U);
  EXPECT_EQ(1871 + found.points[0].index, 1899U);
  EXPECT_DOUBLE_EQ(found.points[0].p_value, 1.0 / 200);
}

TEST(ChangePoints, FindsStepsWhereTheyAre) {
  const ChangePoints found =
      change_points(steps({{20, 0.80}, {15, 0.70}, {20, 0.82}}, 0.01, 3), {});
  ASSERT_EQ(found.points.size(), 2U);
  EXPECT_EQ(found.points[0].index, 20U);
  EXPECT_EQ(found.points[1].index, 35U);
}

TEST(ChangePoints, AWiderSpreadIsAChangeToo) {
  Values series = steps({{60, 0.0}}, 0.1, 5);
  const Values wide = steps({{60, 0.0}}, 3, 6);
  series.insert(series.end(), wide.begin(), wide.end());
  const ChangePoints found = change_points(series, {});
  ASSERT_EQ(found.points.size(), 1U);
  EXPECT_NEAR(static_cast<double>(found.points[0].index), 60, 5);
}

TEST(ChangePoints, NoneInNoise) {
  int series_with_points = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const ChangePoints found = change_points(steps({{30, 0.8}}, 0.02, 100 + seed), {});
    series_with_points += found.points.empty() ? 0 : 1;
  }
  // At most 5 % in the long run: more than 11 of 100 has a chance below 0.5 %.
  EXPECT_LE(series_with_points, 11);
}

TEST(ChangePoints, TheSearchIsBounded) {
  Values stairs;
  for (int i = 0; i < 240; ++i) stairs.push_back(i / 12);
  EXPECT_GT(change_points(stairs, {}).points.size(), 2U);
  ChangePointOptions two;
  two.points_max = 2;
  EXPECT_EQ(change_points(stairs, two).points.size(), 2U);
}

TEST(ChangePoints, NothingToFind) {
  EXPECT_TRUE(change_points({}, {}).points.empty());
  EXPECT_TRUE(change_points(Values{1}, {}).points.empty());
  EXPECT_TRUE(change_points(Values{0, 0, 0, 9, 9}, {}).points.empty());     // fewer than 6
  EXPECT_TRUE(change_points(Values(50, 0.75), {}).points.empty());          // constant
  EXPECT_TRUE(change_points(Values{0, 0, 0, 9, 9, 9}, {}).points.empty());  // 2 of 20 orders do it
  const ChangePoints found = change_points(Values{0, 0, 0, 0, 0, 9, 9, 9, 9, 9}, {});
  ASSERT_EQ(found.points.size(), 1U);
  EXPECT_EQ(found.points[0].index, 5U);
}

TEST(ChangePoints, RefusesWhatIsNoNumber) {
  const ChangePoints found =
      change_points(Values{1, 2, std::numeric_limits<double>::quiet_NaN(), 4, 5, 6, 7}, {});
  EXPECT_TRUE(found.points.empty());
  EXPECT_FALSE(found.refused.empty());
}

TEST(ChangePoints, SameSeedSameAnswerAndHugeValuesDoNotOverflow) {
  const Values series = steps({{12, 1e300}, {12, 2e300}}, 1e298, 9);
  const ChangePoints a = change_points(series, {});
  const ChangePoints b = change_points(series, {});
  ASSERT_EQ(a.points.size(), 1U);
  EXPECT_EQ(a.points[0].index, 12U);
  EXPECT_EQ(a.points[0].p_value, b.points[0].p_value);
}

}  // namespace
}  // namespace assay::stats
