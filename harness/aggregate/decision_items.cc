#include "harness/aggregate/decision_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "harness/aggregate/latency.h"
#include "harness/aggregate/pairing.h"
#include "harness/base/money.h"

namespace assay::aggregate {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNano = 1e-9;
constexpr double kSecondsPerHour = 3600;

// Where an item's cost comes from.
struct CostRule {
  enum class Kind : uint8_t { kNone, kTokens, kMachine };
  Kind kind = Kind::kNone;
  double per_second = 0;  // of the machine
  std::string currency;
  std::string note;
};

CostRule no_cost(std::string_view why) {
  CostRule out;
  out.note = fmt::format("not measured: {}", why);
  return out;
}

std::string currency_of(const Manifest& manifest) {
  return manifest.currency.empty() ? "USD" : manifest.currency;
}

CostRule machine_rule(const Group& group, std::span<const Source> sources) {
  const Manifest& first = sources[group.shares.front().store].manifest;
  const std::string& text = first.machine_price_per_hour;
  for (const StoreShare& share : group.shares) {
    const Manifest& other = sources[share.store].manifest;
    if (other.machine_price_per_hour.empty())
      return no_cost("no price per token and no machine price per hour was given");
    if (other.machine_price_per_hour != text || other.currency != first.currency)
      return no_cost("the run files have different machine prices");
  }
  const Result<Money> price = Money::parse(text);
  if (!price || price->nano < 0) return no_cost("the machine price is not an amount");
  CostRule out;
  out.kind = CostRule::Kind::kMachine;
  out.per_second = static_cast<double>(price->nano) * kNano / kSecondsPerHour;
  out.currency = currency_of(first);
  out.note = fmt::format("machine at {} {} per hour, busy time", price->text(), out.currency);
  if (group.retries > 0)
    out.note += fmt::format(", without the time of {} earlier attempts", group.retries);
  return out;
}

CostRule cost_rule(const Group& group, std::span<const Source> sources) {
  CostRule out;
  if (group.token_cost) {
    out.kind = CostRule::Kind::kTokens;
    out.currency = currency_of(sources[group.shares.front().store].manifest);
    out.note = "tokens of all tries at the model's prices";
  } else if (!group.model.local) {
    return no_cost("no price per token was given with the model");
  } else if (group.in_load > 0) {
    return no_cost("asked under load; the machine's cost stands with the loads");
  } else {
    out = machine_rule(group, sources);
  }
  if (out.kind != CostRule::Kind::kNone && group.model.virtual_clock) out.note += " (simulated)";
  return out;
}

double cost_of(const Group& group, size_t row, const CostRule& rule) {
  if (rule.kind == CostRule::Kind::kMachine)
    return static_cast<double>(group.busy.at(row)) * kNano * rule.per_second;
  const int64_t nano = group.item_cost.at(row);
  if (nano >= 0) return static_cast<double>(nano) * kNano;
  // Nobody bills what failed without saying its tokens; an answer without a cost is not free.
  return is_answer(group.outcome(row)) ? kUnknown : 0.0;
}

// The repeats of one sample, while they are added up.
struct SampleSum {
  uint32_t asked = 0;
  uint32_t scored = 0;
  uint32_t timed = 0;
  double cost = 0;
  double seconds = 0;
};

SampleSum add_repeats(const Group& group, size_t& i, const CostRule& rule) {
  SampleSum sum;
  const MetricDef* const def = group.suite.metrics.empty() ? nullptr : &group.suite.metrics.front();
  const uint32_t index = group.index(group.row(i));
  for (; i < group.size() && group.index(group.row(i)) == index; ++i) {
    const size_t row = group.row(i);
    const bool counts =
        def == nullptr || def->repeats_first == 0 || group.repeat(row) < def->repeats_first;
    if (!counts || group.outcome(row) == Outcome::kCancelled) continue;
    ++sum.asked;
    if (def != nullptr && group.metric(0).state(row) == TallyState::kScored) ++sum.scored;
    if (rule.kind != CostRule::Kind::kNone) sum.cost += cost_of(group, row, rule);
    const int64_t took = group.latency.at(row);
    if (took < 0) continue;
    ++sum.timed;
    sum.seconds += static_cast<double>(took) * kNano;
  }
  return sum;
}

class ItemBuilder {
 public:
  ItemBuilder(Group&& group, CostRule rule) : group_(std::move(group)), rule_(std::move(rule)) {}

  ModelItems build(double confidence) {
    out_.name = group_.model.name;
    out_.model = group_.model;
    if (!group_.suite.metrics.empty()) out_.headline = reduce(group_, 0);
    vote_ = !group_.suite.metrics.empty() && group_.suite.metrics.front().vote;
    for (size_t i = 0; i < group_.size();) {
      const size_t first = group_.row(i);
      const SampleSum sum = add_repeats(group_, i, rule_);
      if (sum.asked > 0) add(first, sum);
    }
    settle_cost();
    out_.answered = group_.answered;
    out_.failed = group_.failed;
    out_.asked = group_.answered + group_.failed;
    out_.retries = group_.retries;
    out_.times = summarize_durations(std::move(group_.latency), confidence, 2);
    return std::move(out_);
  }

 private:
  void add(size_t row, const SampleSum& sum) {
    const uint32_t index = group_.index(row);
    out_.index.push_back(index);
    out_.cluster.push(group_.cluster(row));
    const Samples& scored = out_.headline;
    while (next_ < scored.size() && scored.index[next_] < index) ++next_;
    Tally tally;
    if (next_ < scored.size() && scored.index[next_] == index) tally = scored.tallies.tally(next_);
    out_.value.push_back(tally.numerator);
    out_.weight.push_back(tally.weight);
    const double right = tally.weight > 0 ? tally.numerator / tally.weight : 0.0;
    const double asked = sum.asked;
    out_.correct.push_back(vote_ ? right : right * sum.scored / asked);
    if (rule_.kind != CostRule::Kind::kNone)
      out_.cost.push_back(vote_ ? sum.cost : sum.cost / asked);
    out_.latency.push_back(sum.timed > 0 ? sum.seconds / sum.timed : kUnknown);
  }

  void settle_cost() {
    out_.currency = rule_.currency;
    out_.cost_note = rule_.note;
    const auto unknown = static_cast<size_t>(std::count_if(
        out_.cost.begin(), out_.cost.end(), [](double c) { return !std::isfinite(c); }));
    if (static_cast<double>(unknown) <= kUnpricedShareMax * static_cast<double>(out_.cost.size()))
      return;
    out_.cost_note = fmt::format("not measured: {} of {} samples have an answer without a cost",
                                 unknown, out_.cost.size());
    out_.cost.clear();
    out_.currency.clear();
  }

  Group group_;
  CostRule rule_;
  ModelItems out_;
  bool vote_ = false;
  size_t next_ = 0;  // place in the scored samples
};

// Indices that all models have, costs known.
struct Common {
  std::vector<uint32_t> index;
  uint64_t unpriced = 0;
};

Common common_samples(const std::vector<ModelItems>& items) {
  Common out;
  if (items.empty()) return out;
  out.index = items.front().index;
  for (size_t m = 1; m < items.size(); ++m) {
    std::vector<uint32_t> both;
    std::set_intersection(out.index.begin(), out.index.end(), items[m].index.begin(),
                          items[m].index.end(), std::back_inserter(both));
    out.index = std::move(both);
  }
  const size_t asked = out.index.size();
  for (const ModelItems& model : items) {
    if (model.cost.empty()) continue;
    size_t place = 0;
    std::erase_if(out.index, [&](uint32_t index) {
      while (model.index[place] < index) ++place;
      return !std::isfinite(model.cost[place]);
    });
  }
  out.unpriced = asked - out.index.size();
  return out;
}

// Unit of each common sample, by the clusters of the first model, which are those of the data.
struct Units {
  std::vector<uint32_t> of_sample;
  size_t count = 0;
};

Units number_units(const ModelItems& model, const std::vector<uint32_t>& common) {
  Units out;
  out.of_sample.reserve(common.size());
  std::unordered_map<uint32_t, uint32_t> unit_of;
  size_t place = 0;
  for (const uint32_t index : common) {
    while (model.index[place] < index) ++place;
    const uint32_t cluster = model.cluster.at(place);
    const auto fresh = static_cast<uint32_t>(out.count);
    const uint32_t unit = cluster == 0 ? fresh : unit_of.try_emplace(cluster, fresh).first->second;
    if (unit == fresh) ++out.count;
    out.of_sample.push_back(unit);
  }
  return out;
}

UnitColumns unit_columns(const ModelItems& model, const std::vector<uint32_t>& common,
                         const Units& units) {
  UnitColumns out;
  for (std::vector<double>* column :
       {&out.value, &out.weight, &out.correct, &out.latency, &out.timed}) {
    column->assign(units.count, 0.0);
  }
  if (!model.cost.empty()) out.cost.assign(units.count, 0.0);
  size_t place = 0;
  for (size_t i = 0; i < common.size(); ++i) {
    while (model.index[place] < common[i]) ++place;
    const uint32_t unit = units.of_sample[i];
    out.value[unit] += model.value[place];
    out.weight[unit] += model.weight[place];
    out.correct[unit] += model.correct[place];
    if (!model.cost.empty()) out.cost[unit] += model.cost[place];
    if (!std::isfinite(model.latency[place])) continue;
    out.latency[unit] += model.latency[place];
    out.timed[unit] += 1;
  }
  return out;
}

// Keeps the scored samples that are in `common`.
void cut_headline(ModelItems& model, const std::vector<uint32_t>& common) {
  Samples& all = model.headline;
  std::vector<uint32_t> places;
  places.reserve(common.size());
  size_t place = 0;
  for (const uint32_t index : common) {
    while (place < all.size() && all.index[place] < index) ++place;
    if (place < all.size() && all.index[place] == index)
      places.push_back(static_cast<uint32_t>(place));
  }
  if (places.size() < all.size()) all = pick(all, places);
}

void drop_columns(ModelItems& model) {
  for (std::vector<double>* column :
       {&model.value, &model.weight, &model.correct, &model.cost, &model.latency}) {
    std::vector<double>().swap(*column);
  }
  std::vector<uint32_t>().swap(model.index);
}

}  // namespace

ModelItems model_items(Group&& group, std::span<const Source> sources, double confidence) {
  CostRule rule = cost_rule(group, sources);
  return ItemBuilder(std::move(group), std::move(rule)).build(confidence);
}

DecisionTable decision_table(std::vector<ModelItems>& items) {
  DecisionTable out;
  Common common = common_samples(items);
  size_t most = 0;
  for (const ModelItems& model : items) most = std::max(most, model.index.size());
  out.left_out = most - common.index.size();
  out.unpriced = common.unpriced;
  if (items.empty()) return out;
  const Units units = number_units(items.front(), common.index);
  out.units = units.count;
  out.size.assign(units.count, 0.0);
  for (const uint32_t unit : units.of_sample) out.size[unit] += 1;
  for (ModelItems& model : items) {
    out.models.push_back(unit_columns(model, common.index, units));
    drop_columns(model);
    cut_headline(model, common.index);
  }
  out.index = std::move(common.index);
  return out;
}

}  // namespace assay::aggregate
