// Item statistics against closed forms and SciPy 1.10.1 (pearsonr, alternative="less").
#include "harness/stats/item_health.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/rng.h"

namespace assay::stats {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Discrimination, IsTheCorrelationWithTheRest) {
  // Six models, three items; rest of the first: {0, 1, 1, 2, 2, 2}.
  const std::vector<double> scores{1, 1, 0, 1, 0, 0,  //
                                   0, 1, 0, 1, 1, 1,  //
                                   0, 0, 1, 1, 1, 1};
  const Discrimination d = discrimination(scores, 6);
  ASSERT_EQ(d.r.size(), 3U);
  // pearsonr([1,1,0,1,0,0], [0,1,1,2,2,2], alternative="less")
  EXPECT_NEAR(d.r[0], -0.4472135954999579, 1e-12);
  EXPECT_NEAR(d.p_negative[0], 0.18695048315002985, 1e-9);
  // pearsonr([0,0,1,1,1,1], [1,2,0,2,1,1], alternative="less")
  EXPECT_NEAR(d.r[2], -0.34299717028501764, 1e-12);
  EXPECT_NEAR(d.p_negative[2], 0.25284027435344314, 1e-9);
}

TEST(Discrimination, WithoutEnoughModelsOrVariationThereIsNone) {
  const std::vector<double> four{1, 0, 1, 0};
  EXPECT_TRUE(std::isnan(discrimination(four, 4).r[0]));
  const std::vector<double> flat{1, 1, 1, 1, 1, 0, 1, 0, 1, 1};
  const Discrimination d = discrimination(flat, 5);
  EXPECT_TRUE(std::isnan(d.r[0]));  // does not vary
  EXPECT_TRUE(std::isnan(d.r[1]));  // the rest does not
  const std::vector<double> hole{1, 0, kNan, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0};
  const Discrimination with_hole = discrimination(hole, 5);
  EXPECT_TRUE(std::isnan(with_hole.r[0]));
  EXPECT_TRUE(std::isfinite(with_hole.r[1]));
  EXPECT_TRUE(discrimination({}, 0).r.empty());
  EXPECT_TRUE(discrimination({}, 7).r.empty());
}

TEST(Discrimination, OfAMirrorIsMinusOne) {
  const std::vector<double> mirror{1, 2, 3, 4, 5, 5, 4, 3, 2, 1};
  const Discrimination d = discrimination(mirror, 5);
  EXPECT_DOUBLE_EQ(d.r[0], -1);
  EXPECT_DOUBLE_EQ(d.p_negative[0], 0);
}

TEST(Discrimination, ByChanceOneInTwentyIsBelowFivePercent) {
  Rng rng(8);
  constexpr size_t kModels = 12;
  constexpr size_t kItems = 2000;
  std::vector<double> scores(kModels * kItems);
  for (double& score : scores) score = rng.normal();
  const Discrimination d = discrimination(scores, kModels);
  int low = 0;
  for (const double p : d.p_negative) low += p < 0.05 ? 1 : 0;
  EXPECT_NEAR(low, 100, 40);  // Binomial(2000, 0.05): four standard deviations
}

TEST(LabelBalance, EntropyAndMajority) {
  const std::vector<uint64_t> even{10, 10, 10, 10};
  const Balance b = label_balance(even);
  EXPECT_DOUBLE_EQ(*b.entropy_bits, 2);
  EXPECT_DOUBLE_EQ(*b.evenness, 1);
  EXPECT_DOUBLE_EQ(*b.majority_share.value, 0.25);
  const std::vector<uint64_t> skewed{1, 0, 3};
  const Balance s = label_balance(skewed);
  EXPECT_EQ(s.labels, 2U);
  EXPECT_EQ(s.majority, 2U);
  EXPECT_NEAR(*s.entropy_bits, 0.8112781244591328, 1e-12);  // -(.25 log2 .25 + .75 log2 .75)
  EXPECT_NEAR(*s.evenness, 0.8112781244591328, 1e-12);
  EXPECT_DOUBLE_EQ(*s.majority_share.value, 0.75);
}

TEST(LabelBalance, AtTheEdges) {
  EXPECT_FALSE(label_balance({}).entropy_bits);
  const std::vector<uint64_t> zero{0, 0};
  EXPECT_FALSE(label_balance(zero).majority_share.value);
  const std::vector<uint64_t> one{5};
  EXPECT_DOUBLE_EQ(*label_balance(one).entropy_bits, 0);
  EXPECT_FALSE(label_balance(one).evenness);
}

}  // namespace
}  // namespace assay::stats
