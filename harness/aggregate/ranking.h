// Ranking: who is better than whom, from battles, or from the items of run files taken as battles.
//
// Where it stands: harness/aggregate, over stats/bradley_terry.h; called by app/ for `assay rank`,
// rendered by reports/rank. One thread.
//
//   ASSAY_TRY(Ranking ranking, aggregate::rank_battles(battles, {}));
//   ASSAY_TRY(RankingReport report, aggregate::rank_runs(stores, names, {}));
//
// Both orders of a pair (same item, turn and judge) count one half each; battles are clustered by
// item. In run files each item both models answered is a battle: the better headline score (repeats
// averaged) wins, equal ones tie; clustered by the suite's clusters, else by item. Formulas and
// edge cases: stats/bradley_terry.h, docs/ranking.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/aggregate/battles.h"
#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/estimate.h"

namespace assay::aggregate {

enum class Ties : uint8_t { kHalfWins, kDavidson, kRaoKupper };

struct RankingOptions {
  Ties ties = Ties::kHalfWins;
  double prior = 0;
  double mean_rating = 1000;
  double confidence = 0.95;
  uint64_t seed = 1;
};

inline constexpr size_t kRunBattlesMax = 20'000'000;  // of one suite's items

struct RankedModel {
  std::string name;
  Estimate rating;  // n counts battles; no value: method says why
  std::optional<double> error;
  std::optional<uint32_t> rank_low;  // within its group; best and worst rank not excluded
  std::optional<uint32_t> rank_high;
  uint64_t wins = 0;
  uint64_t losses = 0;
  uint64_t ties = 0;
};

struct StyleEffect {
  std::string name;
  Estimate log_odds;             // of a win, per `unit` of the covariate
  std::optional<double> points;  // the same in rating points
  std::optional<double> p_value;
  double unit = 0;  // root mean square of the covariate
};

// Pairs asked in both orders, and the favour of being shown first.
struct PositionCheck {
  uint64_t pairs = 0;         // with both orders
  Estimate changed;           // share of them whose verdict is not the same in both
  uint64_t first_twice = 0;   // of these: whoever was shown first won both times
  uint64_t second_twice = 0;  // whoever was shown second won both times
  Estimate first_wins;        // share of wins of the model shown first, of all decided battles
};

struct Ranking {
  std::string title;   // a suite's name; empty: battles
  std::string metric;  // of a suite
  // By group, the largest first, then by rating. Only ratings of one group may be compared.
  std::vector<std::vector<RankedModel>> groups;
  std::vector<StyleEffect> style;
  Estimate tie_parameter;
  std::optional<PositionCheck> position;
  uint64_t battles = 0;  // given
  uint64_t used = 0;     // that ratings rest on
  uint64_t clusters = 0;
  std::vector<std::string> notes;
};

struct RankingReport {
  std::vector<std::string> sources;
  Ties ties = Ties::kHalfWins;
  double prior = 0;
  double confidence = 0.95;
  std::vector<Ranking> rankings;
  std::vector<std::string> notes;
};

Ranking rank_battles(const Battles& battles, const RankingOptions& options);

// One ranking per suite. Errors: a file that cannot be read; more than kRunBattlesMax battles or
// kBattleModelsMax models in a suite.
Result<RankingReport> rank_runs(std::span<const RunStore* const> stores,
                                std::span<const std::string> source_names,
                                const RankingOptions& options);

std::string_view ties_name(Ties ties);  // "half wins", "davidson", "rao-kupper"

}  // namespace assay::aggregate
