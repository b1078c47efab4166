#include "harness/aggregate/ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/samples.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

constexpr uint32_t kOwnCluster = 0x8000'0000;  // numbers of clusters of one begin here

stats::TieModel tie_model(Ties ties) {
  switch (ties) {
    case Ties::kDavidson:
      return stats::TieModel::kDavidson;
    case Ties::kRaoKupper:
      return stats::TieModel::kRaoKupper;
    default:
      return stats::TieModel::kHalfWins;
  }
}

// What a ranking is made of, whatever it came from.
struct Table {
  std::vector<std::string> models;
  std::vector<stats::Battle> battles;
  std::vector<uint32_t> clusters;
  std::vector<std::string> style;
  std::vector<double> covariates;
  std::vector<double> units;  // of the covariates
};

RankedModel ranked(const std::string& name, const stats::ModelRating& model) {
  return {.name = name,
          .rating = model.rating,
          .error = model.error,
          .rank_low = model.rank_low,
          .rank_high = model.rank_high,
          .wins = model.wins,
          .losses = model.losses,
          .ties = model.ties};
}

void add_groups(const Table& table, const stats::BradleyTerry& fit, Ranking& out) {
  for (const auto& members : fit.groups) {
    std::vector<RankedModel> group;
    group.reserve(members.size());
    for (const uint32_t m : members) group.push_back(ranked(table.models[m], fit.models[m]));
    std::stable_sort(group.begin(), group.end(), [](const RankedModel& x, const RankedModel& y) {
      return x.rating.value.value_or(-HUGE_VAL) > y.rating.value.value_or(-HUGE_VAL);
    });
    out.groups.push_back(std::move(group));
  }
  if (!fit.groups.empty() || fit.models.empty()) return;
  out.groups.emplace_back();  // refused before any group was looked for
  for (size_t m = 0; m < fit.models.size(); ++m) {
    out.groups.back().push_back(ranked(table.models[m], fit.models[m]));
  }
}

void add_style(const Table& table, const stats::BradleyTerry& fit, Ranking& out) {
  const stats::BradleyTerryOptions scale;
  for (size_t k = 0; k < fit.covariates.size(); ++k) {
    const stats::Coefficient& c = fit.covariates[k];
    StyleEffect effect{.name = table.style[k], .log_odds = c.log_odds, .p_value = c.p_value};
    effect.unit = table.units[k];
    if (c.log_odds.value) effect.points = *c.log_odds.value * scale.scale / std::log(scale.base);
    out.style.push_back(std::move(effect));
  }
}

size_t groups_with_ratings(const Ranking& ranking) {
  return static_cast<size_t>(
      std::count_if(ranking.groups.begin(), ranking.groups.end(), [](const auto& group) {
        return group.size() > 1 && group.front().rating.value.has_value();
      }));
}

void add_notes(const stats::BradleyTerry& fit, Ranking& out) {
  if (!fit.note.empty()) out.notes.push_back("no ratings: " + fit.note);
  if (fit.against_itself > 0) {
    out.notes.push_back(
        fmt::format("{} battles of a model against itself are left out", fit.against_itself));
  }
  if (fit.between_groups > 0) {
    out.notes.push_back(fmt::format(
        "{} battles are between groups of which one never won or tied: they say who is better, but "
        "not by how much",
        fit.between_groups));
  }
  if (groups_with_ratings(out) > 1) {
    out.notes.push_back(
        "models fall into groups that no chain of wins joins: only ratings of one group may be "
        "compared");
  }
}

Ranking fit_table(const Table& table, const RankingOptions& options) {
  stats::BradleyTerryOptions settings;
  settings.ties = tie_model(options.ties);
  settings.prior = options.prior;
  settings.mean_rating = options.mean_rating;
  settings.confidence = options.confidence;
  settings.seed = options.seed;
  const stats::BradleyTerry fit =
      stats::bradley_terry({.models = static_cast<uint32_t>(table.models.size()),
                            .battles = table.battles,
                            .clusters = table.clusters,
                            .covariates = table.covariates,
                            .covariate_count = table.style.size()},
                           settings);
  Ranking out;
  out.battles = table.battles.size();
  out.used = fit.battles;
  out.clusters = fit.clusters;
  out.tie_parameter = fit.tie_parameter;
  add_groups(table, fit, out);
  add_style(table, fit, out);
  add_notes(fit, out);
  return out;
}

// Divides each covariate by its root mean square, which does not depend on who is named first.
void scale_covariates(const Battles& battles, Table& out) {
  const size_t width = battles.style.size();
  out.style = battles.style;
  out.covariates = battles.covariates;
  out.units.assign(width, 0);
  if (battles.rows.empty()) return;
  for (size_t i = 0; i < out.covariates.size(); ++i) {
    out.units[i % width] += out.covariates[i] * out.covariates[i];
  }
  for (double& unit : out.units) unit = std::sqrt(unit / static_cast<double>(battles.rows.size()));
  for (size_t i = 0; i < out.covariates.size(); ++i) {
    const double unit = out.units[i % width];
    if (unit > 0) out.covariates[i] /= unit;
  }
}

// Rows of one question, judged by one judge: two models on one item and turn. Items without a name
// stand alone.
struct PairKey {
  uint32_t item;
  uint32_t judge;
  int32_t turn;
  uint32_t low;
  uint32_t high;
  auto operator<=>(const PairKey&) const = default;
};

struct BothOrders {
  std::vector<uint32_t> low_first;  // rows
  std::vector<uint32_t> high_first;
};

using OrderTable = std::map<PairKey, BothOrders>;

OrderTable order_table(const Battles& battles) {
  OrderTable out;
  for (size_t i = 0; i < battles.rows.size(); ++i) {
    const BattleRow& row = battles.rows[i];
    if (row.item == 0 || row.a == row.b) continue;
    BothOrders& orders =
        out[{row.item, row.judge, row.turn, std::min(row.a, row.b), std::max(row.a, row.b)}];
    const bool low_first = (row.a < row.b) == row.a_first;
    (low_first ? orders.low_first : orders.high_first).push_back(static_cast<uint32_t>(i));
  }
  return out;
}

enum class Place : uint8_t { kFirst, kSecond, kTie };

Place winning_place(const BattleRow& row) {
  if (row.winner == BattleWinner::kTie) return Place::kTie;
  return (row.winner == BattleWinner::kA) == row.a_first ? Place::kFirst : Place::kSecond;
}

void weigh_orders(const OrderTable& orders, Table& out) {
  for (const auto& [key, both] : orders) {
    if (both.low_first.empty() || both.high_first.empty()) continue;
    for (const auto* rows : {&both.low_first, &both.high_first}) {
      const double weight = 0.5 / static_cast<double>(rows->size());
      for (const uint32_t row : *rows) out.battles[row].weight = weight;
    }
  }
}

// nullopt: no pair has both orders.
std::optional<PositionCheck> position_check(const Battles& battles, const OrderTable& orders,
                                            double confidence) {
  PositionCheck out;
  uint64_t changed = 0;
  for (const auto& [key, both] : orders) {
    if (both.low_first.empty() || both.high_first.empty()) continue;
    ++out.pairs;
    const Place x = winning_place(battles.rows[both.low_first.front()]);
    const Place y = winning_place(battles.rows[both.high_first.front()]);
    const bool same = x == Place::kTie ? y == Place::kTie : (y != Place::kTie && x != y);
    changed += same ? 0 : 1;
    out.first_twice += x == Place::kFirst && y == Place::kFirst ? 1 : 0;
    out.second_twice += x == Place::kSecond && y == Place::kSecond ? 1 : 0;
  }
  if (out.pairs == 0) return std::nullopt;
  out.changed = stats::wilson(changed, out.pairs, confidence);
  uint64_t first = 0;
  uint64_t decided = 0;
  for (const auto& [key, both] : orders) {
    if (both.low_first.empty() || both.high_first.empty()) continue;
    for (const uint32_t row : {both.low_first.front(), both.high_first.front()}) {
      const Place place = winning_place(battles.rows[row]);
      first += place == Place::kFirst ? 1 : 0;
      decided += place == Place::kTie ? 0 : 1;
    }
  }
  out.first_wins = stats::wilson(first, decided, confidence);
  return out;
}

stats::Winner winner_of(BattleWinner winner) {
  if (winner == BattleWinner::kTie) return stats::Winner::kTie;
  return winner == BattleWinner::kA ? stats::Winner::kA : stats::Winner::kB;
}

// --- run files

// One model's headline on one suite.
struct Contender {
  std::string name;
  size_t source = 0;
  Samples headline;
};

struct SuiteContenders {
  std::vector<Contender> models;
  size_t left_out = 0;  // asked with another prompt, data or scorer
};

// Numbers of clusters that all models agree on: samples that any model's file puts together.
class SharedClusters {
 public:
  void add(const Samples& samples) {
    std::unordered_map<uint32_t, uint32_t> first;  // sample of each cluster
    for (size_t i = 0; i < samples.size(); ++i) {
      const uint32_t cluster = samples.cluster.at(i);
      if (cluster == 0) continue;
      const auto [at, fresh] = first.try_emplace(cluster, samples.index[i]);
      if (!fresh) join(at->second, samples.index[i]);
    }
  }
  uint32_t of(uint32_t sample) {
    uint32_t at = sample;
    while (parent(at) != at) at = parents_[at] = parent(parent(at));
    return at;
  }

 private:
  uint32_t parent(uint32_t sample) { return parents_.try_emplace(sample, sample).first->second; }
  void join(uint32_t a, uint32_t b) {
    const uint32_t x = of(a);
    const uint32_t y = of(b);
    parents_[std::max(x, y)] = std::min(x, y);
  }
  std::unordered_map<uint32_t, uint32_t> parents_;
};

// Items' scores so that higher is better; nothing where a sample weighs nothing.
std::optional<double> score_of(const Samples& samples, size_t i, const MetricDef& def) {
  const Tally t = samples.tallies.tally(i);
  if (t.weight <= 0) return std::nullopt;
  const double value = t.numerator / t.weight;
  return def.higher_is_better ? value : -value;
}

void add_pair(const Samples& a, uint32_t number_a, const Samples& b, uint32_t number_b,
              const MetricDef& def, SharedClusters& clusters, Table& out) {
  size_t j = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    while (j < b.size() && b.index[j] < a.index[i]) ++j;
    if (j == b.size()) return;
    if (b.index[j] != a.index[i]) continue;
    const std::optional<double> x = score_of(a, i, def);
    const std::optional<double> y = score_of(b, j, def);
    if (!x || !y) continue;
    const stats::Winner winner = *x > *y   ? stats::Winner::kA
                                 : *x < *y ? stats::Winner::kB
                                           : stats::Winner::kTie;
    out.battles.push_back({.a = number_a, .b = number_b, .winner = winner});
    out.clusters.push_back(clusters.of(a.index[i]));
  }
}

// Two models of one name get their file's name.
std::vector<std::string> names_of(const SuiteContenders& suite, const Collector& collector) {
  std::map<std::string, size_t> uses;
  for (const Contender& c : suite.models) ++uses[c.name];
  std::vector<std::string> out;
  for (const Contender& c : suite.models) {
    out.push_back(uses[c.name] < 2
                      ? c.name
                      : fmt::format("{} [{}]", c.name, collector.sources()[c.source].name));
  }
  return out;
}

Result<Ranking> rank_suite(const SuitePlan& plan, const SuiteContenders& suite,
                           const Collector& collector, const RankingOptions& options) {
  const MetricDef& def = plan.variants.front().metrics.front();
  const size_t models = suite.models.size();
  uint64_t battles = 0;
  for (size_t i = 0; i < models; ++i) battles += i * suite.models[i].headline.size();
  if (battles > kRunBattlesMax || models > kBattleModelsMax) {
    return Error{ErrorCode::kInput,
                 fmt::format("{} models and up to {} battles, expected at most {} and {}", models,
                             battles, kBattleModelsMax, kRunBattlesMax),
                 "suite " + plan.name};
  }
  SharedClusters clusters;
  for (const Contender& c : suite.models) clusters.add(c.headline);
  Table table;
  table.models = names_of(suite, collector);
  for (uint32_t i = 0; i < models; ++i) {
    for (uint32_t j = i + 1; j < models; ++j) {
      add_pair(suite.models[i].headline, i, suite.models[j].headline, j, def, clusters, table);
    }
  }
  Ranking out = fit_table(table, options);
  out.title = plan.name;
  out.metric = def.name;
  if (suite.left_out > 0) {
    out.notes.push_back(fmt::format(
        "{} models are left out: asked with another prompt, data or scorer", suite.left_out));
  }
  return out;
}

}  // namespace

std::string_view ties_name(Ties ties) {
  switch (ties) {
    case Ties::kDavidson:
      return "davidson";
    case Ties::kRaoKupper:
      return "rao-kupper";
    default:
      return "half wins";
  }
}

Ranking rank_battles(const Battles& battles, const RankingOptions& options) {
  Table table;
  table.models = battles.models.names();
  for (size_t i = 0; i < battles.rows.size(); ++i) {
    const BattleRow& row = battles.rows[i];
    table.battles.push_back({.a = row.a, .b = row.b, .winner = winner_of(row.winner)});
    table.clusters.push_back(row.item != 0 ? row.item : kOwnCluster + static_cast<uint32_t>(i));
  }
  scale_covariates(battles, table);
  const OrderTable orders = order_table(battles);
  weigh_orders(orders, table);
  Ranking out = fit_table(table, options);
  out.position = position_check(battles, orders, options.confidence);
  if (battles.judges.size() > 2) {
    out.notes.push_back(fmt::format("verdicts of {} judges are pooled", battles.judges.size() - 1));
  }
  return out;
}

Result<RankingReport> rank_runs(std::span<const RunStore* const> stores,
                                std::span<const std::string> source_names,
                                const RankingOptions& options) {
  Collector collector(stores, source_names, /*keep_rows=*/false);
  ASSAY_TRY_VOID(collector.plan());
  std::map<size_t, Contender> contenders;  // by slot: run order
  ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) {
    if (!group.model.curve_of.empty() || group.suite.metrics.empty()) return;
    contenders[slot] = {.name = group.model.name,
                        .source = collector.slots()[slot].sources.front(),
                        .headline = reduce(group, 0)};
  }));
  std::vector<SuiteContenders> suites(collector.suites().size());
  for (auto& [slot, contender] : contenders) {
    SuiteContenders& suite = suites[collector.slots()[slot].suite];
    if (collector.slots()[slot].variant == 0) {
      suite.models.push_back(std::move(contender));
    } else {
      ++suite.left_out;
    }
  }
  RankingReport out;
  for (const Source& source : collector.sources()) out.sources.push_back(source.name);
  for (size_t s = 0; s < suites.size(); ++s) {
    if (suites[s].models.empty()) continue;
    ASSAY_TRY(Ranking ranking, rank_suite(collector.suites()[s], suites[s], collector, options));
    out.rankings.push_back(std::move(ranking));
  }
  if (out.rankings.empty()) out.notes.emplace_back("no judged items in these files");
  out.ties = options.ties;
  out.prior = options.prior;
  out.confidence = options.confidence;
  return out;
}

}  // namespace assay::aggregate
