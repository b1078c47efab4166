// Bootstrap and sign flips against scipy 1.10.1 (numpy 1.24.2): scipy.stats.bootstrap with paired
// data and 400,000 resamples, scipy.stats.permutation_test(permutation_type="samples") over all
// patterns. Intervals agree within the Monte Carlo error of both: at 200,000 resamples 4 · 0.0074
// standard errors, taken as 0.03.
#include "harness/stats/resampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/ratio.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
using Ids = std::vector<uint32_t>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const Values& scores_a() {
  static const Values values{0.91, 0.42, 0.77, 0.15, 0.88, 0.63, 0.95, 0.30, 0.71, 0.84,
                             0.52, 0.99, 0.08, 0.66, 0.79, 0.47, 0.90, 0.58, 0.73, 0.20};
  return values;
}
const Values& scores_b() {
  static const Values values{0.85, 0.40, 0.60, 0.22, 0.70, 0.65, 0.90, 0.10, 0.55, 0.86,
                             0.31, 0.97, 0.05, 0.70, 0.50, 0.45, 0.62, 0.59, 0.41, 0.18};
  return values;
}
Values differences(size_t n) {
  Values out;
  for (size_t i = 0; i < n; ++i) out.push_back(scores_a()[i] - scores_b()[i]);
  return out;
}

GradedPairs plain(const Values& a, const Values& b) {
  return {.numerators_a = a, .weights_a = {}, .numerators_b = b, .weights_b = {}, .clusters = {}};
}

ResampleOptions many() { return {.resamples = 200'000, .seed = 7}; }

void expect_interval(const Estimate& e, double low, double high, double deviation) {
  ASSERT_TRUE(e.ci_low && e.ci_high) << e.method;
  EXPECT_NEAR(*e.ci_low, low, 0.03 * deviation) << e.method;
  EXPECT_NEAR(*e.ci_high, high, 0.03 * deviation) << e.method;
}

TEST(BootstrapKernel, AddsUpTheRowsThatTheGeneratorNames) {
  Rng numbers(3);
  for (const size_t columns : {1U, 2U, 3U, 4U, 5U, 8U, 9U, 19U}) {
    constexpr size_t kRows = 37;
    Values table;
    for (size_t i = 0; i < kRows * columns; ++i)
      table.push_back(static_cast<double>(numbers.below(1000)));
    const Values sums =
        bootstrap_sums({.values = table, .columns = columns}, {.resamples = 20, .seed = 11});
    ASSERT_EQ(sums.size(), 20 * columns);
    for (uint32_t r = 0; r < 20; ++r) {
      Values expected(columns, 0.0);
      Rng rng(11, r);
      for (size_t d = 0; d < kRows; ++d) {
        __extension__ using Wide = unsigned __int128;
        const auto row = static_cast<size_t>((static_cast<Wide>(rng.next()) * kRows) >> 64);
        for (size_t k = 0; k < columns; ++k) expected[k] += table[row * columns + k];
      }
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sums.begin() + r * columns))
          << columns << " columns, resample " << r;
    }
  }
}

TEST(BootstrapKernel, AnyThreadCountAndAnySplitGiveTheSameBytes) {
  Rng numbers(5);
  Values table;
  for (size_t i = 0; i < 501 * 3; ++i) table.push_back(numbers.normal());
  const RowTable rows{.values = table, .columns = 3};
  const Values one = bootstrap_sums(rows, {.resamples = 257, .seed = 2, .threads = 1});
  for (const unsigned threads : {2U, 3U, 8U, 1000U})
    EXPECT_EQ(bootstrap_sums(rows, {.resamples = 257, .seed = 2, .threads = threads}), one);
  const Values first = bootstrap_sums(rows, {.resamples = 100, .seed = 2});
  EXPECT_TRUE(std::equal(first.begin(), first.end(), one.begin()));
  EXPECT_NE(bootstrap_sums(rows, {.resamples = 257, .seed = 3}), one);
}

TEST(BootstrapKernel, AllColumnsSeeTheSameRows) {
  Values table;
  for (int i = 0; i < 100; ++i) {
    for (int k = 1; k <= 8; ++k) table.push_back(i * k);
  }
  const Values sums = bootstrap_sums({.values = table, .columns = 8}, {.resamples = 50});
  for (size_t r = 0; r < 50; ++r) {
    for (size_t k = 1; k < 8; ++k)
      EXPECT_EQ(sums[r * 8 + k], sums[r * 8] * static_cast<double>(k + 1));
  }
}

TEST(BootstrapKernel, EveryRowIsDrawnAboutAsOften) {
  // Identity table: sums are counts. 2,000 resamples of 10 rows: each row 2,000 times, deviation
  // sqrt(2000 · 0.9) = 42; variance of one count 10 · 0.1 · 0.9.
  Values table(100, 0.0);
  for (size_t i = 0; i < 10; ++i) table[i * 11] = 1;
  const Values sums = bootstrap_sums({.values = table, .columns = 10}, {.resamples = 2000});
  for (size_t k = 0; k < 10; ++k) {
    double total = 0;
    double squares = 0;
    for (size_t r = 0; r < 2000; ++r) {
      total += sums[r * 10 + k];
      squares += (sums[r * 10 + k] - 1) * (sums[r * 10 + k] - 1);
    }
    EXPECT_NEAR(total, 2000, 4 * 42);
    EXPECT_NEAR(squares / 2000, 0.9, 0.15);
  }
}

TEST(BootstrapKernel, NothingToDraw) {
  EXPECT_EQ(bootstrap_sums({.values = {}, .columns = 2}, {.resamples = 3}), Values(6, 0.0));
  EXPECT_TRUE(bootstrap_sums({.values = Values{1, 2}, .columns = 1}, {.resamples = 0}).empty());
}

TEST(GradedDifference, MeansAsScipy) {
  const PairedTest t = graded_difference(plain(scores_a(), scores_b()), many());
  EXPECT_NEAR(*t.difference.value, 0.0935, 1e-12);
  expect_interval(t.difference, 0.0465, 0.15, 0.02632);
  EXPECT_EQ(t.difference.method, "paired difference, BCa bootstrap, 200000 resamples");
  EXPECT_EQ(t.difference.n, 20U);
  const Values d = differences(20);
  double squares = 0;
  for (const double v : d) squares += (v - 0.0935) * (v - 0.0935);
  EXPECT_NEAR(*t.error, std::sqrt(squares / 19 / 20), 1e-12);
  EXPECT_FALSE(t.statistic);
}

TEST(GradedDifference, PooledRatiosAsScipy) {
  const Values na{9, 2, 5, 0, 8, 4, 11, 2, 5, 7, 3, 11, 0, 4, 6, 2, 9, 3, 6, 1};
  const Values nb{8, 1, 4, 1, 6, 4, 10, 0, 3, 6, 1, 10, 0, 4, 3, 2, 6, 3, 3, 0};
  const Values wa{10, 4, 7, 3, 9, 6, 12, 5, 7, 8, 5, 11, 2, 6, 7, 4, 10, 6, 8, 3};
  Values wb = wa;
  const GradedPairs same{
      .numerators_a = na, .weights_a = wa, .numerators_b = nb, .weights_b = wb, .clusters = {}};
  const PairedTest s = graded_difference(same, many());
  EXPECT_NEAR(*s.difference.value, 0.1729323308270676, 1e-12);
  expect_interval(s.difference, 0.109375, 0.24285714285714277, 0.03398);
  for (size_t i = 1; i < wb.size(); i += 2) wb[i] += 1;
  const PairedTest t = graded_difference(same, many());
  EXPECT_NEAR(*t.difference.value, 0.21236658078763337, 1e-12);
  expect_interval(t.difference, 0.15944169172732262, 0.27298129562043794, 0.02882);
  const RatioDifference by_t = ratio_difference(na, wa, nb, wb, {});
  const double half = *by_t.estimate.ci_high - *by_t.estimate.value;
  EXPECT_NEAR(*t.error, half / student_quantile(0.975, 19), 1e-12);
}

TEST(GradedDifference, ClustersAreDrawnWhole) {
  const Ids clusters{0, 0, 1, 2, 2, 2, 3, 3, 4, 5, 5, 5, 6, 7, 7, 8, 9, 9, 9, 10};
  GradedPairs pairs = plain(scores_a(), scores_b());
  pairs.clusters = clusters;
  const PairedTest t = graded_difference(pairs, many());
  EXPECT_NEAR(*t.difference.value, 0.0935, 1e-12);
  expect_interval(t.difference, 0.0586, 0.14238, 0.02107);
  EXPECT_EQ(t.difference.method, "clustered paired difference, BCa bootstrap, 200000 resamples");
  // 2 / 2^11: all cluster sums have one sign (scipy: 0.0009765625).
  EXPECT_DOUBLE_EQ(*t.p_value, 0.0009765625);
  // Names of clusters do not matter.
  Ids renamed;
  for (const uint32_t c : clusters) renamed.push_back(900 - c * 7);
  pairs.clusters = renamed;
  EXPECT_EQ(*graded_difference(pairs, many()).difference.ci_low, *t.difference.ci_low);
}

TEST(GradedDifference, PercentilesAsScipy) {
  const Values d = differences(20);
  Bootstrapped figure{.value = 0.0935};
  figure.replicates =
      bootstrap_sums({.values = d, .columns = 1}, {.resamples = 200'000, .seed = 7});
  for (double& v : figure.replicates) v /= 20;
  const Estimate e = percentile_interval(figure);
  expect_interval(e, 0.0435, 0.1465, 0.02632);
  EXPECT_EQ(e.method, "percentile bootstrap, 200000 resamples");
}

TEST(GradedDifference, AccelerationAsTheJackknifeByHand) {
  const Values d = differences(20);
  Values left_out;
  for (const double v : d) left_out.push_back((1.87 - v) / 19);
  EXPECT_NEAR(*jackknife_acceleration(left_out), 0.019571855009755786, 1e-12);
  EXPECT_FALSE(jackknife_acceleration(Values{2, 2, 2}));
  EXPECT_FALSE(jackknife_acceleration(Values{}));
  EXPECT_FALSE(jackknife_acceleration(Values{1, kNan}));
  EXPECT_NEAR(*jackknife_acceleration(Values{1e-200, 2e-200, 6e-200}),
              *jackknife_acceleration(Values{1, 2, 6}), 1e-12);
}

TEST(GradedDifference, FewOrNoItems) {
  const PairedTest none = graded_difference({}, {});
  EXPECT_FALSE(none.difference.value || none.p_value || none.error);
  EXPECT_EQ(none.difference.n, 0U);
  const PairedTest one = graded_difference(plain({0.5}, {0.25}), {});
  EXPECT_DOUBLE_EQ(*one.difference.value, 0.25);
  EXPECT_FALSE(one.difference.ci_low || one.p_value || one.error);
  const Ids same(20, 4);
  GradedPairs pairs = plain(scores_a(), scores_b());
  pairs.clusters = same;
  const PairedTest cluster = graded_difference(pairs, {});
  EXPECT_NEAR(*cluster.difference.value, 0.0935, 1e-12);
  EXPECT_FALSE(cluster.difference.ci_low || cluster.p_value || cluster.error);
  EXPECT_EQ(cluster.difference.method, "clustered paired difference, one cluster");
  const Values zero(3, 0.0);
  GradedPairs weightless = plain(zero, zero);
  weightless.weights_a = zero;
  EXPECT_FALSE(graded_difference(weightless, {}).difference.value);
}

TEST(GradedDifference, ConstantDifferences) {
  const PairedTest equal = graded_difference(plain(scores_a(), scores_a()), {});
  EXPECT_EQ(*equal.difference.value, 0);
  EXPECT_EQ(*equal.difference.ci_low, 0);
  EXPECT_EQ(*equal.difference.ci_high, 0);
  EXPECT_EQ(*equal.error, 0);
  EXPECT_EQ(*equal.p_value, 1);
  const Values a(10, 0.7);
  const Values b(10, 0.4);
  const PairedTest shifted = graded_difference(plain(a, b), {});
  EXPECT_NEAR(*shifted.difference.value, 0.3, 1e-12);
  EXPECT_EQ(*shifted.difference.ci_low, *shifted.difference.value);
  EXPECT_EQ(*shifted.difference.ci_high, *shifted.difference.value);
  EXPECT_DOUBLE_EQ(*shifted.p_value, 2.0 / 1024);
  EXPECT_EQ(shifted.difference.method,
            "paired difference, bootstrap, 10000 resamples, no variation");
}

TEST(GradedDifference, RefusesWhatIsNoNumber) {
  EXPECT_FALSE(graded_difference(plain({1, kNan}, {0, 0}), {}).difference.value);
  EXPECT_FALSE(graded_difference(plain({1, 2}, {0, INFINITY}), {}).difference.value);
  EXPECT_FALSE(graded_difference(plain({1e308, 1e308}, {-1e308, 0}), {}).difference.value);
  const Values negative{1, -1};
  GradedPairs pairs = plain(negative, negative);
  pairs.weights_b = negative;
  const PairedTest t = graded_difference(pairs, {});
  EXPECT_FALSE(t.difference.value || t.p_value);
  EXPECT_EQ(t.difference.method.rfind("refused", 0), 0U);
}

TEST(BcaInterval, FallsBackToPercentilesAndSaysSo) {
  Bootstrapped figure{.value = 5, .acceleration = 0.01};
  for (int i = 0; i < 1000; ++i) figure.replicates.push_back(6 + i * 0.001);
  const Estimate side = bca_interval(figure);
  EXPECT_EQ(side.method, "percentile bootstrap (every resample on one side), 1000 resamples");
  EXPECT_NEAR(*side.ci_low, 6 + 0.999 * 0.025, 1e-9);
  figure.value = 6.5;
  figure.acceleration.reset();
  EXPECT_EQ(bca_interval(figure).method, "percentile bootstrap (no acceleration), 1000 resamples");
  figure.acceleration = 0.9;
  EXPECT_EQ(bca_interval(figure).method,
            "percentile bootstrap (acceleration beyond its range), 1000 resamples");
  figure.acceleration = 0;
  const Estimate plain_one = percentile_interval(figure);
  EXPECT_NEAR(*bca_interval(figure).ci_low, *plain_one.ci_low, 0.002);  // no bias, no acceleration
}

TEST(BcaInterval, ResamplesWithoutAValueAreLeftOut) {
  Bootstrapped figure{.value = 50, .acceleration = 0};
  for (int i = 0; i <= 100; ++i) figure.replicates.push_back(i);
  for (int i = 0; i < 50; ++i) figure.replicates.push_back(kNan);
  EXPECT_EQ(bca_interval(figure).method, "BCa bootstrap, 101 resamples");
  for (int i = 0; i < 100; ++i) figure.replicates.push_back(INFINITY);
  const Estimate few = bca_interval(figure);
  EXPECT_FALSE(few.ci_low);
  EXPECT_EQ(few.method, "bootstrap: 101 of 251 resamples have a value, too few for an interval");
  EXPECT_FALSE(bca_interval({.value = 1}).ci_low);
}

TEST(SignFlip, ExactAsScipy) {
  EXPECT_DOUBLE_EQ(sign_flip_p(differences(5), {}), 0.25);
  EXPECT_DOUBLE_EQ(sign_flip_p(differences(10), {}), 0.060546875);
  EXPECT_DOUBLE_EQ(sign_flip_p(differences(16), {}), 0.011932373046875);
}

TEST(SignFlip, MonteCarloAroundTheExactShare) {
  // scipy over all 2^20 patterns: 0.0027637; of 1,000,000 flips the error is 5e-5.
  const double p = sign_flip_p(differences(20), {.flips = 1'000'000});
  EXPECT_NEAR(p, 0.0027637481689453125, 2.5e-4);
  // At 17 terms of 1 and -1: P(|S| >= 3), S = 2 B - 17.
  Values ones(10, 1.0);
  ones.resize(17, -1.0);
  const double exact = 1 - (binomial_cdf(9, 17, 0.5) - binomial_cdf(7, 17, 0.5));
  EXPECT_NEAR(sign_flip_p(ones, {.flips = 1'000'000}), exact, 0.0025);
  // 200 terms, several blocks of 64: P(|S| >= 20), S = 2 B - 200.
  Values long_one(110, 1.0);
  long_one.resize(200, -1.0);
  const double tail = 2 * binomial_cdf(90, 200, 0.5);
  EXPECT_NEAR(sign_flip_p(long_one, {.flips = 1'000'000}), tail, 0.002);
  EXPECT_EQ(sign_flip_p(long_one, {}), sign_flip_p(long_one, {}));
}

TEST(SignFlip, NeverZeroAndDefinedAtTheEdges) {
  EXPECT_DOUBLE_EQ(sign_flip_p(Values(40, 1.0), {.flips = 999}), 1.0 / 1000);
  EXPECT_EQ(sign_flip_p(Values{}, {}), 1);
  EXPECT_EQ(sign_flip_p(Values{0, 0}, {}), 1);
  EXPECT_EQ(sign_flip_p(Values{3}, {}), 1);
  EXPECT_EQ(sign_flip_p(Values{1, -1}, {}), 1);
  EXPECT_TRUE(std::isnan(sign_flip_p(Values{1, kNan}, {})));
  // Zeros are left out: five terms remain exact among a hundred.
  Values sparse(100, 0.0);
  for (size_t i = 0; i < 5; ++i) sparse[i * 20] = 1;
  EXPECT_DOUBLE_EQ(sign_flip_p(sparse, {}), 2.0 / 32);
}

TEST(BootstrapMeans, EachColumnAsItWouldBeAlone) {
  Values table;
  for (size_t i = 0; i < 20; ++i) {
    table.push_back(scores_a()[i] - scores_b()[i]);
    table.push_back(scores_a()[i]);
    table.push_back(0.5);
    table.push_back(i == 3 ? kNan : 1.0);
  }
  const std::vector<Estimate> e = bootstrap_means({.values = table, .columns = 4}, {}, many());
  ASSERT_EQ(e.size(), 4U);
  expect_interval(e[0], 0.0465, 0.15, 0.02632);
  EXPECT_EQ(e[0].method, "mean, BCa bootstrap, 200000 resamples");
  EXPECT_LT(*e[1].ci_low, *e[1].value);
  EXPECT_EQ(*e[2].ci_low, 0.5);
  EXPECT_EQ(*e[2].ci_high, 0.5);
  EXPECT_FALSE(e[3].value);
  const Ids clusters{0, 0, 1, 2, 2, 2, 3, 3, 4, 5, 5, 5, 6, 7, 7, 8, 9, 9, 9, 10};
  const std::vector<Estimate> c =
      bootstrap_means({.values = table, .columns = 4}, clusters, many());
  expect_interval(c[0], 0.0586, 0.14238, 0.02107);
  EXPECT_EQ(c[0].method, "clustered mean, BCa bootstrap, 200000 resamples");
  EXPECT_FALSE(bootstrap_means({.values = {}, .columns = 1}, {}, {})[0].value);
}

TEST(Affordable, ManyRowsMeanFewerResamplesButNeverTooFew) {
  EXPECT_EQ(affordable_resamples(2'000, {}), 10'000U);
  EXPECT_EQ(affordable_resamples(50'000, {}), 2'000U);
  EXPECT_EQ(affordable_resamples(10'000'000, {}), 1'000U);
  EXPECT_EQ(affordable_resamples(10, {.resamples = 1}), kResamplesMin);
  EXPECT_EQ(affordable_resamples(0, {}), 10'000U);
}

}  // namespace
}  // namespace assay::stats
