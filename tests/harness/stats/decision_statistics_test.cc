// What decisions are made of: quotients of sums against closed forms and a simulation of their
// coverage, the Pareto front, rank acceptability against areas that are known exactly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/acceptability.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/pareto.h"
#include "harness/stats/quotient.h"

namespace assay::stats {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Columns of rows and their sums in draws, kept together.
struct Drawn {
  std::vector<Values> columns;
  std::vector<Values> sums;
  [[nodiscard]] QuotientColumns over(size_t top, size_t bottom) const {
    return {
        .top = columns[top], .bottom = columns[bottom], .tops = sums[top], .bottoms = sums[bottom]};
  }
};

Drawn drawn(std::vector<Values> columns, uint32_t resamples = 2'000, uint64_t seed = 1) {
  Drawn out{.columns = std::move(columns), .sums = {}};
  const size_t width = out.columns.size();
  Values table;
  for (size_t row = 0; row < out.columns.front().size(); ++row) {
    for (const Values& column : out.columns) table.push_back(column[row]);
  }
  const Values sums =
      bootstrap_sums({.values = table, .columns = width}, {.resamples = resamples, .seed = seed});
  out.sums.resize(width);
  for (size_t i = 0; i < sums.size(); ++i) out.sums[i % width].push_back(sums[i]);
  return out;
}

TEST(QuotientOfSums, EqualCostsAndAllCorrectHaveNoSpread) {
  const Drawn d = drawn({Values(50, 0.25), Values(50, 1.0)});
  const Quotient q = quotient(d.over(0, 1));
  EXPECT_DOUBLE_EQ(*q.estimate.value, 0.25);
  EXPECT_DOUBLE_EQ(*q.estimate.ci_low, 0.25);
  EXPECT_DOUBLE_EQ(*q.estimate.ci_high, 0.25);
  EXPECT_EQ(q.estimate.n, 50U);
  EXPECT_EQ(q.draws_no_value, 0U);
}

// With a constant cost c the quotient is c over the accuracy: its interval is c over that of the
// mean, whatever the draws.
TEST(QuotientOfSums, OfAConstantCostIsTheInverseOfAMean) {
  Values correct(40, 0.0);
  for (size_t i = 0; i < 30; ++i) correct[i] = 1;
  const Drawn d = drawn({Values(40, 3.0), correct}, 10'000);
  const Quotient q = quotient(d.over(0, 1));
  EXPECT_DOUBLE_EQ(*q.estimate.value, 4.0);
  EXPECT_LT(*q.estimate.ci_low, 4.0);
  EXPECT_GT(*q.estimate.ci_high, 4.0);
  // Ends are c n / k of whole numbers k of right answers, or between two of them.
  EXPECT_NEAR(*q.estimate.ci_low, 120.0 / 34.5, 0.25);
  EXPECT_NEAR(*q.estimate.ci_high, 120.0 / 24, 0.4);
}

// The same answers at k times the price: the ratio is k in every draw, exactly known.
TEST(QuotientOfSums, RatioOfTheSameAnswersAtAnotherPriceIsExact) {
  Values cost;
  Values dear;
  Values correct;
  for (size_t i = 0; i < 30; ++i) {
    cost.push_back(1 + static_cast<double>(i % 7));
    dear.push_back(cost.back() * 4);
    correct.push_back(i % 3 == 0 ? 0 : 1);
  }
  const Drawn d = drawn({cost, dear, correct});
  const Estimate ratio = quotient_ratio(d.over(1, 2), d.over(0, 2)).estimate;
  EXPECT_DOUBLE_EQ(*ratio.value, 4);
  EXPECT_NEAR(*ratio.ci_low, 4, 1e-9);
  EXPECT_NEAR(*ratio.ci_high, 4, 1e-9);
  const Estimate wide = quotient(d.over(1, 2)).estimate;
  EXPECT_LT(*wide.ci_low, *wide.value * 0.9) << "each alone is uncertain";
}

TEST(QuotientOfSums, NothingBelowTheLineHasNoValue) {
  const Drawn d = drawn({Values(20, 1.0), Values(20, 0.0)});
  const Quotient q = quotient(d.over(0, 1));
  EXPECT_FALSE(q.estimate.value || q.estimate.ci_low || q.estimate.ci_high);
  EXPECT_EQ(q.draws_no_value, 2'000U);
  const Quotient ratio = quotient_ratio(d.over(0, 1), d.over(0, 1));
  EXPECT_FALSE(ratio.estimate.value);
}

// One right answer of 20: (19/20)^20 = 35.8 % of the draws have none.
TEST(QuotientOfSums, DrawsWithoutAnythingBelowAreCounted) {
  Values correct(20, 0.0);
  correct[4] = 1;
  const Drawn d = drawn({Values(20, 1.0), correct}, 10'000);
  const Quotient q = quotient(d.over(0, 1));
  EXPECT_DOUBLE_EQ(*q.estimate.value, 20);
  EXPECT_NEAR(static_cast<double>(q.draws_no_value) / 10'000, 0.358, 0.015);
  EXPECT_TRUE(q.estimate.ci_low) << q.estimate.method;
}

TEST(QuotientOfSums, OneRowHasNoInterval) {
  const Drawn d = drawn({Values{2.0}, Values{1.0}});
  const Quotient q = quotient(d.over(0, 1));
  EXPECT_DOUBLE_EQ(*q.estimate.value, 2);
  EXPECT_FALSE(q.estimate.ci_low);
  EXPECT_EQ(q.estimate.method, "quotient: one row, no interval");
}

// Lognormal costs, half of the answers right, cost and success dependent: the true cost per correct
// answer is E[cost] / P(correct). A small version of docs/decide.md's table.
TEST(QuotientOfSums, IntervalsCoverTheTruth) {
  constexpr int kRuns = 300;
  constexpr size_t kItems = 100;
  constexpr double kSigma = 0.8;
  // Hard items cost e^0.5 times as much and are right in 0.3 instead of 0.7.
  const double truth = std::exp(kSigma * kSigma / 2) * (1 + std::exp(0.5)) / 2 / 0.5;
  int inside = 0;
  for (int run = 0; run < kRuns; ++run) {
    Rng rng(77, run);
    Values cost;
    Values correct;
    for (size_t i = 0; i < kItems; ++i) {
      const bool hard = rng.uniform() < 0.5;
      cost.push_back(rng.lognormal(hard ? 0.5 : 0.0, kSigma));
      correct.push_back(rng.uniform() < (hard ? 0.3 : 0.7) ? 1 : 0);
    }
    const Drawn d = drawn({cost, correct}, 1'000, static_cast<uint64_t>(run));
    const Estimate e = quotient(d.over(0, 1)).estimate;
    inside += *e.ci_low <= truth && truth <= *e.ci_high ? 1 : 0;
  }
  const double coverage = static_cast<double>(inside) / kRuns;
  EXPECT_GT(coverage, 0.90);
  EXPECT_LT(coverage, 0.99);
}

std::vector<uint8_t> front(const Values& values, size_t candidates) {
  return pareto_front(
      {.values = values, .candidates = candidates, .criteria = values.size() / candidates});
}

TEST(ParetoFront, WhoIsBeatenIsOut) {
  EXPECT_THAT(front({1, 1, 2, 2}, 2), ElementsAre(0, 1));
  EXPECT_THAT(front({1, 2, 2, 1}, 2), ElementsAre(1, 1)) << "each is better in one";
  EXPECT_THAT(front({1, 2, 1, 2}, 2), ElementsAre(1, 1)) << "ties are members";
  EXPECT_THAT(front({1, 2, 1, 3}, 2), ElementsAre(0, 1)) << "as good and better in one";
  EXPECT_THAT(front({3}, 1), ElementsAre(1));
}

TEST(ParetoFront, WhatIsNotKnownOfOneIsNotHeldAgainstIt) {
  // The first has no second figure: compared on the first alone.
  EXPECT_THAT(front({1, kNan, 2, 5}, 2), ElementsAre(0, 1));
  // One of which less is known beats nobody who has that figure.
  EXPECT_THAT(front({9, kNan, 2, 5}, 2), ElementsAre(1, 1));
  EXPECT_THAT(front({kNan, kNan, 2, 5}, 2), ElementsAre(0, 1)) << "nothing is known of it";
}

TEST(ParetoFront, MembershipIsAShareOfDraws) {
  // Two candidates, one criterion, four draws: the first wins one, ties one, loses two.
  EXPECT_THAT(front_membership(Values{2, 1, 1, 1, 0, 1, 0, 1}, 2, 1), ElementsAre(0.5, 0.75));
  EXPECT_THAT(front_membership({}, 2, 1), ElementsAre(0, 0));
}

CandidateDraws once(const Values& values, size_t candidates) {
  return {.values = values, .candidates = candidates, .criteria = values.size() / candidates};
}

TEST(RankAcceptability, SymmetricCandidatesShareTheRanks) {
  const Values mirrored{1, 0, 0, 1};
  const Acceptability a = rank_acceptability(once(mirrored, 2), {}, {.weightings = 200'000});
  EXPECT_NEAR(a.rank(0, 0), 0.5, 0.004);
  EXPECT_NEAR(a.rank(0, 0) + a.rank(1, 0), 1, 1e-12);
  EXPECT_NEAR(a.central[0], 0.75, 0.002) << "mean of a weight that is above a half";
  const Values equal{2, 3, 2, 3};
  const Acceptability tied = rank_acceptability(once(equal, 2), {}, {.weightings = 7});
  EXPECT_THAT(tied.ranks, ElementsAre(0.5, 0.5, 0.5, 0.5)) << "exactly";
  EXPECT_THAT(tied.expected_rank, ElementsAre(1.5, 1.5));
}

// Scaled: a = (1, 0), b = (0, 1), c = (0.6, 0.6). c is first where 0.6 beats both weights: w
// between 0.4 and 0.6, a fifth of all weightings; a and b have two fifths each.
TEST(RankAcceptability, IsTheAreaOfTheWeights) {
  const Values three{10, 0, 0, 10, 6, 6};
  const Acceptability a = rank_acceptability(once(three, 3), {}, {.weightings = 200'000});
  EXPECT_NEAR(a.rank(0, 0), 0.4, 0.004);
  EXPECT_NEAR(a.rank(1, 0), 0.4, 0.004);
  EXPECT_NEAR(a.rank(2, 0), 0.2, 0.004);
  EXPECT_NEAR(a.rank(2, 2), 0, 1e-12) << "the compromise is never last";
  EXPECT_NEAR(a.central[0], 0.8, 0.002);
  EXPECT_NEAR(a.central[4], 0.5, 0.002);
  double sum = 0;
  for (size_t r = 0; r < 3; ++r) sum += a.rank(0, r);
  EXPECT_NEAR(sum, 1, 1e-9);
}

// Uniform on the simplex of three: each weight's mean is a third, P(w > 1/2) = 1/4.
TEST(RankAcceptability, WeightsAreUniformOnTheSimplex) {
  // First by the first criterion alone against a constant 1/2 of the two others.
  const Values values{1, 0, 0, 0, 1, 1};
  const Acceptability a = rank_acceptability(once(values, 2), {}, {.weightings = 200'000});
  EXPECT_NEAR(a.rank(0, 0), 0.25, 0.004);
  EXPECT_NEAR(a.central[0], 2.0 / 3, 0.003);
}

TEST(RankAcceptability, GivenWeightsAreHeldTo) {
  const Values mirrored{1, 0, 0, 1};
  const std::vector<WeightBounds> fixed{{2, 2}, {1, 1}};
  const Acceptability a = rank_acceptability(once(mirrored, 2), fixed, {});
  EXPECT_EQ(a.rank(0, 0), 1);
  EXPECT_TRUE(std::isnan(a.central[2])) << "the second is never first";
  // w2 uniform in 0..4 against 1: the first wins a quarter.
  const std::vector<WeightBounds> range{{1, 1}, {0, 4}};
  const Acceptability b = rank_acceptability(once(mirrored, 2), range, {.weightings = 100'000});
  EXPECT_NEAR(b.rank(0, 0), 0.25, 0.006);
}

TEST(RankAcceptability, DrawsWithoutAFigureAreLeftOut) {
  const Values values{1, 0, kNan, 5};
  const Acceptability a =
      rank_acceptability({.values = values, .candidates = 2, .criteria = 1}, {}, {});
  EXPECT_EQ(a.draws, 1U);
  EXPECT_EQ(a.rank(0, 0), 1);
  const Acceptability none =
      rank_acceptability({.values = {}, .candidates = 2, .criteria = 1}, {}, {});
  EXPECT_EQ(none.draws, 0U);
  EXPECT_THAT(none.ranks, ElementsAre(0, 0, 0, 0));
}

TEST(RankAcceptability, ScaledUtilitiesAreLinear) {
  EXPECT_THAT(scaled_utilities(Values{1, 5, 3, 5, 2, 5}, 3, 2), ElementsAre(0, 0, 1, 0, 0.5, 0));
}

}  // namespace
}  // namespace assay::stats
