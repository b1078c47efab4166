// Elo ratings: updated game by game, in the order given. The order matters; for a fixed set of
// games use Bradley-Terry.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const std::vector<Game> games{{.a = 0, .b = 1, .score = 1}, {.a = 1, .b = 0, .score = 0.5}};
//   const std::vector<double> ratings = stats::elo(games, 2, {});
//
// Expected score of a: E = 1 / (1 + base^((R_b - R_a) / scale)); R_a += k (score - E), R_b loses
// what a wins. Source: Elo, The Rating of Chessplayers (1978); FastChat, monitor/rating_systems.py
// compute_elo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

struct Game {
  uint32_t a = 0;
  uint32_t b = 0;
  double score = 0;  // of a: 1 won, 0.5 tie, 0 lost
};

struct EloRule {
  double k = 4;
  double base = 10;
  double scale = 400;
  double initial = 1000;
};

// One rating for each player 0..players-1.
std::vector<double> elo(std::span<const Game> games, size_t players, const EloRule& rule);

}  // namespace assay::stats
