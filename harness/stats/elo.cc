#include "harness/stats/elo.h"

#include <cmath>

#include "harness/base/check.h"

namespace assay::stats {

std::vector<double> elo(std::span<const Game> games, size_t players, const EloRule& rule) {
  std::vector<double> ratings(players, rule.initial);
  for (const Game& game : games) {
    ASSAY_CHECK(game.a < players && game.b < players, "players {} and {} of {}", game.a, game.b,
                players);
    const double ahead = ratings[game.b] - ratings[game.a];
    const double expected = 1 / (1 + std::pow(rule.base, ahead / rule.scale));
    const double won = rule.k * (game.score - expected);
    ratings[game.a] += won;
    ratings[game.b] -= won;
  }
  return ratings;
}

}  // namespace assay::stats
