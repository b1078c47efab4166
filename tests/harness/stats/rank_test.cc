// Rank statistics and percentiles of dependent values, against published values, closed forms and
// simulation.
#include "harness/stats/rank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/percentile.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Rank, TiesShareTheMeanOfTheirRanks) {
  EXPECT_EQ(average_ranks(Values{10, 20, 20, 5}), (Values{2, 3.5, 3.5, 1}));
  EXPECT_EQ(average_ranks(Values{}), Values{});
  EXPECT_EQ(average_ranks(Values{7, 7, 7}), (Values{2, 2, 2}));
}

TEST(Rank, SpearmanOfTheTextbookExample) {
  // IQ against hours of television, the usual worked example: Σd² = 194, rho = 1 - 6·194 / (10·99).
  const Values iq{106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
  const Values hours{7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
  const Estimate e = spearman(iq, hours);
  EXPECT_NEAR(*e.value, 1 - 6 * 194.0 / 990, 1e-12);
  const double r = *e.value;
  const double half = 1.959963984540054 * std::sqrt((1 + r * r / 2) / 7);
  EXPECT_NEAR(*e.ci_low, std::tanh(std::atanh(r) - half), 1e-12);
  EXPECT_NEAR(*e.ci_high, std::tanh(std::atanh(r) + half), 1e-12);
  EXPECT_EQ(e.n, 10U);
}

TEST(Rank, SpearmanAtTheEdges) {
  EXPECT_FALSE(spearman(Values{}, Values{}).value);
  EXPECT_FALSE(spearman(Values{1, 2}, Values{1, 2}).value);
  EXPECT_FALSE(spearman(Values{1, 1, 1}, Values{1, 2, 3}).value);
  EXPECT_FALSE(spearman(Values{1, kNan, 3}, Values{1, 2, 3}).value);
  EXPECT_DOUBLE_EQ(*spearman(Values{1, 2, 3}, Values{9, 4, 1}).value, -1);
  Values up(12);
  for (size_t i = 0; i < up.size(); ++i) up[i] = static_cast<double>(i);
  EXPECT_DOUBLE_EQ(*spearman(up, up).value, 1);
  EXPECT_FALSE(spearman(up, up).ci_low);
  const Estimate few = spearman(Values{1, 2, 3, 4}, Values{1, 3, 2, 4});
  EXPECT_DOUBLE_EQ(*few.value, 0.8);
  EXPECT_FALSE(few.ci_low);
}

TEST(Rank, MannKendallOfATrendAndOfNone) {
  // n = 10 rising: S = 45, variance 10·9·25 / 18 = 125.
  Values up;
  for (int i = 0; i < 10; ++i) up.push_back(i);
  EXPECT_NEAR(mann_kendall(up), 44 / std::sqrt(125.0), 1e-12);
  std::reverse(up.begin(), up.end());
  EXPECT_NEAR(mann_kendall(up), -44 / std::sqrt(125.0), 1e-12);
  EXPECT_EQ(mann_kendall(Values{1, 1, 1, 1}), 0);
  EXPECT_EQ(mann_kendall(Values{1, 2}), 0);
  EXPECT_EQ(mann_kendall(Values{1, kNan, 2}), 0);
  // 1 2 2 3: S = 5, variance (4·3·13 - 2·1·9) / 18.
  EXPECT_NEAR(mann_kendall(Values{1, 2, 2, 3}), 4 / std::sqrt((156.0 - 18) / 18), 1e-12);
}

TEST(ClusteredPercentile, IndependentValuesGiveTheOrdinaryInterval) {
  for (const uint64_t n : {10U, 100U, 1000U}) {
    const PercentileRanks plain = percentile_ranks(n, 0.9);
    const PercentileRanks same = percentile_ranks_clustered(n, static_cast<double>(n), 0.9);
    EXPECT_EQ(plain.low, same.low);
    EXPECT_EQ(plain.high, same.high);
    EXPECT_EQ(plain.method, same.method);
  }
}

TEST(ClusteredPercentile, RanksScaleOutward) {
  // As 10 independent values: ranks 2 and 9 of 10 for the median; of 1000: 101 and 900, 1-based.
  const PercentileRanks r = percentile_ranks_clustered(1000, 10.7, 0.5);
  EXPECT_EQ(*r.low, 100U);
  EXPECT_EQ(*r.high, 899U);
  EXPECT_EQ(r.method, "order statistics, clustered: as 10 independent");
  const PercentileRanks none = percentile_ranks_clustered(1000, 10, 0.99);
  EXPECT_FALSE(none.low);
  EXPECT_EQ(none.method, "order statistics: n = 10 cannot support an interval for p99, needs 368");
  EXPECT_FALSE(percentile_ranks_clustered(1000, 0, 0.5).low);
}

TEST(ClusteredPercentile, EffectiveSizeByHand) {
  // 4 clusters of 10, half of the values below: counts 10, 10, 0, 0; residuals 5, 5, -5, -5.
  const double ratio = 1.959963984540054 / 3.182446305284263;  // t(3)
  const double variance = 4.0 / 3 * 100 / 1600;
  EXPECT_NEAR(effective_size(40, 4, 0.5, 100), 0.25 / variance * ratio * ratio, 1e-9);
  EXPECT_EQ(effective_size(40, 1, 0.5, 100), 0);
  EXPECT_EQ(effective_size(0, 0, 0.5, 0), 0);
  EXPECT_EQ(effective_size(40, 1000, 0.5, 1e-9), 40);
  EXPECT_NEAR(effective_size(40, 4, 1, 0), 4 * ratio * ratio, 1e-9);
}

// Values of a cluster share most of their size: the clustered interval keeps its promise, the
// ordinary one is far from it.
TEST(ClusteredPercentile, CoversTheTrueMedian) {
  constexpr int kRuns = 400;
  constexpr size_t kClusters = 40;
  constexpr size_t kEach = 25;
  int clustered = 0;
  int plain = 0;
  for (int run = 0; run < kRuns; ++run) {
    Rng rng(11, run);
    std::vector<Values> clusters(kClusters);
    Values all;
    for (Values& cluster : clusters) {
      const double own = rng.normal();
      for (size_t i = 0; i < kEach; ++i) cluster.push_back(own + 0.5 * rng.normal());
      all.insert(all.end(), cluster.begin(), cluster.end());
    }
    std::sort(all.begin(), all.end());
    const Estimate median = percentile(all, 0.5);
    const auto below = [&](const Values& c) {
      return static_cast<double>(
          std::count_if(c.begin(), c.end(), [&](double v) { return v <= *median.value; }));
    };
    const double share = below(all) / static_cast<double>(all.size());
    double squares = 0;
    for (const Values& c : clusters) squares += std::pow(below(c) - share * kEach, 2);
    const PercentileRanks r = percentile_ranks_clustered(
        all.size(), effective_size(all.size(), kClusters, share, squares), 0.5);
    ASSERT_TRUE(r.low);
    clustered += all[*r.low] <= 0 && 0 <= all[*r.high] ? 1 : 0;
    plain += *median.ci_low <= 0 && 0 <= *median.ci_high ? 1 : 0;
  }
  EXPECT_GE(clustered, kRuns * 92 / 100);
  EXPECT_LE(plain, kRuns * 60 / 100);
}

}  // namespace
}  // namespace assay::stats
