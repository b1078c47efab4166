#include "harness/base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace assay {
namespace {

TEST(Rng, TheSameNameGivesTheSameStreamAndAnotherAnother) {
  Rng a(7, 1, 2);
  Rng b(7, 1, 2);
  Rng c(7, 2, 1);
  Rng d(8, 1, 2);
  for (int i = 0; i < 100; ++i) {
    const uint64_t x = a.next();
    EXPECT_EQ(x, b.next());
    EXPECT_NE(x, c.next());
    EXPECT_NE(x, d.next());
  }
}

// SplitMix64 of 0 begins with these (Vigna's reference implementation, also in Java's tests): the
// finaliser is the published one.
TEST(Rng, MixIsSplitMix64) {
  EXPECT_EQ(mix64(0x9E3779B97F4A7C15ULL), 0xE220A8397B1DCDAFULL);
  EXPECT_EQ(mix64(2 * 0x9E3779B97F4A7C15ULL), 0x6E789E6AA1B965F4ULL);
}

TEST(Rng, UniformLiesInTheHalfOpenUnitIntervalAndIsFlat) {
  Rng rng(1);
  const int n = 200'000;
  std::vector<int> bins(20, 0);
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++bins[static_cast<size_t>(u * 20)];
  }
  double chi2 = 0;
  for (const int count : bins) chi2 += std::pow(count - n / 20.0, 2) / (n / 20.0);
  EXPECT_LT(chi2, 60);  // 19 degrees of freedom: beyond any reasonable quantile
}

TEST(Rng, BelowIsInRangeAndFlat) {
  Rng rng(2);
  EXPECT_EQ(rng.below(1), 0U);
  const int n = 70'000;
  std::vector<int> bins(7, 0);
  for (int i = 0; i < n; ++i) ++bins[rng.below(7)];
  for (const int count : bins) EXPECT_NEAR(count, n / 7, 5 * std::sqrt(n / 7.0));
  const uint64_t large = (uint64_t{1} << 63) + 1;  // where a plain modulo is worst
  for (int i = 0; i < 1000; ++i) ASSERT_LT(rng.below(large), large);
}

TEST(Rng, NormalAndLogNormalHaveTheirMoments) {
  Rng rng(3);
  const int n = 100'000;
  double sum = 0;
  double square = 0;
  std::vector<double> delays;
  for (int i = 0; i < n; ++i) {
    const double z = rng.normal();
    ASSERT_TRUE(std::isfinite(z));
    sum += z;
    square += z * z;
    delays.push_back(rng.lognormal(std::log(0.2), 0.5));
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1, 5 * std::sqrt(2.0 / n));
  std::nth_element(delays.begin(), delays.begin() + n / 2, delays.end());
  EXPECT_NEAR(delays[n / 2], 0.2, 0.005);
}

TEST(Rng, ShuffleIsAPermutationAndEveryOrderIsAsLikely) {
  std::vector<int> counts(6, 0);
  for (uint64_t i = 0; i < 60'000; ++i) {
    std::vector<int> items = {0, 1, 2};
    Rng(4, i).shuffle(items);
    std::vector<int> sorted = items;
    std::sort(sorted.begin(), sorted.end());
    ASSERT_THAT(sorted, ::testing::ElementsAre(0, 1, 2));
    ++counts[static_cast<size_t>(items[0] * 2 + (items[1] > items[2] ? 1 : 0))];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  std::vector<int> none;
  Rng(1).shuffle(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace assay
