// Sequential tests and curtailment: against closed forms, by exact enumeration of small trees, and
// by simulation with fixed seeds.
#include "harness/stats/sequential.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/curtailment.h"
#include "harness/stats/distributions.h"

namespace assay::stats {
namespace {

// The Beta(1, 1) mixture over the half where worse is likelier, in closed form.
double beta_mixture(int worse, int discordant) {
  const double log_beta = std::lgamma(worse + 1.0) + std::lgamma(discordant - worse + 1.0) -
                          std::lgamma(discordant + 2.0);
  const double better_half =
      binomial_cdf(worse, static_cast<uint64_t>(discordant) + 1, 0.5);  // 1 - I_{1/2}(w+1, n-w+1)
  return std::exp((discordant + 1) * std::log(2.0) + log_beta) * better_half;
}

double e_of(Evidence evidence, double bound, const std::vector<double>& differences) {
  BettingProcess process(evidence, bound);
  for (const double d : differences) process.add({.sum = d, .items = 1});
  return std::exp(process.log_e());
}

TEST(Sequential, IsTheBetaMixtureOfTheDiscordantPairs) {
  for (int n = 0; n <= 59; ++n) {
    for (int worse = 0; worse <= n; ++worse) {
      std::vector<double> d(static_cast<size_t>(worse), -1.0);
      d.resize(static_cast<size_t>(n), 1.0);
      d.resize(static_cast<size_t>(n) + 7, 0.0);  // concordant pairs say nothing
      const double expected = beta_mixture(worse, n);
      ASSERT_NEAR(e_of(Evidence::kBelow, 0, d) / expected, 1, 1e-9) << worse << " of " << n;
    }
  }
}

TEST(Sequential, StaysNearTheBetaMixtureBeyondTheExactRange) {
  for (const int worse : {100, 120, 150, 190}) {
    std::vector<double> d(static_cast<size_t>(worse), -1.0);
    d.resize(200, 1.0);
    EXPECT_NEAR(e_of(Evidence::kBelow, 0, d) / beta_mixture(worse, 200), 1, 1e-5) << worse;
  }
}

// E[E_n] over all paths of independent differences with these chances.
double expected_e(Evidence evidence, double bound, int steps, const std::array<double, 3>& values,
                  const std::array<double, 3>& chances) {
  double total = 0;
  std::vector<double> path;
  const std::function<void(double)> walk = [&](double chance) {
    if (static_cast<int>(path.size()) == steps) {
      total += chance * e_of(evidence, bound, path);
      return;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      path.push_back(values[i]);
      walk(chance * chances[i]);
      path.pop_back();
    }
  };
  walk(1);
  return total;
}

TEST(Sequential, CapitalIsAMartingaleAtTheBoundAndShrinksBehindIt) {
  const std::array<double, 3> flips{-1, 0, 1};
  // Mean 0: as good as before.
  EXPECT_NEAR(expected_e(Evidence::kBelow, 0, 6, flips, {0.1, 0.8, 0.1}), 1, 1e-12);
  EXPECT_LT(expected_e(Evidence::kBelow, 0, 6, flips, {0.1, 0.7, 0.2}), 1);
  EXPECT_GT(expected_e(Evidence::kBelow, 0, 6, flips, {0.2, 0.7, 0.1}), 1);
  // Mean -0.05, the margin: as bad as may be.
  EXPECT_NEAR(expected_e(Evidence::kAbove, -0.05, 6, flips, {0.1, 0.85, 0.05}), 1, 1e-12);
  EXPECT_LT(expected_e(Evidence::kAbove, -0.05, 6, flips, {0.15, 0.8, 0.05}), 1);
  EXPECT_GT(expected_e(Evidence::kAbove, -0.05, 6, flips, {0.05, 0.9, 0.05}), 1);
  // Graded differences of mean 0.1.
  EXPECT_NEAR(expected_e(Evidence::kBelow, 0.1, 6, std::array{-0.5, 0.25, 1.0}, {0.4, 0.4, 0.2}), 1,
              1e-12);
}

// The same with clusters: a unit of two items is as bad as the bound allows together.
TEST(Sequential, UnitsOfSeveralItemsKeepTheMartingale) {
  double total = 0;
  const std::array<SequentialUnit, 3> units{{{-2, 2}, {0.5, 2}, {1, 1}}};
  const std::array<double, 3> chances{0.2, 0.4, 0.4};  // sum 0.2, items 1.6: mean 0.125
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      BettingProcess process(Evidence::kAbove, 0.125, 2);
      process.add(units[i]);
      process.add(units[j]);
      total += chances[i] * chances[j] * std::exp(process.log_e());
    }
  }
  EXPECT_NEAR(total, 1, 1e-12);
}

// Ville's inequality by exact recursion over counts: the chance that the test ever says regressed
// in 60 discordant pairs of a fair coin.
TEST(Sequential, ChanceOfEverRejectingIsAtMostAlphaExactly) {
  constexpr int kPairs = 60;
  std::vector<double> open{1.0};  // by number of worse pairs, not stopped yet
  double rejected = 0;
  for (int n = 1; n <= kPairs; ++n) {
    std::vector<double> next(static_cast<size_t>(n) + 1, 0.0);
    for (size_t w = 0; w < open.size(); ++w) {
      next[w] += open[w] / 2;
      next[w + 1] += open[w] / 2;
    }
    for (int w = 0; w <= n; ++w) {
      std::vector<double> d(static_cast<size_t>(w), -1.0);
      d.resize(static_cast<size_t>(n), 1.0);
      if (e_of(Evidence::kBelow, 0, d) < 20) continue;
      rejected += next[static_cast<size_t>(w)];
      next[static_cast<size_t>(w)] = 0;
    }
    open = next;
  }
  EXPECT_LT(rejected, 0.05);
  EXPECT_GT(rejected, 0.01);  // the walk does reach the limit: the bound is not empty
}

TEST(Sequential, VerdictAndIntervalSayTheSame) {
  Rng rng(3);
  for (const double worse : {0.30, 0.12, 0.05, 0.01}) {
    SequentialTest test({.margin = 0.05, .alpha = 0.05});
    SequentialVerdict verdict = SequentialVerdict::kOpen;
    for (int i = 0; i < 600 && verdict == SequentialVerdict::kOpen; ++i) {
      const double u = rng.uniform();
      verdict = test.add({.sum = u < worse ? -1.0 : u < worse + 0.03 ? 1.0 : 0.0, .items = 1});
    }
    const Estimate e = test.interval();
    ASSERT_TRUE(e.value && e.ci_low && e.ci_high);
    EXPECT_LE(*e.ci_low, *e.value);
    EXPECT_GE(*e.ci_high, *e.value);
    EXPECT_EQ(*e.ci_high < 0, verdict == SequentialVerdict::kRegressed) << worse;
    if (verdict != SequentialVerdict::kRegressed) {
      EXPECT_EQ(*e.ci_low > -0.05, verdict == SequentialVerdict::kNonInferior) << worse;
    }
  }
}

TEST(Sequential, AVerdictStands) {
  SequentialTest test({.margin = 0.02, .alpha = 0.05});
  while (test.add({.sum = -1, .items = 1}) == SequentialVerdict::kOpen) {
  }
  const double e = test.e_regressed();
  EXPECT_GE(e, 20);
  for (int i = 0; i < 1000; ++i) test.add({.sum = 1, .items = 1});
  EXPECT_EQ(test.verdict(), SequentialVerdict::kRegressed);
  EXPECT_EQ(test.e_regressed(), e);
  EXPECT_LT(test.interval().n, 10U);
}

TEST(Sequential, NoItemsOneItemAndConstantScores) {
  SequentialTest none({});
  EXPECT_FALSE(none.interval().value);
  EXPECT_FALSE(none.interval().ci_low);
  EXPECT_DOUBLE_EQ(none.e_regressed(), 1);
  SequentialTest one({});
  one.add({.sum = 0, .items = 1});
  EXPECT_EQ(one.interval().value, 0);
  // E = 1 + (0 - m) / (2 (1 + m)) = 20 at m = -38/39.
  EXPECT_NEAR(*one.interval().ci_low, -38.0 / 39, 1e-9);
  EXPECT_NEAR(*one.interval().ci_high, 38.0 / 39, 1e-9);
  // No item differs: non-inferior after a number of items that only the margin fixes.
  SequentialTest same({.margin = 0.05, .alpha = 0.05});
  int items = 0;
  while (same.add({.sum = 0, .items = 1}) == SequentialVerdict::kOpen) ++items;
  EXPECT_EQ(same.verdict(), SequentialVerdict::kNonInferior);
  EXPECT_GT(items, 55);  // ln 20 / ln(1 + 0.05 / 0.95) = 58.4 for the best bet
  EXPECT_LT(items, 130);
}

TEST(Sequential, WhatIsNoUnitIsLeftOut) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  SequentialTest test({.margin = 0.02, .alpha = 0.05, .items_max = 2});
  test.add({.sum = kNan, .items = 1});
  test.add({.sum = std::numeric_limits<double>::infinity(), .items = 1});
  test.add({.sum = 1.5, .items = 1});
  test.add({.sum = 0, .items = 0});
  test.add({.sum = 0, .items = 3});
  EXPECT_EQ(test.interval().n, 0U);
  EXPECT_DOUBLE_EQ(test.e_non_inferior(), 1);
}

TEST(Sequential, ExtremesStayFinite) {
  SequentialTest test({.margin = 0.999, .alpha = 1e-12});
  for (int i = 0; i < 20'000; ++i) test.add({.sum = i % 2 == 0 ? -1.0 : 1.0, .items = 1});
  EXPECT_TRUE(std::isfinite(test.e_regressed()));
  EXPECT_TRUE(std::isfinite(test.e_non_inferior()));
  const Estimate e = test.interval();
  EXPECT_TRUE(std::isfinite(*e.ci_low) && std::isfinite(*e.ci_high));
}

// The interval holds at all times at once: graded differences, looked at after each of 300 items.
TEST(Sequential, IntervalCoversAtEveryTime) {
  int missed = 0;
  constexpr int kRuns = 400;
  for (uint64_t run = 0; run < kRuns; ++run) {
    Rng rng(5, run);
    // Mean of a - b, both uniform, b only on [0, 0.5]: 0.25.
    BettingProcess above(Evidence::kAbove, 0.25);
    BettingProcess below(Evidence::kBelow, 0.25);
    bool out = false;
    for (int i = 0; i < 300; ++i) {
      const SequentialUnit unit{rng.uniform() - rng.uniform() / 2, 1};
      above.add(unit);
      below.add(unit);
      out = out || std::max(above.log_e(), below.log_e()) >= std::log(20.0);
    }
    if (out) ++missed;
  }
  EXPECT_LE(missed, kRuns / 10);  // two bounds at 5 % each
}

TEST(Curtailment, DecidesWhenTheRestCannotChangeIt) {
  const Threshold at_least{Comparator::kAtLeast, 0.8};
  EXPECT_EQ(curtail(at_least, {.sum = 79, .scored = 85, .open = 15}), Curtailed::kOpen);
  EXPECT_EQ(curtail(at_least, {.sum = 80, .scored = 85, .open = 15}), Curtailed::kPassed);
  EXPECT_EQ(curtail(at_least, {.sum = 10, .scored = 30, .open = 70}), Curtailed::kOpen);
  EXPECT_EQ(curtail(at_least, {.sum = 9, .scored = 30, .open = 70}), Curtailed::kFailed);
  const Threshold at_most{Comparator::kAtMost, 0.1};
  EXPECT_EQ(curtail(at_most, {.sum = 11, .scored = 20, .open = 80}), Curtailed::kFailed);
  EXPECT_EQ(curtail(at_most, {.sum = 0, .scored = 90, .open = 10}), Curtailed::kPassed);
  EXPECT_EQ(curtail(at_most, {.sum = 0, .scored = 89, .open = 11}), Curtailed::kOpen);
}

TEST(Curtailment, BordersAreExact) {
  // 0.07 · 100 is 7.000000000000001 in doubles.
  EXPECT_EQ(curtail({Comparator::kAtLeast, 0.07}, {.sum = 7, .scored = 100, .open = 0}),
            Curtailed::kPassed);
  EXPECT_EQ(curtail({Comparator::kAbove, 0.07}, {.sum = 7, .scored = 100, .open = 0}),
            Curtailed::kFailed);
  EXPECT_EQ(curtail({Comparator::kBelow, 0.07}, {.sum = 7, .scored = 100, .open = 0}),
            Curtailed::kFailed);
}

TEST(Curtailment, NothingScoredIsNoFigure) {
  EXPECT_EQ(curtail({Comparator::kAtLeast, 0.0}, {}), Curtailed::kOpen);
  EXPECT_EQ(curtail({Comparator::kAtLeast, 0.5}, {.sum = 0, .scored = 0, .open = 10}),
            Curtailed::kOpen);
  EXPECT_EQ(curtail({Comparator::kAtLeast, 0.5},
                    {.sum = std::numeric_limits<double>::quiet_NaN(), .scored = 1, .open = 0}),
            Curtailed::kOpen);
}

// Whatever the rest brings, also items that do not count, a decision was right.
TEST(Curtailment, NeverContradictsTheEnd) {
  for (uint64_t run = 0; run < 2000; ++run) {
    Rng rng(9, run);
    const Threshold threshold{run % 2 == 0 ? Comparator::kAtLeast : Comparator::kBelow,
                              static_cast<double>(1 + rng.below(9)) / 10};
    ItemsSoFar items{.open = 12};
    Curtailed decided = Curtailed::kOpen;
    while (items.open > 0) {
      --items.open;
      if (rng.below(5) > 0) {
        ++items.scored;
        items.sum += rng.below(2) == 0 ? 1 : 0;
      }
      const Curtailed now = curtail(threshold, items);
      if (decided != Curtailed::kOpen) {
        ASSERT_EQ(now, decided) << run;
      }
      decided = now;
    }
  }
}

}  // namespace
}  // namespace assay::stats
