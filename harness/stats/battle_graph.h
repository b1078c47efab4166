// Who beat whom, as a graph: which ratings exist at all.
//
// Internal to harness/stats.
//
//   const std::vector<std::vector<uint32_t>> groups = comparable_groups(battles, models, false);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/stats/bradley_terry.h"

namespace assay::stats {

// Strongly connected components of the graph "a beat b" (a tie both ways), or, with `any_battle`,
// components of "a met b". Largest first, then by smallest member; members ascending. Battles of a
// model against itself do not count. Source: Kosaraju-Sharir (Sharir, 1981). O(models + battles).
std::vector<std::vector<uint32_t>> comparable_groups(std::span<const Battle> battles,
                                                     uint32_t models, bool any_battle);

// Whether some ratings put every win at least one unit apart and every tie at most one: then a
// likelihood with a tie parameter grows without bound. System of difference constraints
// (Bellman-Ford); O(models · pairs) at worst.
bool ties_are_told_by_ratings(std::span<const Battle> battles, uint32_t models);

}  // namespace assay::stats
