// Bradley-Terry against closed forms and an independent maximisation (SciPy 1.10.1: Nelder-Mead,
// then Newton with numerical derivatives of the plain formulas; NumPy for the sandwich), and at the
// edges where no finite rating exists.
#include "harness/stats/bradley_terry.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/battle_graph.h"

namespace assay::stats {
namespace {

using Battles = std::vector<Battle>;
constexpr double kPointsPerLogOdds = 400 / 2.302585092994046;

void repeat(Battles& to, uint32_t a, uint32_t b, Winner winner, int times) {
  for (int i = 0; i < times; ++i) to.push_back({.a = a, .b = b, .winner = winner});
}

// Sixty battles of four models with one covariate and clusters of three, drawn as the oracle's
// script draws them.
struct Drawn {
  Battles battles;
  std::vector<double> covariates;
  std::vector<uint32_t> clusters;
};

Drawn drawn() {
  Drawn out;
  uint64_t state = 12345;
  const auto next = [&state] {
    state = (1103515245 * state + 12345) % (uint64_t{1} << 31);
    return static_cast<double>(state) / static_cast<double>(uint64_t{1} << 31);
  };
  for (uint32_t i = 0; i < 60; ++i) {
    const auto a = static_cast<uint32_t>(next() * 4);
    const auto b = (a + 1 + static_cast<uint32_t>(next() * 3)) % 4;
    const double u = next();
    const Winner w = u < 0.45 ? Winner::kA : (u < 0.8 ? Winner::kB : Winner::kTie);
    out.battles.push_back({.a = a, .b = b, .winner = w});
    out.covariates.push_back(next() * 2 - 1);
    out.clusters.push_back(i / 3);
  }
  return out;
}

struct Expected {
  TieModel ties;
  bool covariate;
  double log_likelihood;
  std::array<double, 4> ratings;
  std::array<double, 4> errors;
  std::array<double, 4> clustered_errors;
  double coefficient;
  double coefficient_error;  // clustered
  double tie;                // e^t
};

void check(const Expected& want, const BradleyTerry& got, bool clustered) {
  ASSERT_EQ(got.note, "");
  EXPECT_NEAR(*got.log_likelihood, want.log_likelihood, 1e-8);
  const auto& errors = clustered ? want.clustered_errors : want.errors;
  for (size_t m = 0; m < 4; ++m) {
    EXPECT_NEAR(*got.models[m].rating.value, want.ratings[m], 1e-4) << m;
    EXPECT_NEAR(*got.models[m].error, errors[m], 1e-3) << m;
  }
  if (want.covariate) {
    EXPECT_NEAR(*got.covariates[0].log_odds.value, want.coefficient, 1e-6);
    if (clustered) {
      EXPECT_NEAR(*got.covariates[0].error, want.coefficient_error, 1e-5);
    }
  }
  if (want.ties != TieModel::kHalfWins) {
    EXPECT_NEAR(*got.tie_parameter.value, want.tie, 1e-6);
  }
}

TEST(BradleyTerry, AgreesWithAnIndependentMaximisation) {
  const std::array<Expected, 6> cases{
      Expected{TieModel::kHalfWins,
               false,
               -41.24948396464939,
               {1026.427223389648, 969.4857943371195, 985.6164590844702, 1018.4705231887624},
               {42.63375077, 46.70386461, 41.93469718, 41.96669345},
               {47.78687695, 33.01583033, 44.03513498, 36.24975969},
               0,
               0,
               0},
      Expected{TieModel::kHalfWins,
               true,
               -41.234140636895496,
               {1025.2431949444554, 971.7769276582275, 984.4852531010213, 1018.494624296296},
               {42.71608028, 47.68939877, 43.00021424, 41.80342051},
               {47.35980873, 35.22646602, 46.00611724, 36.10857064},
               -0.0783905407297666,
               0.47456015914931177,
               0},
      Expected{TieModel::kDavidson,
               false,
               -62.87052522472562,
               {1033.1129819243483, 961.7641749625094, 981.9812083586814, 1023.1416347544607},
               {53.52310702, 58.64189334, 52.57396627, 52.62157823},
               {60.39624704, 42.09254163, 55.35777301, 45.62590424},
               0,
               0,
               std::exp(-0.6842436500232204)},
      Expected{TieModel::kDavidson,
               true,
               -62.85129295831854,
               {1031.6323776644947, 964.6320762251095, 980.5603448690165, 1023.1752012413795},
               {53.6206, 59.85095, 53.94048, 52.43687},
               {59.84903, 44.73282, 57.87263, 45.46927},
               -0.09826968455984929,
               0.5952362121491153,
               std::exp(-0.6838373237929242)},
      Expected{TieModel::kRaoKupper,
               false,
               -62.860771508367634,
               {1028.5199188889587, 967.6395801111637, 984.5329834804742, 1019.3075175194033},
               {44.81497471, 48.96118921, 44.12564251, 42.86097404},
               {50.56476493, 35.14614350, 46.82651879, 36.97510519},
               0,
               0,
               std::exp(0.41053496993802024)},
      Expected{TieModel::kRaoKupper,
               true,
               -62.82492905810509,
               {1027.2084111874292, 970.6689618593266, 981.9276393035344, 1020.1949876497098},
               {44.82465707, 49.75293806, 47.15522393, 43.23985676},
               {50.26039955, 37.14049895, 51.53049111, 37.38120399},
               -0.11242487294496417,
               0.5100617634922069,
               std::exp(0.4109697814712339)}};
  const Drawn d = drawn();
  for (const Expected& want : cases) {
    for (const bool clustered : {false, true}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(want.ties)) + (want.covariate ? " x" : "") +
                   (clustered ? " clustered" : ""));
      BattleTable table{.models = 4, .battles = d.battles};
      if (clustered) table.clusters = d.clusters;
      if (want.covariate) {
        table.covariates = d.covariates;
        table.covariate_count = 1;
      }
      BradleyTerryOptions options;
      options.ties = want.ties;
      check(want, bradley_terry(table, options), clustered);
    }
  }
}

TEST(BradleyTerry, TwoModelsHaveAClosedForm) {
  Battles battles;
  repeat(battles, 0, 1, Winner::kA, 7);
  repeat(battles, 1, 0, Winner::kA, 3);
  const BradleyTerry fit = bradley_terry({.models = 2, .battles = battles}, {});
  const double half = 200 * std::log10(7.0 / 3);
  EXPECT_NEAR(*fit.models[0].rating.value, 1000 + half, 1e-8);
  EXPECT_NEAR(*fit.models[1].rating.value, 1000 - half, 1e-8);
  // The log odds' robust variance is n/(n-1) / (n p q); each rating carries half of it.
  const double error = kPointsPerLogOdds / 2 * std::sqrt(10.0 / 9 / (10 * 0.7 * 0.3));
  EXPECT_NEAR(*fit.models[0].error, error, 1e-8);
  constexpr double kStudent9 = 2.2621571628540993;  // t tables, 9 degrees, 97.5 %
  EXPECT_NEAR(*fit.models[0].rating.ci_high, 1000 + half + kStudent9 * error, 1e-6);
  EXPECT_EQ(fit.models[0].rating.n, 10U);
  EXPECT_EQ(fit.models[0].wins, 7U);
  // Not shown apart: both ranks are open.
  EXPECT_EQ(fit.models[0].rank_low, 1U);
  EXPECT_EQ(fit.models[0].rank_high, 2U);
}

TEST(BradleyTerry, TwoOrdersAtHalfWeightInOneClusterAreOneBattle) {
  Battles once;
  repeat(once, 0, 1, Winner::kA, 12);
  repeat(once, 0, 1, Winner::kB, 5);
  Battles twice;
  std::vector<uint32_t> clusters;
  for (uint32_t i = 0; i < once.size(); ++i) {
    const Battle b = once[i];
    twice.push_back({.a = b.a, .b = b.b, .winner = b.winner, .weight = 0.5});
    const Winner other = b.winner == Winner::kA ? Winner::kB : Winner::kA;
    twice.push_back({.a = b.b, .b = b.a, .winner = other, .weight = 0.5});
    clusters.insert(clusters.end(), {i, i});
  }
  const BradleyTerry a = bradley_terry({.models = 2, .battles = once}, {});
  const BradleyTerry b = bradley_terry({.models = 2, .battles = twice, .clusters = clusters}, {});
  EXPECT_NEAR(*a.models[0].rating.value, *b.models[0].rating.value, 1e-8);
  EXPECT_NEAR(*a.models[0].error, *b.models[0].error, 1e-8);
}

TEST(BradleyTerry, ModelsWithoutAFiniteRatingGetNone) {
  Battles battles;  // 0 beats everybody; 1 and 2 share; 3 loses everything; 4 is never asked
  repeat(battles, 0, 1, Winner::kA, 5);
  repeat(battles, 2, 0, Winner::kB, 5);
  repeat(battles, 1, 2, Winner::kA, 3);
  repeat(battles, 1, 2, Winner::kB, 2);
  repeat(battles, 3, 1, Winner::kB, 4);
  const BradleyTerry fit = bradley_terry({.models = 5, .battles = battles}, {});
  EXPECT_EQ(fit.models[0].state, RatingState::kWonAll);
  EXPECT_EQ(fit.models[3].state, RatingState::kLostAll);
  EXPECT_EQ(fit.models[4].state, RatingState::kNoBattles);
  for (const size_t m : {0, 3, 4}) {
    EXPECT_FALSE(fit.models[m].rating.value);
    EXPECT_FALSE(fit.models[m].rating.ci_low);
    EXPECT_FALSE(fit.models[m].rank_low);
  }
  EXPECT_EQ(fit.models[0].rating.method, "unbounded: won every battle");
  EXPECT_NEAR(*fit.models[1].rating.value, 1000 + 200 * std::log10(1.5), 1e-8);
  EXPECT_EQ(fit.groups.front(), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(fit.battles, 5U);
  EXPECT_EQ(fit.between_groups, 14U);
}

TEST(BradleyTerry, APriorMakesConnectedModelsFiniteAndJoinsNoOthers) {
  Battles battles;
  repeat(battles, 0, 1, Winner::kA, 5);
  repeat(battles, 2, 3, Winner::kA, 2);
  BradleyTerryOptions options;
  options.prior = 0.5;
  const BradleyTerry fit = bradley_terry({.models = 4, .battles = battles}, options);
  ASSERT_EQ(fit.groups.size(), 2U);
  // By symmetry θ and -θ: 5 σ(-2θ) = σ(θ) - 1/2 at the maximum of the penalised likelihood.
  const double theta = (*fit.models[0].rating.value - 1000) / kPointsPerLogOdds;
  EXPECT_GT(theta, 0);
  const auto sigma = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_NEAR(5 * sigma(-2 * theta), sigma(theta) - 0.5, 1e-9);
  EXPECT_NE(fit.models[0].group, fit.models[2].group);
  EXPECT_NE(fit.models[0].rating.method.find("weak prior"), std::string::npos);
}

TEST(BradleyTerry, ACircleBetweenGroupsIsSeparated) {
  Battles battles;  // 0 > 1 > 2, nothing leads back: 1 has won and lost
  repeat(battles, 0, 1, Winner::kA, 3);
  repeat(battles, 1, 2, Winner::kA, 3);
  const BradleyTerry fit = bradley_terry({.models = 3, .battles = battles}, {});
  EXPECT_EQ(fit.models[1].state, RatingState::kSeparated);
  EXPECT_EQ(fit.groups.size(), 3U);
  EXPECT_FALSE(fit.note.empty());
  repeat(battles, 2, 0, Winner::kA, 1);  // closes the circle
  const BradleyTerry closed = bradley_terry({.models = 3, .battles = battles}, {});
  EXPECT_EQ(closed.groups.size(), 1U);
  EXPECT_TRUE(closed.models[1].rating.value);
}

TEST(BradleyTerry, NothingOrNextToNothing) {
  const BradleyTerry none = bradley_terry({.models = 2, .battles = {}}, {});
  EXPECT_EQ(none.note, "no battles");
  EXPECT_FALSE(none.models[0].rating.value);
  const Battles itself{{.a = 1, .b = 1, .winner = Winner::kA}};
  const BradleyTerry same = bradley_terry({.models = 2, .battles = itself}, {});
  EXPECT_EQ(same.against_itself, 1U);
  EXPECT_EQ(same.note, "no battles");
  EXPECT_EQ(bradley_terry({}, {}).groups.size(), 0U);
  // One tie: even, and nothing is known of the error.
  const Battles tie{{.a = 0, .b = 1, .winner = Winner::kTie}};
  const BradleyTerry one = bradley_terry({.models = 2, .battles = tie}, {});
  EXPECT_NEAR(*one.models[0].rating.value, 1000, 1e-9);
  EXPECT_FALSE(one.models[0].error);
  EXPECT_FALSE(one.models[0].rating.ci_low);
  EXPECT_EQ(one.models[0].rank_high, 2U);
  // One win: unbounded, not a large number.
  const Battles win{{.a = 0, .b = 1, .winner = Winner::kA}};
  EXPECT_EQ(bradley_terry({.models = 2, .battles = win}, {}).models[0].state, RatingState::kWonAll);
  // Only ties: no variation, so no interval, and no rank is excluded.
  const Battles ties(20, tie.front());
  const BradleyTerry flat = bradley_terry({.models = 2, .battles = ties}, {});
  EXPECT_FALSE(flat.models[0].rating.ci_low);
  EXPECT_EQ(flat.models[1].rank_low, 1U);
}

TEST(BradleyTerry, OneClusterHasNoIntervals) {
  Drawn d = drawn();
  d.clusters.assign(d.clusters.size(), 7);
  const BradleyTerry fit =
      bradley_terry({.models = 4, .battles = d.battles, .clusters = d.clusters}, {});
  EXPECT_TRUE(fit.models[0].rating.value);
  EXPECT_FALSE(fit.models[0].rating.ci_low);
  EXPECT_EQ(fit.models[0].rank_low, 1U);
  EXPECT_EQ(fit.models[0].rank_high, 4U);
}

TEST(BradleyTerry, CovariatesThatCannotBeToldAreLeftOut) {
  const Drawn d = drawn();
  std::vector<double> covariates;  // x, 2x, zero, the difference of two indicators of models
  for (size_t i = 0; i < d.battles.size(); ++i) {
    const double x = d.covariates[i];
    const Battle& b = d.battles[i];
    const double model = (b.a == 2 ? 1.0 : 0.0) - (b.b == 2 ? 1.0 : 0.0);
    covariates.insert(covariates.end(), {x, 2 * x, 0, model});
  }
  const BradleyTerry fit = bradley_terry(
      {.models = 4, .battles = d.battles, .covariates = covariates, .covariate_count = 4}, {});
  EXPECT_NEAR(*fit.covariates[0].log_odds.value, -0.0783905407297666, 1e-6);
  for (const size_t k : {1, 2, 3}) {
    EXPECT_FALSE(fit.covariates[k].log_odds.value) << k;
    EXPECT_NE(fit.covariates[k].log_odds.method.find("no coefficient"), std::string::npos);
  }
  EXPECT_NEAR(*fit.models[0].rating.value, 1025.2431949444554, 1e-4);
}

TEST(BradleyTerry, RefusesWhatHasNoAnswer) {
  Drawn d = drawn();
  std::vector<double> perfect;
  for (const Battle& b : d.battles) {
    perfect.push_back(b.winner == Winner::kA ? 1 : (b.winner == Winner::kB ? -1 : 0));
  }
  const BradleyTerry told = bradley_terry(
      {.models = 4, .battles = d.battles, .covariates = perfect, .covariate_count = 1}, {});
  EXPECT_FALSE(told.note.empty());
  EXPECT_FALSE(told.models[0].rating.value);
  EXPECT_FALSE(told.covariates[0].log_odds.value);
  d.covariates[5] = std::numeric_limits<double>::quiet_NaN();
  const BradleyTerry nan = bradley_terry(
      {.models = 4, .battles = d.battles, .covariates = d.covariates, .covariate_count = 1}, {});
  EXPECT_EQ(nan.note, "refused: a value is not a finite number");
  EXPECT_FALSE(nan.models[0].rating.value);
  d.battles[0].weight = -1;
  EXPECT_FALSE(bradley_terry({.models = 4, .battles = d.battles}, {}).models[0].rating.value);
}

TEST(BradleyTerry, ATieParameterWithoutAMaximumIsRefused) {
  // 0 wins or ties, never loses: ratings far apart explain both, without end.
  Battles battles;
  repeat(battles, 0, 1, Winner::kA, 5);
  repeat(battles, 0, 1, Winner::kTie, 3);
  for (const TieModel ties : {TieModel::kDavidson, TieModel::kRaoKupper}) {
    BradleyTerryOptions options;
    options.ties = ties;
    const BradleyTerry fit = bradley_terry({.models = 2, .battles = battles}, options);
    EXPECT_NE(fit.note.find("tie parameter"), std::string::npos);
    EXPECT_FALSE(fit.models[0].rating.value);
    options.prior = 0.5;
    EXPECT_TRUE(bradley_terry({.models = 2, .battles = battles}, options).models[0].rating.value);
  }
  // As half wins there is one: 6.5 against 1.5.
  const BradleyTerry half = bradley_terry({.models = 2, .battles = battles}, {});
  EXPECT_NEAR(*half.models[0].rating.value, 1000 + 200 * std::log10(6.5 / 1.5), 1e-8);
  // Without ties the tie models are the plain one.
  Battles plain;
  repeat(plain, 0, 1, Winner::kA, 7);
  repeat(plain, 0, 1, Winner::kB, 3);
  BradleyTerryOptions davidson;
  davidson.ties = TieModel::kDavidson;
  const BradleyTerry same = bradley_terry({.models = 2, .battles = plain}, davidson);
  EXPECT_NEAR(*same.models[0].rating.value, 1000 + 200 * std::log10(7.0 / 3), 1e-8);
  EXPECT_FALSE(same.tie_parameter.value);
}

TEST(BattleGraph, TiesToldByRatings) {
  Battles battles{{.a = 0, .b = 1, .winner = Winner::kA},
                  {.a = 1, .b = 2, .winner = Winner::kA},
                  {.a = 0, .b = 2, .winner = Winner::kTie}};
  EXPECT_FALSE(ties_are_told_by_ratings(battles, 3));  // 0 - 2 >= 2 by the wins, <= 1 by the tie
  battles.back().winner = Winner::kA;
  EXPECT_TRUE(ties_are_told_by_ratings(battles, 3));
  battles.push_back({.a = 2, .b = 0, .winner = Winner::kA});
  EXPECT_FALSE(ties_are_told_by_ratings(battles, 3));
}

// Battles of models with known strengths.
Battles simulate(const std::vector<double>& theta, int per_pair, uint64_t seed) {
  Rng rng(seed);
  Battles out;
  for (uint32_t i = 0; i < theta.size(); ++i) {
    for (uint32_t j = i + 1; j < theta.size(); ++j) {
      for (int k = 0; k < per_pair; ++k) {
        const double p = 1 / (1 + std::exp(theta[j] - theta[i]));
        out.push_back({.a = i, .b = j, .winner = rng.uniform() < p ? Winner::kA : Winner::kB});
      }
    }
  }
  return out;
}

TEST(BradleyTerry, RanksAreExcludedWhereDifferencesAreShown) {
  // Two strong equals, two weak equals, far apart.
  const Battles battles = simulate({1.5, 1.5, -1.5, -1.5}, 100, 3);
  const BradleyTerry fit = bradley_terry({.models = 4, .battles = battles}, {});
  for (const size_t m : {0, 1}) {
    EXPECT_EQ(fit.models[m].rank_low, 1U);
    EXPECT_EQ(fit.models[m].rank_high, 2U);
  }
  for (const size_t m : {2, 3}) {
    EXPECT_EQ(fit.models[m].rank_low, 3U);
    EXPECT_EQ(fit.models[m].rank_high, 4U);
  }
}

TEST(BradleyTerry, AmongEqualsARankIsWronglyExcludedInOneOfTwentySamples) {
  int wrong = 0;
  int outside = 0;
  constexpr int kSamples = 300;
  BradleyTerryOptions options;
  options.draws = 1000;
  for (int s = 0; s < kSamples; ++s) {
    const Battles battles = simulate({0, 0, 0, 0, 0}, 30, 100 + static_cast<uint64_t>(s));
    const BradleyTerry fit = bradley_terry({.models = 5, .battles = battles}, options);
    bool any = false;
    for (const ModelRating& m : fit.models) any = any || *m.rank_low > 1 || *m.rank_high < 5;
    wrong += any ? 1 : 0;
    const Estimate& first = fit.models[0].rating;
    outside += *first.ci_low > 1000 || *first.ci_high < 1000 ? 1 : 0;
  }
  // Binomial(300, 0.05): 15 ± 3.8; four standard deviations.
  EXPECT_LE(wrong, 30);
  EXPECT_GE(wrong, 3);
  EXPECT_LE(outside, 30);
  EXPECT_GE(outside, 3);
}

TEST(BradleyTerry, TheSameBattlesGiveTheSameBytes) {
  const Battles battles = simulate({0.3, 0, -0.3}, 40, 9);
  const BradleyTerry a = bradley_terry({.models = 3, .battles = battles}, {});
  const BradleyTerry b = bradley_terry({.models = 3, .battles = battles}, {});
  for (size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(*a.models[m].rating.value, *b.models[m].rating.value);
    EXPECT_EQ(a.models[m].rank_low, b.models[m].rank_low);
  }
}

}  // namespace
}  // namespace assay::stats
