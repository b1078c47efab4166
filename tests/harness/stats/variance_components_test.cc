// One-way random effects against the ANOVA table computed by numpy 1.24.
#include "harness/stats/variance_components.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "harness/base/rng.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
using Items = std::vector<uint32_t>;

TEST(VarianceComponents, UnbalancedAnova) {
  const Items items{0, 0, 0, 1, 1, 2, 2, 2, 2, 3};
  const VarianceComponents binary =
      variance_components(Values{1, 0, 1, 0, 0, 1, 1, 0, 1, 1}, items);
  EXPECT_EQ(binary.items, 4U);
  EXPECT_EQ(binary.values, 10U);
  EXPECT_NEAR(*binary.within, 0.23611111111111113, 1e-14);
  EXPECT_NEAR(*binary.between, 0.03928571428571427, 1e-14);
  const VarianceComponents graded =
      variance_components(Values{.1, .3, .9, .7, .5, .55, .2, .15, .22, .9}, items);
  EXPECT_NEAR(*graded.within, 0.07774444444444445, 1e-14);
  EXPECT_NEAR(*graded.between, 0.01866571428571428, 1e-14);
}

TEST(VarianceComponents, OrderAndNamesOfItemsDoNotMatter) {
  const VarianceComponents a =
      variance_components(Values{1, 0, 1, 1, 0, 0}, Items{0, 0, 1, 1, 2, 2});
  const VarianceComponents b =
      variance_components(Values{1, 1, 0, 0, 1, 0}, Items{7, 4, 7, 9, 4, 9});
  EXPECT_DOUBLE_EQ(*a.within, *b.within);
  EXPECT_DOUBLE_EQ(*a.between, *b.between);
}

// Binary pass@1: an item's expectation p ~ Beta(2, 2) has variance 1/20, one sample of it p(1 - p)
// on average 1/5.
TEST(VarianceComponents, SplitsPassAtOneIntoQuestionsAndSamples) {
  Rng rng(4);
  Values values;
  Items items;
  for (uint32_t i = 0; i < 20'000; ++i) {
    // The median of three uniform numbers is Beta(2, 2).
    const double a = rng.uniform();
    const double b = rng.uniform();
    const double c = rng.uniform();
    const double p = std::max(std::min(a, b), std::min(std::max(a, b), c));
    for (int k = 0; k < 4; ++k) {
      values.push_back(rng.uniform() < p ? 1 : 0);
      items.push_back(i);
    }
  }
  const VarianceComponents v = variance_components(values, items);
  EXPECT_NEAR(*v.between, 0.05, 0.003);
  EXPECT_NEAR(*v.within, 0.2, 0.003);
  EXPECT_NEAR(variance_of_mean(v, 100, 4), 0.05 / 100 + 0.2 / 400, 1e-4);
}

TEST(VarianceComponents, WhatCannotBeKnownIsUnset) {
  EXPECT_FALSE(variance_components({}, {}).mean.has_value());
  const VarianceComponents single = variance_components(Values{1, 0, 1}, Items{0, 1, 2});
  EXPECT_TRUE(single.mean.has_value());
  EXPECT_FALSE(single.within.has_value());
  EXPECT_FALSE(single.between.has_value());
  const VarianceComponents one_item = variance_components(Values{1, 0, 1}, Items{5, 5, 5});
  EXPECT_NEAR(*one_item.within, 1.0 / 3, 1e-15);
  EXPECT_FALSE(one_item.between.has_value());
  const VarianceComponents constant = variance_components(Values(6, 0.5), Items{0, 0, 1, 1, 2, 2});
  EXPECT_EQ(*constant.within, 0);
  EXPECT_EQ(*constant.between, 0);
  // Items more alike than their own samples: no negative variance.
  EXPECT_EQ(*variance_components(Values{0, 1, 1, 0}, Items{0, 0, 1, 1}).between, 0);
  EXPECT_FALSE(variance_components(Values{std::numeric_limits<double>::quiet_NaN()}, Items{0})
                   .mean.has_value());
}

}  // namespace
}  // namespace assay::stats
