// Speed against scipy 1.10.1 (mannwhitneyu with method "asymptotic", ttest_rel of logarithms), and
// the median of blocks against the long way.
#include "harness/stats/speed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/block_medians.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const Values& times_a() {
  static const Values values{1.1, 2.2, 3.3, 2.2, 5.0, 1.7, 2.9};
  return values;
}
const Values& times_b() {
  static const Values values{2.2, 4.4, 6.1, 3.3, 7.2, 5.0, 2.8, 9.0};
  return values;
}

TEST(MannWhitney, AsScipy) {
  EXPECT_NEAR(*mann_whitney_p(times_a(), times_b()), 0.041733398877427975, 1e-12);
  EXPECT_NEAR(*mann_whitney_p(times_b(), times_a()), 0.041733398877427975, 1e-12);
  EXPECT_NEAR(*mann_whitney_p(Values{1, 2, 3}, Values{4, 5, 6}), 0.08085559837005224, 1e-12);
  EXPECT_EQ(*mann_whitney_p(Values{1, 1, 2}, Values{1, 1, 2}), 1);
}

TEST(MannWhitney, AtTheEdges) {
  EXPECT_FALSE(mann_whitney_p(Values{}, Values{1}));
  EXPECT_FALSE(mann_whitney_p(Values{1}, Values{}));
  EXPECT_FALSE(mann_whitney_p(Values{1, kNan}, Values{1}));
  EXPECT_EQ(*mann_whitney_p(Values{2, 2}, Values{2, 2, 2}), 1);
  EXPECT_EQ(*mann_whitney_p(Values{1}, Values{2}), 1);
}

TEST(PairedSpeed, IsStudentsTestOfLogarithms) {
  const Values b(times_b().begin(), times_b().begin() + 7);
  const SpeedDifference d = paired_speed(times_a(), b, {});
  EXPECT_NEAR(*d.ratio.value, 1.7244820537934646, 1e-12);
  EXPECT_NEAR(*d.ratio.ci_low, 1.2511581790068098, 1e-9);
  EXPECT_NEAR(*d.ratio.ci_high, 2.3768684118073766, 1e-9);
  EXPECT_NEAR(*d.p_value, 0.005972934363933806, 1e-12);
  EXPECT_EQ(d.ratio.n, 7U);
  EXPECT_EQ(d.test, "paired t of logarithms");
  EXPECT_EQ(d.banner, "");
}

TEST(PairedSpeed, DropsPairsWithoutATimeAndSaysSo) {
  const Values a{1, 2, 0, 4, kNan, 1, 3};
  const Values b{2, 4, 5, -1, 2, INFINITY, 7};
  const std::vector<uint32_t> clusters{1, 1, 2, 3, 4, 5, 6};
  const SpeedDifference d = paired_speed(a, b, {});
  EXPECT_EQ(d.ratio.n, 3U);
  EXPECT_NEAR(*d.ratio.value, std::cbrt(2 * 2 * 7.0 / 3), 1e-12);
  EXPECT_EQ(d.banner, "dropped 4 of 7 pairs: a time is not a positive number");
  const SpeedDifference c = paired_speed(a, b, clusters);
  EXPECT_EQ(c.ratio.n, 3U);
  EXPECT_TRUE(c.p_value);  // two clusters are left
  EXPECT_EQ(c.test, "clustered paired t of logarithms");
}

TEST(PairedSpeed, AtTheEdges) {
  EXPECT_FALSE(paired_speed({}, {}, {}).ratio.value);
  EXPECT_FALSE(paired_speed(Values{0}, Values{1}, {}).ratio.value);
  const SpeedDifference one = paired_speed(Values{2}, Values{3}, {});
  EXPECT_DOUBLE_EQ(*one.ratio.value, 1.5);
  EXPECT_FALSE(one.ratio.ci_low || one.p_value);
  const SpeedDifference same = paired_speed(times_a(), times_a(), {});
  EXPECT_EQ(*same.ratio.value, 1);
  EXPECT_EQ(*same.ratio.ci_high, 1);
  EXPECT_EQ(*same.p_value, 1);
}

TEST(BlockMedians, AreMediansOfTheBlocksThatTheGeneratorNames) {
  for (const size_t n : {1U, 2U, 3U, 7U, 64U, 501U, 2000U}) {
    Rng numbers(n);
    Values series;
    for (size_t i = 0; i < n; ++i)  // a trend, ties and noise
      series.push_back(std::floor(20 * numbers.uniform()) + static_cast<double>(i) / 100);
    const BlockMedians medians(series);
    const size_t block = medians.block();
    for (uint32_t r = 0; r < 40; ++r) {
      Rng rng(9, 4, r);
      Values drawn;
      while (drawn.size() < n) {
        const size_t start = rng.below(n - block + 1);
        for (size_t i = 0; i < block && drawn.size() < n; ++i) drawn.push_back(series[start + i]);
      }
      std::sort(drawn.begin(), drawn.end());
      const double low = drawn[(n - 1) / 2];
      EXPECT_EQ(medians.of_resample(9, 4, r), low + (drawn[n / 2] - low) / 2) << n << " " << r;
    }
  }
}

TEST(BlockMedians, ASeriesThatJumpsLeavesTheBandAndIsStillRight) {
  // First half 1, second half 100: blocks fall on either side, so medians are 1, 100 or between.
  Values series(1000, 1.0);
  for (size_t i = 500; i < 1000; ++i) series[i] = 100 + static_cast<double>(i);
  const BlockMedians medians(series);
  EXPECT_EQ(medians.block(), 10U);
  double lowest = 1e9;
  double highest = 0;
  for (uint32_t r = 0; r < 200; ++r) {
    lowest = std::min(lowest, medians.of_resample(1, 1, r));
    highest = std::max(highest, medians.of_resample(1, 1, r));
  }
  EXPECT_EQ(lowest, 1);
  EXPECT_GT(highest, 600);
}

Values noisy(uint64_t seed, size_t n, double scale) {
  Rng rng(seed);
  Values out;
  for (size_t i = 0; i < n; ++i) out.push_back(scale * rng.lognormal(0, 0.3));
  return out;
}

TEST(UnpairedSpeed, FindsAKnownRatioAndWarns) {
  const SpeedDifference d = unpaired_speed(noisy(1, 400, 1), noisy(2, 500, 1.2), {});
  EXPECT_LT(*d.ratio.ci_low, 1.2);
  EXPECT_GT(*d.ratio.ci_high, 1.2);
  EXPECT_GT(*d.ratio.ci_low, 1.05);
  EXPECT_LT(*d.p_value, 1e-6);
  EXPECT_EQ(d.ratio.n, 900U);
  EXPECT_EQ(d.test, "Mann-Whitney");
  EXPECT_EQ(d.ratio.method, "ratio of medians, moving-block percentile bootstrap, 10000 resamples");
  EXPECT_EQ(d.banner.rfind("not interleaved: ", 0), 0U);
  const SpeedDifference again = unpaired_speed(noisy(1, 400, 1), noisy(2, 500, 1.2), {});
  EXPECT_EQ(*d.ratio.ci_low, *again.ratio.ci_low);
}

TEST(UnpairedSpeed, IndependentTimesGiveTheWidthOfLargeSamples) {
  // Var log median ≈ (pi / 2) sigma² / n for a lognormal: half width 1.96 · 0.3 · sqrt(pi / n) for
  // two samples of n.
  const size_t n = 2000;
  const SpeedDifference d = unpaired_speed(noisy(5, n, 1), noisy(6, n, 1), {});
  const double half = 1.96 * 0.3 * std::sqrt(3.14159265 / static_cast<double>(n));
  EXPECT_NEAR((std::log(*d.ratio.ci_high) - std::log(*d.ratio.ci_low)) / 2, half, 0.3 * half);
}

TEST(UnpairedSpeed, DependentTimesGiveAWiderInterval) {
  // Each value stands for twelve neighbours.
  const auto held = [](uint64_t seed) {
    const Values few = noisy(seed, 144, 1);
    Values out;
    for (const double v : few) out.insert(out.end(), 12, v);
    return out;
  };
  const SpeedDifference dependent = unpaired_speed(held(3), held(4), {});
  const SpeedDifference independent = unpaired_speed(noisy(3, 1728, 1), noisy(4, 1728, 1), {});
  EXPECT_GT(*dependent.ratio.ci_high / *dependent.ratio.ci_low - 1,
            2 * (*independent.ratio.ci_high / *independent.ratio.ci_low - 1));
}

TEST(UnpairedSpeed, AtTheEdges) {
  const SpeedDifference none = unpaired_speed({}, times_b(), {});
  EXPECT_FALSE(none.ratio.value || none.p_value);
  const SpeedDifference one = unpaired_speed(Values{2, kNan, 0}, times_b(), {});
  EXPECT_DOUBLE_EQ(*one.ratio.value, 4.7 / 2);
  EXPECT_FALSE(one.ratio.ci_low || one.p_value);
  EXPECT_NE(one.banner.find("dropped 2 of 11 times: a time is not a positive number"),
            std::string::npos);
  const SpeedDifference same = unpaired_speed(Values(9, 3.0), Values(9, 3.0), {});
  EXPECT_EQ(*same.ratio.ci_low, 1);
  EXPECT_EQ(*same.ratio.ci_high, 1);
  EXPECT_EQ(*same.p_value, 1);
}

}  // namespace
}  // namespace assay::stats
