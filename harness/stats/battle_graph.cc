#include "harness/stats/battle_graph.h"

#include <algorithm>
#include <map>
#include <utility>

namespace assay::stats {
namespace {

using Neighbours = std::vector<std::vector<uint32_t>>;

struct Graph {
  Neighbours out;
  Neighbours in;
};

void connect(Graph& graph, uint32_t from, uint32_t to) {
  graph.out[from].push_back(to);
  graph.in[to].push_back(from);
}

Graph graph_of(std::span<const Battle> battles, uint32_t models, bool any_battle) {
  Graph graph{.out = Neighbours(models), .in = Neighbours(models)};
  for (const Battle& battle : battles) {
    if (battle.a == battle.b) continue;
    if (any_battle || battle.winner != Winner::kB) connect(graph, battle.a, battle.b);
    if (any_battle || battle.winner != Winner::kA) connect(graph, battle.b, battle.a);
  }
  for (Neighbours* side : {&graph.out, &graph.in}) {
    for (auto& list : *side) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
  }
  return graph;
}

// Depth first from `start`, without recursion: names every new vertex after all that follow it.
void walk(const Neighbours& next, uint32_t start, std::vector<bool>& seen,
          std::vector<uint32_t>& finished) {
  std::vector<std::pair<uint32_t, size_t>> stack;
  seen[start] = true;
  stack.emplace_back(start, 0);
  while (!stack.empty()) {
    auto& [at, place] = stack.back();
    if (place == next[at].size()) {
      finished.push_back(at);
      stack.pop_back();
      continue;
    }
    const uint32_t to = next[at][place++];
    if (seen[to]) continue;
    seen[to] = true;
    stack.emplace_back(to, 0);
  }
}

}  // namespace

std::vector<std::vector<uint32_t>> comparable_groups(std::span<const Battle> battles,
                                                     uint32_t models, bool any_battle) {
  const Graph graph = graph_of(battles, models, any_battle);
  std::vector<bool> seen(models);
  std::vector<uint32_t> order;
  for (uint32_t m = 0; m < models; ++m) {
    if (!seen[m]) walk(graph.out, m, seen, order);
  }
  seen.assign(models, false);
  std::vector<std::vector<uint32_t>> groups;
  for (auto m = order.rbegin(); m != order.rend(); ++m) {
    if (seen[*m]) continue;
    std::vector<uint32_t> group;
    walk(graph.in, *m, seen, group);
    std::sort(group.begin(), group.end());
    groups.push_back(std::move(group));
  }
  std::sort(groups.begin(), groups.end(), [](const auto& x, const auto& y) {
    return x.size() != y.size() ? x.size() > y.size() : x.front() < y.front();
  });
  return groups;
}

bool ties_are_told_by_ratings(std::span<const Battle> battles, uint32_t models) {
  // x_to <= x_from + length; the shortest length of each pair binds.
  std::map<std::pair<uint32_t, uint32_t>, int> lengths;
  const auto bound = [&](uint32_t from, uint32_t to, int length) {
    const auto [at, fresh] = lengths.try_emplace({from, to}, length);
    if (!fresh) at->second = std::min(at->second, length);
  };
  for (const Battle& battle : battles) {
    if (battle.a == battle.b) continue;
    if (battle.winner == Winner::kA) bound(battle.a, battle.b, -1);
    if (battle.winner == Winner::kB) bound(battle.b, battle.a, -1);
    if (battle.winner != Winner::kTie) continue;
    bound(battle.a, battle.b, 1);
    bound(battle.b, battle.a, 1);
  }
  std::vector<int64_t> x(models);
  for (uint32_t round = 0; round <= models; ++round) {
    bool moved = false;
    for (const auto& [pair, length] : lengths) {
      if (x[pair.first] + length >= x[pair.second]) continue;
      x[pair.second] = x[pair.first] + length;
      moved = true;
    }
    if (!moved) return true;
  }
  return false;  // a cycle of negative length: no such ratings
}

}  // namespace assay::stats
