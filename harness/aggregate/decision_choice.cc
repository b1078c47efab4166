#include "harness/aggregate/decision_choice.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/aggregate/pairing.h"
#include "harness/stats/acceptability.h"

namespace assay::aggregate {
namespace {

constexpr size_t kQualityAt = static_cast<size_t>(Criterion::kQuality);

// Sign turned where lower is better, so that a loss is above 0.
Estimate in_good_direction(Estimate difference, bool higher_is_better) {
  if (higher_is_better) return difference;
  Estimate out = difference;
  const auto turned = [](const std::optional<double>& v) {
    return v ? std::optional(-*v + 0.0) : std::nullopt;
  };
  out.value = turned(difference.value);
  out.ci_low = turned(difference.ci_high);
  out.ci_high = turned(difference.ci_low);
  return out;
}

std::vector<size_t> without(std::vector<size_t> list, size_t one) {
  std::erase(list, one);
  return list;
}

std::vector<size_t> with(std::vector<size_t> list, size_t one) {
  list.insert(std::upper_bound(list.begin(), list.end(), one), one);
  return list;
}

std::vector<RequirementKind> in_state(const DecidedModel& model, bool unknown, bool failed) {
  std::vector<RequirementKind> out;
  for (const RequirementCheck& check : model.requirements) {
    if ((unknown && check.state == RequirementState::kUnknown) ||
        (failed && check.state == RequirementState::kFail))
      out.push_back(check.kind);
  }
  return out;
}

// Quality and the mean of the other criteria of each model left, scaled as weightings see them.
struct Utility {
  double quality = 0;
  double rest = 0;
};

std::vector<Utility> utilities_of(const DecisionFigures& figures, const std::vector<size_t>& left,
                                  const std::array<bool, kCriterionCount>& weighed) {
  std::vector<double> values;
  size_t criteria = 0;
  for (const size_t m : left) {
    const CriterionValues all = figures.as_measured(m);
    criteria = 0;
    for (size_t k = 0; k < kCriterionCount; ++k) {
      if (!weighed[k]) continue;
      values.push_back(all[k]);
      ++criteria;
    }
  }
  const std::vector<double> scaled = stats::scaled_utilities(values, left.size(), criteria);
  std::vector<Utility> out;
  for (size_t i = 0; i < left.size(); ++i) {
    Utility u;
    u.quality = scaled[i * criteria];  // quality comes first
    for (size_t k = 1; k < criteria; ++k)
      u.rest += scaled[i * criteria + k] / static_cast<double>(criteria - 1);
    out.push_back(u);
  }
  return out;
}

}  // namespace

void Chooser::decide() {
  const std::vector<size_t> models = left();
  const Choice choice = choose(models, out_.metric.share ? options_.margin : 0.0);
  out_.best = choice.best;
  out_.chosen = choice.chosen;
  set_standings(choice, models);
  set_ratios(choice);
  judge(choice, models);
  if (!out_.chosen) return;
  add_price_changes(choice);
  add_unknown_prices(choice);
  add_margin_changes(choice, models);
  add_requirement_changes(choice, models);
  add_weight_changes(choice, models);
}

std::vector<size_t> Chooser::left() const {
  std::vector<size_t> out;
  for (size_t m = 0; m < out_.models.size(); ++m) {
    if (!out_.models[m].knocked_out && out_.models[m].quality.value) out.push_back(m);
  }
  return out;
}

std::optional<size_t> Chooser::best_of(const std::vector<size_t>& models) const {
  const auto quality = [this](size_t m) {
    const double value = *out_.models[m].quality.value;
    return out_.metric.higher_is_better ? value : -value;
  };
  std::optional<size_t> best;
  for (const size_t m : models) {
    const bool better = !best || quality(m) > quality(*best);
    const bool equal = best && quality(m) == quality(*best);
    if (better || (equal && cheapest_of({*best, m}) == m)) best = m;
  }
  return best;
}

std::optional<size_t> Chooser::cheapest_of(const std::vector<size_t>& models) const {
  std::optional<size_t> out;
  for (const size_t m : models) {
    const std::optional<double>& cost = out_.models[m].cost_per_correct.value;
    if (cost && (!out || *cost < *out_.models[*out].cost_per_correct.value)) out = m;
  }
  return out;
}

const Estimate& Chooser::loss(size_t best, size_t other) {
  const auto known = losses_.find({best, other});
  if (known != losses_.end()) return known->second;
  const Samples& a = items_[best].headline;
  const Samples& b = items_[other].headline;
  const PairResult result = compare_pairs(
      a, b, pair_by_index(a, b), out_.metric,
      {.confidence = options_.confidence, .alpha = 1 - options_.confidence, .seed = options_.seed});
  Estimate loss = in_good_direction(result.comparison.difference, out_.metric.higher_is_better);
  return losses_.emplace(std::pair(best, other), std::move(loss)).first->second;
}

QualityStanding Chooser::standing(const Estimate& loss, double margin) const {
  if (!loss.ci_low || !loss.ci_high) return QualityStanding::kUndecided;
  if (*loss.ci_low > margin) return QualityStanding::kWorse;
  return *loss.ci_high <= margin ? QualityStanding::kWithin : QualityStanding::kUndecided;
}

Chooser::Choice Chooser::choose(const std::vector<size_t>& left, double margin) {
  Choice out;
  out.best = best_of(left);
  if (!out.best) return out;
  for (const size_t m : left) {
    const bool kept =
        m == *out.best || standing(loss(*out.best, m), margin) != QualityStanding::kWorse;
    if (kept) out.kept.push_back(m);
  }
  out.chosen = cheapest_of(out.kept);
  if (!out.chosen) out.chosen = out.best;
  return out;
}

void Chooser::set_standings(const Choice& choice, const std::vector<size_t>& left) {
  const double margin = out_.metric.share ? options_.margin : 0.0;
  for (const size_t m : left) {
    DecidedModel& model = out_.models[m];
    if (m == *choice.best) {
      model.standing = QualityStanding::kBest;
      continue;
    }
    model.loss = loss(*choice.best, m);
    model.standing = standing(model.loss, margin);
  }
}

void Chooser::set_ratios(const Choice& choice) {
  const auto priced = [this](size_t m) {
    return out_.models[m].cost_per_correct.value.has_value();
  };
  std::vector<size_t> all;
  for (size_t m = 0; m < out_.models.size(); ++m) all.push_back(m);
  out_.reference = choice.chosen && priced(*choice.chosen) ? choice.chosen : cheapest_of(all);
  if (!out_.reference) return;
  for (const size_t m : all) {
    if (m != *out_.reference && priced(m))
      out_.models[m].cost_ratio = figures_.cost_ratio(m, *out_.reference);
  }
}

void Chooser::judge(const Choice& choice, const std::vector<size_t>& left) {
  if (!choice.best) {
    const bool knocked = std::any_of(out_.models.begin(), out_.models.end(),
                                     [](const DecidedModel& m) { return m.knocked_out; });
    out_.outcome = knocked ? DecisionOutcome::kNone : DecisionOutcome::kNoData;
    return;
  }
  const std::vector<size_t> others = without(choice.kept, *choice.chosen);
  out_.outcome = DecisionOutcome::kUndecided;
  const bool none_correct = std::all_of(choice.kept.begin(), choice.kept.end(),
                                        [this](size_t m) { return out_.models[m].none_correct; });
  if (none_correct) {
    out_.reason = DecisionReason::kNoneCorrect;
    out_.chosen.reset();
    return;
  }
  if (out_.models[*choice.chosen].standing == QualityStanding::kUndecided) {
    out_.reason = DecisionReason::kQualityUndecided;
    out_.tied = {*choice.best};
    return;
  }
  for (const size_t m : others) {
    const DecidedModel& other = out_.models[m];
    if (!other.cost_per_correct.value && !other.none_correct) out_.tied.push_back(m);
  }
  if (!out_.tied.empty()) {
    out_.reason = DecisionReason::kCostUnknown;
    return;
  }
  for (const size_t m : others) {
    const Estimate& ratio = out_.models[m].cost_ratio;
    if (ratio.value && (!ratio.ci_low || *ratio.ci_low <= 1)) out_.tied.push_back(m);
  }
  if (!out_.tied.empty()) {
    std::stable_sort(out_.tied.begin(), out_.tied.end(), [this](size_t a, size_t b) {
      return *out_.models[a].cost_ratio.value < *out_.models[b].cost_ratio.value;
    });
    out_.reason = DecisionReason::kCostTied;
    return;
  }
  out_.outcome = DecisionOutcome::kAdopt;
  out_.reason = DecisionReason::kCheapest;
  if (others.empty()) {
    out_.reason = left.size() == 1 ? DecisionReason::kOnlyModel : DecisionReason::kOnlyGoodEnough;
  }
}

void Chooser::add_price_changes(const Choice& choice) {
  std::vector<DecisionChange> changes;
  for (const size_t m : without(choice.kept, *choice.chosen)) {
    const DecidedModel& other = out_.models[m];
    if (!other.cost_ratio.value || *other.cost_ratio.value <= 0) continue;
    DecisionChange change{
        .kind = DecisionChange::Kind::kPrice, .model = m, .value = 1 / *other.cost_ratio.value};
    change.cost_per_item = *other.cost_per_item.value * change.value;
    changes.push_back(std::move(change));
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.value > b.value; });
  for (DecisionChange& change : changes) out_.changes.push_back(std::move(change));
}

// Where its correct answers would cost what the choice's do.
void Chooser::add_unknown_prices(const Choice& choice) {
  const std::optional<double>& cost = out_.models[*choice.chosen].cost_per_correct.value;
  if (!cost) return;
  for (const size_t m : without(choice.kept, *choice.chosen)) {
    const double brings = figures_.correct_per_item(m);
    if (out_.models[m].cost_per_item.value || !(brings > 0)) continue;
    DecisionChange change{.kind = DecisionChange::Kind::kUnknownPrice, .model = m};
    change.cost_per_item = *cost * brings;
    out_.changes.push_back(std::move(change));
  }
}

void Chooser::add_margin_changes(const Choice& choice, const std::vector<size_t>& left) {
  if (!out_.metric.share) return;
  std::vector<double> margins;
  for (const size_t m : left) {
    if (out_.models[m].standing == QualityStanding::kWorse)
      margins.push_back(*out_.models[m].loss.ci_low);
  }
  std::sort(margins.begin(), margins.end());
  size_t last = *choice.chosen;
  for (const double margin : margins) {
    const Choice other = choose(left, margin);
    if (*other.chosen == last) continue;
    last = *other.chosen;
    out_.changes.push_back({.kind = DecisionChange::Kind::kMargin, .model = last, .value = margin});
  }
}

void Chooser::add_requirement_changes(const Choice& choice, const std::vector<size_t>& left) {
  const double margin = out_.metric.share ? options_.margin : 0.0;
  for (size_t m = 0; m < out_.models.size(); ++m) {
    const DecidedModel& model = out_.models[m];
    if (!model.knocked_out || !model.quality.value) continue;
    if (choose(with(left, m), margin).chosen != m) continue;
    DecisionChange change{.kind = DecisionChange::Kind::kRequirement, .model = m};
    change.requirements = in_state(model, options_.rules.unknown_fails, true);
    out_.changes.push_back(std::move(change));
  }
  const std::vector<RequirementKind> unknown = in_state(out_.models[*choice.chosen], true, false);
  const Choice next = choose(without(left, *choice.chosen), margin);
  if (unknown.empty() || !next.chosen) return;
  DecisionChange change{.kind = DecisionChange::Kind::kUnknown, .model = *next.chosen};
  change.requirements = unknown;
  out_.changes.push_back(std::move(change));
}

// The choice has the better sum than j where w (dq - dr) + dr >= 0, with dq and dr its lead in
// quality and in the rest.
void Chooser::add_weight_changes(const Choice& choice, const std::vector<size_t>& left) {
  const auto used = std::count(out_.weighed.begin(), out_.weighed.end(), true);
  if (!out_.weighed[kQualityAt] || used < 2 || left.size() < 2) return;
  const std::vector<Utility> utilities = utilities_of(figures_, left, out_.weighed);
  const auto place =
      static_cast<size_t>(std::find(left.begin(), left.end(), *choice.chosen) - left.begin());
  double low = 0;
  double high = 1;
  size_t below = *choice.chosen;
  size_t above = *choice.chosen;
  for (size_t j = 0; j < left.size(); ++j) {
    const double dq = utilities[place].quality - utilities[j].quality;
    const double dr = utilities[place].rest - utilities[j].rest;
    const double slope = dq - dr;
    if (slope == 0 && dr < 0) return;  // never ahead of j
    if (slope > 0 && -dr / slope > low) {
      low = -dr / slope;
      below = left[j];
    }
    if (slope < 0 && dr / -slope < high) {
      high = dr / -slope;
      above = left[j];
    }
  }
  if (!(low < high)) return;  // ahead nowhere, or at one point alone
  if (high < 1) {
    out_.changes.push_back(
        {.kind = DecisionChange::Kind::kWeightAbove, .model = above, .value = high});
  }
  if (low > 0) {
    out_.changes.push_back(
        {.kind = DecisionChange::Kind::kWeightBelow, .model = below, .value = low});
  }
}

}  // namespace assay::aggregate
