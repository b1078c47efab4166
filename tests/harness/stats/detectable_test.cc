// What a comparison can see. Power against a sum over all tables (only_a, only_b, concordant) of
// the trinomial, by scipy 1.10.1 (multinomial.pmf, binom.cdf).
#include "harness/stats/detectable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/rng.h"
#include "harness/stats/paired.h"

namespace assay::stats {
namespace {

TEST(Detectable, SmallestDifferenceOfAnError) {
  // 1.959963984540054 + 0.8416212335729143.
  EXPECT_NEAR(smallest_detectable(1, {}), 2.8015852181129683, 1e-12);
  EXPECT_NEAR(smallest_detectable(0.01, {.alpha = 0.01, .power = 0.9}),
              0.01 * (2.5758293035489004 + 1.2815515655446004), 1e-12);
  EXPECT_EQ(smallest_detectable(0, {}), 0);
}

TEST(Detectable, ItemsForADifferenceAndBack) {
  // (2.8015852 · 0.5 / 0.05)² = 784.9.
  EXPECT_EQ(items_for(0.05, 0.5, {}), 785U);
  EXPECT_LE(smallest_detectable(0.5 / std::sqrt(785.0), {}), 0.05);
  EXPECT_GT(smallest_detectable(0.5 / std::sqrt(784.0), {}), 0.05);
  EXPECT_EQ(items_for(0.5, 0, {}), 2U);
  EXPECT_EQ(items_for(1e-300, 1, {}), uint64_t{1} << 63);
}

TEST(Detectable, DeviationOfPairedBinaries) {
  EXPECT_DOUBLE_EQ(paired_binary_deviation(0.1, 0), std::sqrt(0.1));
  EXPECT_DOUBLE_EQ(paired_binary_deviation(0.2, 0.1), std::sqrt(0.19));
  EXPECT_EQ(paired_binary_deviation(0, 0.1), 0);
}

TEST(McnemarPower, AsTheSumOverAllTables) {
  EXPECT_NEAR(mcnemar_power(30, 0.3, 0.2, 0.05), 0.4031761072431722, 1e-10);
  EXPECT_NEAR(mcnemar_power(60, 0.1, -0.08, 0.05), 0.31361988131628143, 1e-10);
  EXPECT_NEAR(mcnemar_power(25, 0.5, 0, 0.05), 0.024768337547477863, 1e-10);
  EXPECT_NEAR(mcnemar_power(40, 1.0, 0.3, 0.01), 0.20528228270174856, 1e-10);
  EXPECT_NEAR(mcnemar_power(20, 0.2, 0.2, 0.05), 0.1957922145404508, 1e-10);
}

TEST(McnemarPower, AsASimulationWithManyItems) {
  // 4,000 trials: three standard errors are 0.024 at most.
  Rng rng(17);
  int found = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    uint64_t only_a = 0;
    uint64_t only_b = 0;
    for (int i = 0; i < 640; ++i) {
      const double u = rng.uniform();
      only_a += u < 0.075 ? 1 : 0;
      only_b += u >= 0.075 && u < 0.1 ? 1 : 0;
    }
    found += mcnemar_exact(only_a, only_b) <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(mcnemar_power(640, 0.1, 0.05, 0.05), found / 4000.0, 0.024);
}

TEST(McnemarPower, AtTheEdges) {
  EXPECT_EQ(mcnemar_power(0, 0.1, 0.05, 0.05), 0);
  EXPECT_EQ(mcnemar_power(100, 0, 0, 0.05), 0);
  EXPECT_EQ(mcnemar_power(5, 1, 1, 0.05), 0);  // five pairs cannot reject: 2 / 2^5 > 0.05
  EXPECT_EQ(mcnemar_power(6, 1, 1, 0.05), 1);
  EXPECT_EQ(mcnemar_power(6, 1, 0, 1), 1);
  EXPECT_NEAR(mcnemar_power(1'000'000, 0.1, 0.05, 0.05), 1, 1e-9);
  EXPECT_TRUE(std::isnan(mcnemar_power(10, 0.1, 0.2, 0.05)));
  EXPECT_TRUE(std::isnan(mcnemar_power(10, 1.5, 0.2, 0.05)));
  EXPECT_TRUE(std::isnan(mcnemar_power(10, NAN, 0.2, 0.05)));
  EXPECT_TRUE(std::isnan(mcnemar_power(10, 0.1, NAN, 0.05)));
}

}  // namespace
}  // namespace assay::stats
