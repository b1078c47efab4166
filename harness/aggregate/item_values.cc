#include "harness/aggregate/item_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay::aggregate {
namespace {

bool counts(const std::optional<JudgedValue>& judged) {
  return judged && std::isfinite(judged->value) && std::isfinite(judged->weight) &&
         judged->weight >= 0;
}

// What most have as their answer; ties: the one seen first.
JudgedValue elected(const std::vector<JudgedValue>& votes) {
  size_t best = 0;
  std::ptrdiff_t best_votes = 0;
  for (size_t i = 0; i < votes.size(); ++i) {
    const auto same = std::count_if(votes.begin(), votes.end(), [&](const JudgedValue& other) {
      return other.answer == votes[i].answer;
    });
    if (same > best_votes) {
      best = i;
      best_votes = same;
    }
  }
  return votes[best];
}

}  // namespace

ItemValues::ItemValues(MetricDef def, size_t items, uint32_t repeats)
    : def_(std::move(def)),
      repeats_(std::max(1U, repeats)),
      open_(items),
      states_(items, State::kOpen),
      numerators_(items),
      weights_(items) {}

bool ItemValues::add(size_t item, uint32_t repeat, const std::optional<JudgedValue>& judged) {
  if (item >= states_.size() || repeat >= repeats_ || states_[item] != State::kOpen) return false;
  if (repeats_ == 1) {
    settle(item, {judged});
    return true;
  }
  Repeats& repeats = partial_[item];
  if (repeats.known.empty()) {
    repeats.judged.resize(repeats_);
    repeats.known.resize(repeats_);
    repeats.missing = repeats_;
  }
  if (repeats.known[repeat]) return false;
  repeats.known[repeat] = true;
  repeats.judged[repeat] = judged;
  if (--repeats.missing > 0) return false;
  settle(item, std::move(repeats.judged));
  partial_.erase(item);
  return true;
}

void ItemValues::settle(size_t item, std::vector<std::optional<JudgedValue>> judged) {
  if (def_.repeats_first > 0 && def_.repeats_first < judged.size())
    judged.resize(def_.repeats_first);
  std::vector<JudgedValue> votes;
  for (const std::optional<JudgedValue>& one : judged) {
    if (counts(one)) votes.push_back(*one);
  }
  if (def_.vote && !votes.empty()) votes = {elected(votes)};
  double numerator = 0;
  double weight = 0;
  for (const JudgedValue& vote : votes) {
    numerator += vote.value * vote.weight;
    weight += vote.weight;
    unweighted_ = unweighted_ && vote.weight == 1;
  }
  --open_;
  states_[item] = weight > 0 && std::isfinite(numerator) ? State::kValue : State::kExcluded;
  if (states_[item] != State::kValue) return;
  const auto repeats = static_cast<double>(votes.size());
  numerators_[item] = numerator / repeats;
  weights_[item] = weight / repeats;
}

void ItemValues::clear() {
  std::fill(states_.begin(), states_.end(), State::kOpen);
  partial_.clear();
  open_ = states_.size();
  unweighted_ = true;
}

}  // namespace assay::aggregate
