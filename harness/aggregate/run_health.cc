#include "harness/aggregate/run_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "harness/aggregate/pairing.h"
#include "harness/base/json.h"
#include "harness/stats/detectable.h"
#include "harness/stats/item_health.h"
#include "harness/stats/multiple.h"
#include "harness/stats/sum.h"

namespace assay::aggregate {
namespace {

constexpr double kRounding = 1e-12;

// Scores of the items that every model has, [items × models].
struct ScoreTable {
  std::vector<uint32_t> index;
  std::vector<double> scores;
};

std::optional<double> score_at(const Samples& samples, size_t place) {
  const Tally t = samples.tallies.tally(place);
  if (t.weight <= 0) return std::nullopt;
  return t.numerator / t.weight;
}

ScoreTable score_table(std::span<const HealthModel> models) {
  ScoreTable out;
  std::vector<size_t> at(models.size());
  std::vector<double> row(models.size());
  const Samples& first = *models.front().headline;
  for (size_t i = 0; i < first.size(); ++i) {
    bool whole = true;
    for (size_t m = 0; m < models.size(); ++m) {
      const Samples& samples = *models[m].headline;
      while (at[m] < samples.size() && samples.index[at[m]] < first.index[i]) ++at[m];
      const bool has = at[m] < samples.size() && samples.index[at[m]] == first.index[i];
      const std::optional<double> score = has ? score_at(samples, at[m]) : std::nullopt;
      whole = whole && score.has_value();
      row[m] = score.value_or(0);
    }
    if (!whole) continue;
    out.index.push_back(first.index[i]);
    out.scores.insert(out.scores.end(), row.begin(), row.end());
  }
  return out;
}

void add_item(std::vector<HealthItem>& to, uint32_t index) {
  if (to.size() < kHealthItemsMax) to.push_back({.index = index, .id = {}});
}

void count_solved(const ScoreTable& table, size_t models, const MetricDef& def, ItemHealth& out) {
  if (!def.share) {
    out.note = "the headline is no share: nothing is solved or not";
    return;
  }
  const auto solved = [&](double x) {
    return def.higher_is_better ? x >= 1 - kRounding : x <= kRounding;
  };
  const auto missed = [&](double x) {
    return def.higher_is_better ? x <= kRounding : x >= 1 - kRounding;
  };
  uint64_t none = 0;
  uint64_t all = 0;
  for (size_t i = 0; i < table.index.size(); ++i) {
    const auto row = std::span(table.scores).subspan(i * models, models);
    if (std::all_of(row.begin(), row.end(), missed)) {
      ++none;
      add_item(out.none, table.index[i]);
    }
    if (std::all_of(row.begin(), row.end(), solved)) {
      ++all;
      add_item(out.all, table.index[i]);
    }
  }
  out.solved_by_none = none;
  out.solved_by_all = all;
}

void discriminate(ScoreTable& table, size_t models, const MetricDef& def, double alpha,
                  ItemHealth& out) {
  if (models < stats::kDiscriminationModelsMin) {
    const std::string why = fmt::format("discrimination needs {} models, here are {}",
                                        stats::kDiscriminationModelsMin, models);
    out.note += out.note.empty() ? why : "; " + why;
    return;
  }
  if (!def.higher_is_better) {
    for (double& score : table.scores) score = -score;
  }
  const stats::Discrimination d = stats::discrimination(table.scores, models);
  const std::vector<double> adjusted = stats::holm(d.p_negative);
  uint64_t negative = 0;
  uint64_t shown = 0;
  for (size_t i = 0; i < table.index.size(); ++i) {
    if (!(d.r[i] < 0)) continue;
    ++negative;
    shown += adjusted[i] <= alpha ? 1 : 0;
    out.worst.push_back({.index = table.index[i], .id = {}, .value = d.r[i]});
  }
  out.negative = negative;
  out.negative_shown = shown;
  std::stable_sort(out.worst.begin(), out.worst.end(),
                   [](const HealthItem& x, const HealthItem& y) { return x.value < y.value; });
  if (out.worst.size() > kHealthItemsMax) out.worst.resize(kHealthItemsMax);
}

double pooled(const Samples& samples) {
  stats::Sum numerators;
  stats::Sum weights;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tally t = samples.tallies.tally(i);
    numerators.add(t.numerator);
    weights.add(t.weight);
  }
  return weights.value() > 0 ? numerators.value() / weights.value() : std::nan("");
}

// The two with the best pooled figures, in order given for equal ones.
std::pair<size_t, size_t> best_two(std::span<const HealthModel> models, const MetricDef& def) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t m = 0; m < models.size(); ++m) {
    const double value = pooled(*models[m].headline);
    order.emplace_back(def.higher_is_better ? -value : value, m);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  return {order[0].second, order[1].second};
}

// Standard deviation of the items' linearised differences of the pooled ratios; nothing for fewer
// than two pairs.
std::optional<double> difference_deviation(const Samples& a, const Samples& b) {
  const Pairs pairs = pair_by_index(a, b);
  if (pairs.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(pairs.size());
  const auto sums = [&](const Samples& samples, const std::vector<uint32_t>& places) {
    std::pair<double, double> out;
    for (const uint32_t place : places) {
      out.first += samples.tallies.tally(place).numerator;
      out.second += samples.tallies.tally(place).weight;
    }
    return out;
  };
  const auto [numerator_a, weight_a] = sums(a, pairs.a);
  const auto [numerator_b, weight_b] = sums(b, pairs.b);
  if (weight_a <= 0 || weight_b <= 0) return std::nullopt;
  const double ratio_a = numerator_a / weight_a;
  const double ratio_b = numerator_b / weight_b;
  stats::Sum squares;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Tally x = a.tallies.tally(pairs.a[i]);
    const Tally y = b.tallies.tally(pairs.b[i]);
    const double d = (x.numerator - ratio_a * x.weight) * n / weight_a -
                     (y.numerator - ratio_b * y.weight) * n / weight_b;
    squares.add(d * d);
  }
  return std::sqrt(squares.value() / (n - 1));
}

}  // namespace

NeededItems needed_items(std::span<const HealthModel> models, const MetricDef& def,
                         const HealthOptions& options) {
  NeededItems out{.difference = options.difference, .have = options.have};
  double deviation = stats::paired_binary_deviation(options.discordance, options.difference);
  out.basis = fmt::format("assumed: {:.0f}% of the items differ", 100 * options.discordance);
  if (models.size() >= 2 && def.aggregation == Aggregation::kPooled) {
    const auto [best, second] = best_two(models, def);
    const std::optional<double> measured =
        difference_deviation(*models[best].headline, *models[second].headline);
    if (measured && *measured > 0) {
      deviation = *measured;
      out.basis = fmt::format("{} against {}", models[best].name, models[second].name);
    }
  }
  if (!(options.difference > 0) || !(deviation > 0)) return out;
  out.items = stats::items_for(options.difference, deviation, {});
  // All discordant pairs on one side must be able to reach the exact test's level.
  const double pairs = def.binary ? std::ceil(1 - std::log2(options.alpha)) : 0;
  const double least = std::ceil(pairs / options.difference);
  if (least > static_cast<double>(*out.items))
    out.items = static_cast<uint64_t>(std::min(least, 1e18));
  if (options.have > 0) {
    const auto have = static_cast<double>(options.have);
    out.detectable =
        std::max(stats::smallest_detectable(deviation / std::sqrt(have), {}), pairs / have);
  }
  return out;
}

SuiteHealth run_health(std::span<const HealthModel> models, const MetricDef& def,
                       const HealthOptions& options) {
  SuiteHealth out;
  out.items.models = models.size();
  out.needed = needed_items(models, def, options);
  if (models.size() < 2) {
    out.items.note = "one model says nothing about items; two or more are needed";
    return out;
  }
  if (models.front().headline->size() > kHealthScoresMax / models.size()) {
    out.items.note = fmt::format("more than {} scores", kHealthScoresMax);
    return out;
  }
  ScoreTable table = score_table(models);
  out.items.items = table.index.size();
  if (table.index.empty()) {
    out.items.note = "no item has a score of every model";
    return out;
  }
  count_solved(table, models.size(), def, out.items);
  discriminate(table, models.size(), def, options.alpha, out.items);
  return out;
}

std::string label_of_choice(uint64_t gold) { return fmt::format("#{}", gold + 1); }

std::string label_of_truth(const std::string& truth) {
  if (truth.empty()) return {};
  const Result<Json> json = parse_json(truth, "truth");
  if (!json || !json->is_object()) return {};
  const Json* gold = find_member(*json, "gold");
  if (gold != nullptr && gold->is_array() && !gold->empty() && gold->front().is_number_unsigned()) {
    return label_of_choice(gold->front().get<uint64_t>());
  }
  const Json* targets = find_member(*json, "targets");
  const bool has = targets != nullptr && targets->is_array() && !targets->empty() &&
                   targets->front().is_string();
  return has ? targets->front().get<std::string>() : std::string();
}

LabelHealth label_health(const std::map<std::string, uint64_t>& counts, double confidence) {
  LabelHealth out;
  std::vector<uint64_t> numbers;
  for (const auto& [label, count] : counts) {
    numbers.push_back(count);
    out.n += count;
  }
  out.labels = counts.size();
  if (out.n == 0) {
    out.note = "no answers are known";
    return out;
  }
  if (counts.size() > kLabelsMax) {
    out.note = fmt::format("more than {} different answers are no classes", kLabelsMax);
    return out;
  }
  if (2 * counts.size() > out.n) {
    out.note = fmt::format("{} different answers of {} items are no classes", out.labels, out.n);
    return out;
  }
  const stats::Balance balance = stats::label_balance(numbers, confidence);
  out.entropy_bits = balance.entropy_bits;
  out.evenness = balance.evenness;
  out.majority = std::next(counts.begin(), static_cast<std::ptrdiff_t>(balance.majority))->first;
  out.majority_share = balance.majority_share;
  return out;
}

}  // namespace assay::aggregate
