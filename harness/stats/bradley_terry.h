// Bradley-Terry: ratings of models from pairwise battles, with robust intervals, style covariates
// and the range of ranks that the battles leave open.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const stats::Battle battles[] = {{.a = 0, .b = 1, .winner = stats::Winner::kA}, ...};
//   const stats::BradleyTerry fit = stats::bradley_terry({.models = 2, .battles = battles}, {});
//   fit.models[0].rating.value;            // 1034.8, absent where there is no finite rating
//
// Model: η = θ_a - θ_b + β·x (log odds; x are covariates of the battle, as differences a - b), and
//   half wins:  l = y log σ(η) + (1 - y) log σ(-η), y = 1, 1/2, 0 for a win, a tie, a loss of a;
//   Davidson:   P(a) : P(tie) : P(b) = e^(η/2) : ν : e^(-η/2);
//   Rao-Kupper: P(a) = σ(η - τ), P(b) = σ(-η - τ), P(tie) = the rest; the tie parameter is e^τ.
// Maximum likelihood by Newton with step halving; rating = mean_rating + scale θ / ln base, where
// the θ of a group of comparable models are centred on 0.
// Errors: sandwich H⁻¹ M H⁻¹, H the Hessian and M = C / (C - 1) Σ_c s_c s_c' over the C clusters'
// score sums (battles where there are no clusters); intervals with Student's t of C - 1 degrees.
// Ranks: 1 + number of models shown better .. models - number shown worse, where "shown" means that
// the simultaneous interval of the difference excludes 0: estimate ± c · error with c the quantile
// of max over all pairs of |difference| / error in draws from N(0, sandwich) (fixed seed), carried
// over to Student's t of the same tail area.
// Existence: the likelihood has a finite maximum exactly when, by wins (a tie counts both ways),
// each model can be reached from each other. Else the models fall into groups within which this
// holds, and only ratings of one group may be compared; battles between groups say nothing finite.
// With a prior, groups are what battles connect at all.
// Prior (off at 0): each model also wins and loses `prior` battles against an opponent of θ = 0.
// Edge cases: no battles; a model against itself (left out, counted); a covariate, weight or
// outcome that is not finite (refused); a covariate that others or the models determine, or that
// does not vary (no coefficient, says so); battles that the covariates tell apart without error, a
// tie parameter without a finite maximum, covariates of more than kCovariatesMax (refused, `note`
// says why); one cluster: values without intervals.
// Sources: Bradley and Terry, Biometrika 39 (1952) 324; Ford, American Mathematical Monthly 64
// (1957) 28 (existence); Davidson, JASA 65 (1970) 317; Rao and Kupper, JASA 62 (1967) 194; White,
// Econometrica 50 (1982) 1, and Liang and Zeger, Biometrika 73 (1986) 13 (sandwich); Mogstad,
// Romano, Shaikh and Wilhelm, Review of Economic Studies 91 (2024) 476 (ranks); Chiang et al., ICML
// 2024 (arXiv 2403.04132), for ratings of judged battles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

enum class Winner : uint8_t { kA, kB, kTie };

struct Battle {
  uint32_t a = 0;  // models are numbered from 0
  uint32_t b = 0;
  Winner winner = Winner::kTie;
  double weight = 1;  // two orders of one question: 1/2 each
};

struct BattleTable {
  uint32_t models = 0;
  std::span<const Battle> battles;
  std::span<const uint32_t> clusters;  // one number each; empty: each battle is its own
  std::span<const double> covariates;  // [battles × covariate_count], by battle
  size_t covariate_count = 0;
};

enum class TieModel : uint8_t { kHalfWins, kDavidson, kRaoKupper };

struct BradleyTerryOptions {
  TieModel ties = TieModel::kHalfWins;
  double prior = 0;
  double base = 10;
  double scale = 400;
  double mean_rating = 1000;
  double confidence = kDefaultConfidence;
  uint32_t draws = 4000;
  uint64_t seed = 1;
};

inline constexpr size_t kRatedModelsMax = 1000;
inline constexpr size_t kCovariatesMax = 32;

enum class RatingState : uint8_t {
  kRated,
  kWonAll,     // unbounded above: never lost or tied
  kLostAll,    // unbounded below: never won or tied
  kSeparated,  // won everything against some and lost everything against others
  kNoBattles,
};

struct ModelRating {
  Estimate rating;              // n counts battles
  std::optional<double> error;  // rating points
  RatingState state = RatingState::kNoBattles;
  size_t group = 0;  // index into BradleyTerry::groups
  uint64_t wins = 0;
  uint64_t losses = 0;
  uint64_t ties = 0;
  // Within its group; absent where it is not rated.
  std::optional<uint32_t> rank_low;   // best rank that is not excluded
  std::optional<uint32_t> rank_high;  // worst
};

struct Coefficient {
  Estimate log_odds;  // per unit of the covariate; no value: method says why
  std::optional<double> error;
  std::optional<double> p_value;  // two-sided, of 0
};

struct BradleyTerry {
  std::vector<ModelRating> models;
  std::vector<std::vector<uint32_t>> groups;  // comparable models, largest first
  std::vector<Coefficient> covariates;
  Estimate tie_parameter;       // ν or e^τ; no value with half wins or without ties
  uint64_t battles = 0;         // that the ratings rest on
  uint64_t against_itself = 0;  // left out
  uint64_t between_groups = 0;  // left out
  uint64_t clusters = 0;
  std::optional<double> log_likelihood;
  std::string note;  // why there are no ratings; empty: nothing to say
};

// Numbers of models beyond table.models, or arrays of wrong size: programmer errors.
BradleyTerry bradley_terry(const BattleTable& table, const BradleyTerryOptions& options);

}  // namespace assay::stats
