// Pareto front: the candidates that no other one beats, by what was measured and by draws of it.
//
// Where it stands: harness/stats, called by harness/aggregate/decision_figures.cc. Pure; any
// thread.
//
//   const CandidateTable table{.values = figures, .candidates = 4, .criteria = 3};
//   const std::vector<uint8_t> on_front = stats::pareto_front(table);
//   const std::vector<double> chance = stats::front_membership(draws, 4, 3);
//
// j beats i when j is at least as good in every criterion that both have, better in one of them,
// and has every criterion that i has (otherwise a model of which little is known would beat one of
// which all is). Equal candidates are both on the front. O(candidates² · criteria) for each draw.
// Source: Pareto; the definition as in Kung, Luccio and Preparata, JACM 22 (1975) 469.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

// [candidates × criteria], row-major; larger is better; NaN: not known.
struct CandidateTable {
  std::span<const double> values;
  size_t candidates = 0;
  size_t criteria = 0;
};

// 1 for each candidate on the front. One of which nothing is known is not on it.
std::vector<uint8_t> pareto_front(const CandidateTable& table);

// Share of the draws [draws × candidates × criteria] in which each candidate is on the front. No
// draw: zeros.
std::vector<double> front_membership(std::span<const double> draws, size_t candidates,
                                     size_t criteria);

}  // namespace assay::stats
