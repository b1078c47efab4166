// Statistics against closed forms and published tables; each case names its source.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/distributions.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/percentile.h"
#include "harness/stats/proportion.h"
#include "harness/stats/ratio.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
using Clusters = std::vector<uint32_t>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Distributions, TableValues) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  // Student's t, two-sided 5 %: 12.706 (1), 2.228 (10), 1.984 (100); any statistics textbook.
  EXPECT_NEAR(student_quantile(0.975, 1), 12.7062047361747, 1e-9);
  EXPECT_NEAR(student_quantile(0.975, 10), 2.22813885198627, 1e-10);
  EXPECT_NEAR(student_quantile(0.975, 100), 1.98397151852355, 1e-10);
  EXPECT_NEAR(student_two_sided(12.7062047361747, 1), 0.05, 1e-12);
  EXPECT_NEAR(normal_two_sided(1.959963984540054), 0.05, 1e-12);
  // Beta(2, 1) has P(X <= x) = x².
  EXPECT_NEAR(beta_quantile(0.25, 2, 1), 0.5, 1e-12);
  EXPECT_NEAR(binomial_cdf(1, 3, 0.5), 0.5, 1e-12);
  EXPECT_EQ(binomial_cdf(-1, 3, 0.5), 0);
  EXPECT_EQ(binomial_cdf(3, 3, 0.5), 1);
  EXPECT_TRUE(std::isnan(student_quantile(0.975, -1)));  // no exception
}

TEST(Sum, KeepsWhatPlainAdditionLoses) {
  Sum sum;
  for (const double v : {1.0, 1e100, 1.0, -1e100}) sum.add(v);
  EXPECT_EQ(sum.value(), 2.0);  // Neumaier's own example; plain addition gives 0
}

TEST(Proportion, NewcombeTableOne) {
  // R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I: Wilson (method 3) and
  // Clopper-Pearson (method 5) for 81/263, 15/148, 0/20, 1/29.
  const Estimate a = wilson(81, 263);
  EXPECT_NEAR(*a.ci_low, 0.2553, 5e-5);
  EXPECT_NEAR(*a.ci_high, 0.3662, 5e-5);
  const Estimate b = wilson(15, 148);
  EXPECT_NEAR(*b.ci_low, 0.0624, 5e-5);
  EXPECT_NEAR(*b.ci_high, 0.1605, 5e-5);
  const Estimate c = wilson(0, 20);
  EXPECT_EQ(*c.ci_low, 0);
  EXPECT_NEAR(*c.ci_high, 0.1611, 5e-5);
  const Estimate d = clopper_pearson(1, 29);
  EXPECT_NEAR(*d.ci_low, 0.0009, 5e-5);
  EXPECT_NEAR(*d.ci_high, 0.1776, 5e-5);
  const Estimate e = clopper_pearson(0, 20);
  EXPECT_EQ(*e.ci_low, 0);
  EXPECT_NEAR(*e.ci_high, 0.1684, 5e-5);
}

TEST(Proportion, BetaUniformClosedForms) {
  // 0 of 1: Beta(1, 2), P(X <= x) = 1 - (1 - x)².
  const Estimate e = beta_uniform(0, 1);
  EXPECT_EQ(*e.value, 0);
  EXPECT_NEAR(*e.ci_low, 1 - std::sqrt(0.975), 1e-12);
  EXPECT_NEAR(*e.ci_high, 1 - std::sqrt(0.025), 1e-12);
  // 1 of 1 mirrors it.
  const Estimate f = beta_uniform(1, 1);
  EXPECT_NEAR(*f.ci_low, 1 - *e.ci_high, 1e-12);
  EXPECT_EQ(e.method, "beta(1,1)");
}

TEST(Proportion, Edges) {
  for (const auto interval : {&wilson, &beta_uniform, &clopper_pearson}) {
    const Estimate none = interval(0, 0, 0.95);
    EXPECT_FALSE(none.value);
    EXPECT_FALSE(none.ci_low);
    EXPECT_EQ(none.n, 0U);
    const Estimate impossible = interval(3, 2, 0.95);
    EXPECT_FALSE(impossible.value);
    EXPECT_EQ(impossible.method, "refused: more successes than trials");
  }
  EXPECT_EQ(*wilson(7, 7).ci_high, 1.0);
  EXPECT_EQ(*clopper_pearson(7, 7).ci_high, 1.0);
}

TEST(Mean, HandComputed) {
  const Values v{2, 4, 4, 4, 5, 5, 7, 9};  // mean 5, Σ(x-5)² = 32
  const MeanError m = mean_error(v);
  EXPECT_EQ(*m.mean, 5);
  EXPECT_NEAR(*m.deviation, std::sqrt(32.0 / 7), 1e-15);
  EXPECT_NEAR(*m.error, std::sqrt(32.0 / 7 / 8), 1e-15);
  const Estimate t = mean_t(v);
  EXPECT_NEAR(*t.ci_high, 5 + 2.36462425101 * std::sqrt(32.0 / 56), 1e-9);  // t(7) = 2.365
  const Estimate z = mean_normal(v);
  EXPECT_NEAR(*z.ci_low, 5 - 1.95996398454 * std::sqrt(32.0 / 56), 1e-9);
  const Estimate same = mean_from_squares(8, 5, 32);
  EXPECT_NEAR(*same.ci_high, *t.ci_high, 1e-12);
}

TEST(Mean, Edges) {
  EXPECT_FALSE(mean_t({}).value);
  const Estimate one = mean_t(Values{3});
  EXPECT_EQ(*one.value, 3);
  EXPECT_FALSE(one.ci_low);
  const Estimate equal = mean_t(Values{3, 3, 3});
  EXPECT_EQ(*equal.ci_low, 3);
  EXPECT_EQ(*equal.ci_high, 3);
  for (const double bad : {kNan, std::numeric_limits<double>::infinity()}) {
    const Estimate refused = mean_t(Values{1, bad});
    EXPECT_FALSE(refused.value);
    EXPECT_EQ(refused.method, "refused: a value is not a finite number");
    EXPECT_FALSE(mean_error(Values{1, bad}).mean);
    EXPECT_FALSE(mean_clustered(Values{1, bad}, Clusters{1, 2}).value);
    EXPECT_FALSE(clustered_error(Values{1, bad}, Clusters{1, 2}, ClusterCorrection::kNone));
  }
  EXPECT_FALSE(mean_from_squares(0, 0, 0).value);
  EXPECT_FALSE(mean_from_squares(2, kNan, 0).value);
}

TEST(Clustered, HandComputed) {
  // Clusters {1,1}, {0,0}, {1,0}: mean 1/2, residual sums 1, -1, 0. CR0 = sqrt(2) / 6.
  const Values v{1, 1, 0, 0, 1, 0};
  const Clusters c{7, 7, 3, 3, 9, 9};
  EXPECT_NEAR(*clustered_error(v, c, ClusterCorrection::kNone), std::sqrt(2.0) / 6, 1e-15);
  const double corrected = std::sqrt(2.0) / 6 * std::sqrt(1.5);
  EXPECT_NEAR(*clustered_error(v, c, ClusterCorrection::kFiniteClusters), corrected, 1e-15);
  const Estimate e = mean_clustered(v, c);
  EXPECT_EQ(e.n, 6U);
  EXPECT_NEAR(*e.ci_high, 0.5 + 4.30265272974946 * corrected, 1e-9);  // t(2) = 4.303
}

TEST(Clustered, SingletonsAreThePlainError) {
  const Values v{0.2, 0.9, 0.4, 0.7};
  EXPECT_NEAR(*clustered_error(v, Clusters{1, 2, 3, 4}, ClusterCorrection::kFiniteClusters),
              *mean_error(v).error, 1e-15);
  EXPECT_NEAR(*clustered_error(v, {}, ClusterCorrection::kFiniteClusters), *mean_error(v).error,
              1e-15);
}

TEST(Clustered, OneClusterHasNoInterval) {
  const Estimate e = mean_clustered(Values{0, 1, 1}, Clusters{4, 4, 4});
  EXPECT_NEAR(*e.value, 2.0 / 3, 1e-15);
  EXPECT_FALSE(e.ci_low);
}

TEST(Clustered, NumberingDoesNotMatter) {
  const Values v{0.1, 0.7, 0.3, 0.9, 0.2};
  const Estimate a = mean_clustered(v, Clusters{1, 2, 1, 3, 2});
  const Estimate b = mean_clustered(v, Clusters{900, 5, 900, 6, 5});
  EXPECT_EQ(*a.ci_low, *b.ci_low);  // the same bytes
}

TEST(Ratio, HandComputed) {
  // Edits 1, 2, 0 over lengths 10, 10, 20: R = 3/40. Residuals (num - R w) / 40:
  // 0.25/40, 1.25/40, -1.5/40; squares (0.0625 + 1.5625 + 2.25) / 1600; times 3/2.
  const Estimate e = ratio(Values{1, 2, 0}, Values{10, 10, 20}, {});
  EXPECT_EQ(*e.value, 3.0 / 40);
  const double error = std::sqrt(3.875 / 1600 * 1.5);
  EXPECT_NEAR(*e.ci_high, 3.0 / 40 + 4.30265272974946 * error, 1e-10);
  EXPECT_EQ(e.method, "ratio, t");
  EXPECT_EQ(e.n, 3U);
  // The first two samples on one page: residual sums 1.5/40 and -1.5/40, times 2/1, t(1).
  const Estimate c = ratio(Values{1, 2, 0}, Values{10, 10, 20}, Clusters{1, 1, 2});
  EXPECT_NEAR(*c.ci_high, 3.0 / 40 + 12.7062047361747 * std::sqrt(4.5 / 1600 * 2), 1e-9);
  EXPECT_EQ(c.method, "clustered ratio, t");
}

TEST(Ratio, WeightsOfOneAreTheMean) {
  const Values v{0.3, 0.5, 0.9, 0.1};
  const Estimate r = ratio(v, Values(4, 1.0), {});
  const Estimate m = mean_t(v);
  EXPECT_NEAR(*r.value, *m.value, 1e-15);
  EXPECT_NEAR(*r.ci_low, *m.ci_low, 1e-14);
  EXPECT_EQ(r.method, "mean, t");
}

TEST(Ratio, Edges) {
  EXPECT_FALSE(ratio({}, {}, {}).value);
  EXPECT_FALSE(ratio(Values{0, 0}, Values{0, 0}, {}).value);  // nothing to divide by
  EXPECT_EQ(*ratio(Values{2}, Values{4}, {}).value, 0.5);
  EXPECT_FALSE(ratio(Values{2}, Values{4}, {}).ci_low);
  EXPECT_FALSE(ratio(Values{kNan, 1}, Values{1, 1}, {}).value);
  EXPECT_FALSE(ratio(Values{1, 1}, Values{1, -1}, {}).value);
  // The same ratio everywhere, though 0.1 * w is rounded: width exactly 0.
  const Estimate same = ratio(Values{0.1, 0.3, 0.7}, Values{1, 3, 7}, {});
  EXPECT_EQ(*same.ci_low, *same.ci_high);
}

TEST(RatioDifference, EqualsPairedTForWeightsOfOne) {
  const Values a{0.9, 0.4, 0.6, 0.8, 0.1};
  const Values b{0.7, 0.5, 0.3, 0.6, 0.2};
  const RatioDifference r = ratio_difference(a, Values(5, 1.0), b, Values(5, 1.0), {});
  const PairedTest t = paired_difference(a, b, {});
  EXPECT_NEAR(*r.estimate.value, *t.difference.value, 1e-15);
  EXPECT_NEAR(*r.estimate.ci_low, *t.difference.ci_low, 1e-14);
  EXPECT_NEAR(*r.p_value, *t.p_value, 1e-12);
}

TEST(RatioDifference, HandComputedWithWeights) {
  // a: 1, 0 over 10, 10 (R = 0.05); b: 3, 1 over 10, 10 (R = 0.2). Residuals
  // a: 0.5/20, -0.5/20; b: 1/20, -1/20; difference -0.5/20, 0.5/20.
  const RatioDifference r =
      ratio_difference(Values{1, 0}, Values{10, 10}, Values{3, 1}, Values{10, 10}, {});
  const double error = std::sqrt(2 * 0.25 / 400 * 2);
  EXPECT_NEAR(*r.estimate.value, -0.15, 1e-15);
  EXPECT_NEAR(*r.estimate.ci_high, -0.15 + 12.7062047361747 * error, 1e-9);
  EXPECT_NEAR(*r.p_value, student_two_sided(-0.15 / error, 1), 1e-12);
}

TEST(RatioDifference, NoVariation) {
  const Values one(3, 1.0);
  const RatioDifference equal = ratio_difference(Values{1, 0, 1}, one, Values{1, 0, 1}, one, {});
  EXPECT_EQ(*equal.p_value, 1);
  EXPECT_EQ(*equal.estimate.value, 0);
  const RatioDifference constant =
      ratio_difference(Values{0.5, 0.6, 0.7}, one, Values{0.4, 0.5, 0.6}, one, {});
  EXPECT_FALSE(constant.p_value);  // an infinite t is no evidence that can be stated
  EXPECT_FALSE(ratio_difference({}, {}, {}, {}, {}).estimate.value);
  EXPECT_FALSE(ratio_difference(Values{kNan}, Values{1}, Values{1}, Values{1}, {}).estimate.value);
}

TEST(PairedDifference, StudentsSleepData) {
  // Student, Biometrika 6 (1908): extra hours of sleep; R's t.test(extra ~ group, paired) gives
  // t = -4.0621, p = 0.002833, interval -2.4598858 .. -0.7001142.
  const Values a{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  const Values b{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const PairedTest t = paired_difference(a, b, {});
  EXPECT_NEAR(*t.difference.value, -1.58, 1e-12);
  EXPECT_NEAR(*t.statistic, -4.0621, 5e-5);
  EXPECT_NEAR(*t.p_value, 0.002833, 5e-7);
  EXPECT_NEAR(*t.difference.ci_low, -2.4598858, 5e-8);
  EXPECT_NEAR(*t.difference.ci_high, -0.7001142, 5e-8);
}

TEST(PairedDifference, Edges) {
  EXPECT_FALSE(paired_difference({}, {}, {}).difference.value);
  const PairedTest one = paired_difference(Values{1}, Values{0}, {});
  EXPECT_EQ(*one.difference.value, 1);
  EXPECT_FALSE(one.p_value);
  EXPECT_EQ(*paired_difference(Values{1, 2}, Values{1, 2}, {}).p_value, 1);
  EXPECT_FALSE(paired_difference(Values{2, 3}, Values{1, 2}, {}).p_value);
  EXPECT_FALSE(paired_difference(Values{2, kNan}, Values{1, 2}, {}).difference.value);
}

TEST(McNemar, ExactClosedForms) {
  EXPECT_EQ(mcnemar_exact(0, 0), 1);
  EXPECT_NEAR(mcnemar_exact(5, 0), 2.0 / 32, 1e-15);
  EXPECT_NEAR(mcnemar_exact(0, 6), 2.0 / 64, 1e-15);
  EXPECT_NEAR(mcnemar_exact(1, 5), 2 * 7.0 / 64, 1e-15);
  EXPECT_EQ(mcnemar_exact(4, 4), 1);
}

TEST(Newcombe, PublishedExamples) {
  // R. G. Newcombe, Statistics in Medicine 17 (1998) 2635, method 10, table 36, 12, 2, 0.
  const Estimate a = newcombe_paired({.both = 36, .only_a = 12, .only_b = 2, .neither = 0});
  EXPECT_NEAR(*a.value, 0.2, 1e-12);
  EXPECT_NEAR(*a.ci_low, 0.0569, 5e-5);
  EXPECT_NEAR(*a.ci_high, 0.3404, 5e-5);
  // Fagerland, Lydersen, Laake, Statistics in Medicine 33 (2014) 2850: airway hyper-responsiveness
  // (Bentur et al. 2009), square-and-add: -0.507 to -0.026.
  const Estimate b = newcombe_paired({.both = 1, .only_a = 1, .only_b = 7, .neither = 12});
  EXPECT_NEAR(*b.ci_low, -0.507, 5e-4);
  EXPECT_NEAR(*b.ci_high, -0.026, 5e-4);
}

TEST(Newcombe, SwapsAndEdges) {
  const Estimate a = newcombe_paired({.both = 20, .only_a = 12, .only_b = 2, .neither = 16});
  const Estimate b = newcombe_paired({.both = 20, .only_a = 2, .only_b = 12, .neither = 16});
  EXPECT_NEAR(*a.ci_low, -*b.ci_high, 1e-15);
  EXPECT_NEAR(*a.ci_high, -*b.ci_low, 1e-15);
  EXPECT_FALSE(newcombe_paired({}).value);
  EXPECT_FALSE(mcnemar_newcombe({}).p_value);
  const Estimate all = newcombe_paired({.both = 9, .only_a = 0, .only_b = 0, .neither = 0});
  EXPECT_EQ(*all.value, 0);
  EXPECT_LT(*all.ci_low, 0);
  EXPECT_GT(*all.ci_high, 0);
}

TEST(Holm, HandComputed) {
  // Sorted 0.01, 0.02, 0.04: 3*0.01, 2*0.02, 1*0.04 -> 0.03, 0.04, 0.04.
  EXPECT_EQ(holm(Values{0.04, 0.01, 0.02}), (Values{0.04, 0.03, 0.04}));
  EXPECT_EQ(holm(Values{0.9, 0.8}), (Values{1, 1}));
  EXPECT_TRUE(holm({}).empty());
  const Values with_nan = holm(Values{0.01, kNan, 0.5});
  EXPECT_EQ(with_nan[0], 0.02);
  EXPECT_TRUE(std::isnan(with_nan[1]));
}

TEST(Percentile, RanksOfTheTables) {
  // Interval ranks for the median at 95 %, e.g. Conover, Practical Nonparametric Statistics, table
  // A3: n = 10 -> 2nd and 9th, n = 20 -> 6th and 15th, n = 100 -> 40th and 61st.
  const auto ranks = [](uint64_t n) {
    const PercentileRanks r = percentile_ranks(n, 0.5);
    return std::pair(*r.low + 1, *r.high + 1);
  };
  EXPECT_EQ(ranks(10), std::pair(size_t{2}, size_t{9}));
  EXPECT_EQ(ranks(20), std::pair(size_t{6}, size_t{15}));
  EXPECT_EQ(ranks(100), std::pair(size_t{40}, size_t{61}));
}

TEST(Percentile, SaysWhenTooFew) {
  EXPECT_EQ(*percentile_n_min(0.5), 6U);     // 2 * 0.5^6 = 0.03125
  EXPECT_EQ(*percentile_n_min(0.95), 72U);   // 0.95^72 = 0.0249
  EXPECT_EQ(*percentile_n_min(0.99), 368U);  // ln 0.025 / ln 0.99 = 367.04
  EXPECT_FALSE(percentile_n_min(1));
  Values sorted(367);
  std::iota(sorted.begin(), sorted.end(), 0.0);
  const Estimate few = percentile(sorted, 0.99);
  EXPECT_NEAR(*few.value, 362.34, 1e-9);
  EXPECT_FALSE(few.ci_low);
  EXPECT_EQ(few.method, "order statistics: n = 367 cannot support an interval for p99, needs 368");
  sorted.push_back(367);
  const Estimate enough = percentile(sorted, 0.99);
  EXPECT_EQ(*enough.ci_high, 367);
  EXPECT_EQ(enough.method, "order statistics");
}

TEST(Percentile, Edges) {
  EXPECT_FALSE(percentile({}, 0.5).value);
  EXPECT_EQ(*percentile(Values{4}, 0.99).value, 4);
  EXPECT_EQ(*percentile(Values{1, 2, 3, 4}, 0.5).value, 2.5);
  EXPECT_EQ(*percentile(Values{1, 2, 3, 4}, 0).value, 1);
  EXPECT_EQ(*percentile(Values{1, 2, 3, 4}, 1).value, 4);
  EXPECT_FALSE(percentile(Values{1, 2}, 1).ci_low);
  EXPECT_FALSE(percentile(Values{1, kNan}, 0.5).value);
  const Estimate equal = percentile(Values(50, 3.0), 0.5);
  EXPECT_EQ(*equal.ci_low, 3);
  EXPECT_EQ(*equal.ci_high, 3);
}

// Ranks by definition, from cumulative probabilities, for every small n and several p.
TEST(Percentile, RanksMatchTheDefinition) {
  for (uint64_t n = 1; n <= 60; ++n) {
    for (const double p : {0.1, 0.5, 0.9, 0.95}) {
      const PercentileRanks r = percentile_ranks(n, p);
      const auto steps = static_cast<int64_t>(n);
      int64_t low = 0;
      while (low < steps && binomial_cdf(low, n, p) <= 0.025) ++low;  // P(B <= l - 1) <= 0.025
      int64_t high = steps + 1;
      while (high > 1 && 1 - binomial_cdf(high - 2, n, p) <= 0.025) --high;  // P(B >= u - 1)
      const bool exists = low >= 1 && high <= steps;
      ASSERT_EQ(r.low.has_value(), exists) << n << " " << p;
      if (!exists) continue;
      EXPECT_EQ(*r.low + 1, static_cast<size_t>(low)) << n << " " << p;
      EXPECT_EQ(*r.high + 1, static_cast<size_t>(high)) << n << " " << p;
    }
  }
}

// Coverage: how often an interval holds the truth, over seeded draws. The bounds are four standard
// errors of the simulated share below 95 %, with each method's known dips allowed for.
double coverage(int draws, const std::function<bool(Rng&)>& holds_truth) {
  int hits = 0;
  for (int i = 0; i < draws; ++i) {
    Rng rng(20240607, static_cast<uint64_t>(i));
    hits += holds_truth(rng) ? 1 : 0;
  }
  return static_cast<double>(hits) / draws;
}

bool holds(const Estimate& e, double truth) { return *e.ci_low <= truth && truth <= *e.ci_high; }

TEST(Coverage, ExactIsConservativeAndScoreIsNear) {
  const auto count = [](Rng& rng) {
    uint64_t k = 0;
    for (int i = 0; i < 40; ++i) k += rng.uniform() < 0.8 ? 1 : 0;
    return k;
  };
  EXPECT_GE(coverage(3000, [&](Rng& r) { return holds(clopper_pearson(count(r), 40), 0.8); }),
            0.94);
  const double score = coverage(3000, [&](Rng& r) { return holds(wilson(count(r), 40), 0.8); });
  EXPECT_GE(score, 0.92);
  EXPECT_LE(score, 0.98);
}

TEST(Coverage, ClusteredErrorHoldsWhereThePlainOneFails) {
  // 30 pages of 8 lines that share one fate.
  const auto draw = [](Rng& rng, Values& v, Clusters& c) {
    for (uint32_t page = 0; page < 30; ++page) {
      const double shared = rng.normal();
      for (int line = 0; line < 8; ++line) {
        v.push_back(shared + 0.3 * rng.normal());
        c.push_back(page);
      }
    }
  };
  const double clustered = coverage(1500, [&](Rng& r) {
    Values v;
    Clusters c;
    draw(r, v, c);
    return holds(mean_clustered(v, c), 0);
  });
  const double plain = coverage(1500, [&](Rng& r) {
    Values v;
    Clusters c;
    draw(r, v, c);
    return holds(mean_t(v), 0);
  });
  EXPECT_GE(clustered, 0.925);
  EXPECT_LE(plain, 0.70);
}

TEST(Coverage, RatioAndPercentile) {
  // Weighted errors: 60 samples, lengths 5..50, error share 0.1 of the length on average.
  const double ratio_share = coverage(1500, [](Rng& rng) {
    Values numerators;
    Values weights;
    for (int i = 0; i < 60; ++i) {
      const double length = static_cast<double>(5 + rng.below(46));
      weights.push_back(length);
      numerators.push_back(0.2 * rng.uniform() * length);
    }
    return holds(ratio(numerators, weights, {}), 0.1);
  });
  EXPECT_GE(ratio_share, 0.925);
  // Median of a log-normal is exp(mu).
  const double median_share = coverage(1500, [](Rng& rng) {
    Values v;
    for (int i = 0; i < 50; ++i) v.push_back(rng.lognormal(0, 1));
    std::sort(v.begin(), v.end());
    return holds(percentile(v, 0.5), 1);
  });
  EXPECT_GE(median_share, 0.93);
}

}  // namespace
}  // namespace assay::stats
