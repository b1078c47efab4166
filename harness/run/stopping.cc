#include "harness/run/stopping.h"

#include <algorithm>
#include <utility>

#include "harness/base/hash.h"

namespace assay::run {
namespace {

std::optional<JudgedValue> judged_value(const Attempt& attempt, size_t metric) {
  if (metric >= attempt.scores.size()) return std::nullopt;
  const Score& score = attempt.scores[metric];
  if (score.status != ScoreStatus::kScored) return std::nullopt;
  return JudgedValue{score.value, score.weight, sha256(score.extracted).prefix64()};
}

std::optional<JudgedValue> judged_value(const Record& record, size_t metric) {
  for (const RecordScore& score : record.scores) {
    if (score.metric == metric && score.status == ScoreStatus::kScored)
      return JudgedValue{score.value, score.weight, score.answer};
  }
  return std::nullopt;
}

}  // namespace

Stopping::Stopping(StopRule& rule, RunPlan& plan)
    : rule_(rule),
      plan_(plan),
      suites_(plan.suites.size()),
      index_of_row_(plan.suites.size()),
      over_(plan.suites.size() * plan.lanes.size()) {
  for (size_t s = 0; s < suites_; ++s) {
    const SuitePlan& suite = plan.suites[s];
    suite_of_row_[suite.info.id] = s;
    for (uint64_t i = 0; i < suite.rows.size(); ++i) index_of_row_[s].emplace(suite.rows[i], i);
  }
  for (size_t m = 0; m < plan.lanes.size(); ++m) {
    model_of_row_[plan.lanes[m].model.id] = m;
    for (size_t s = 0; s < suites_; ++s) plan.lanes[m].suites[s].order = rule.order(m, s);
  }
}

std::optional<size_t> Stopping::model_of(uint32_t row) const {
  const auto at = model_of_row_.find(row);
  return at == model_of_row_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<uint64_t> Stopping::index_of(size_t suite, uint64_t sample) const {
  const SuitePlan& plan = plan_.suites[suite];
  if (plan.rows.empty()) {
    const uint64_t index = sample & ((uint64_t{1} << kSampleSuiteShift) - 1);
    return index < plan.suite->size() ? std::optional(index) : std::nullopt;
  }
  const auto at = index_of_row_[suite].find(sample);
  return at == index_of_row_[suite].end() ? std::nullopt : std::optional(at->second);
}

Result<void> Stopping::replay(const RunStore& store) {
  std::vector<Stored> group;  // of one model on one suite: records come sorted so
  std::pair<uint32_t, uint32_t> of_group;
  ASSAY_TRY_VOID(store.read_records([&](const Record& record) {
    const auto suite = suite_of_row_.find(record.suite);
    const std::optional<size_t> model = model_of(record.model);
    if (suite == suite_of_row_.end() || !model) return;
    const size_t s = suite->second;
    const std::optional<uint64_t> index = index_of(s, record.sample);
    if (!index || record.repeat >= plan_.suites[s].suite->info().repeats) return;
    if (std::exchange(of_group, {record.suite, record.model}) !=
        std::pair(record.suite, record.model)) {
      take_stored(group);
      group.clear();
    }
    const bool answered = is_answer(record.outcome);
    if (!answered && record.outcome == Outcome::kCancelled) return;
    group.push_back({{*model, s, *index, record.repeat},
                     answered,
                     answered ? judged_value(record, rule_.metric(s)) : std::nullopt});
  }));
  take_stored(group);
  return {};
}

void Stopping::take_stored(const std::vector<Stored>& group) {
  if (group.empty()) return;
  const auto [model, suite] = std::pair(group.front().place.model, group.front().place.suite);
  for (const Stored& item : group) rule_.on_result(item.place, item.judged);
  if (!note(model, suite)) {
    rule_.reset(model, suite);
    for (const Stored& item : group) {
      if (item.answered) rule_.on_result(item.place, item.judged);
    }
    note(model, suite);
  }
  LaneSuite& lane = plan_.lanes[model].suites[suite];
  if (!over(model, suite)) return;
  plan_.lanes[model].remaining -= lane.remaining;
  lane.remaining = 0;
}

bool Stopping::note(size_t model, size_t suite) {
  if (!rule_.over(model, suite)) return false;
  over_[model * suites_ + suite].store(true, std::memory_order_relaxed);
  return true;
}

bool Stopping::on_item(const Attempt& attempt, End end) {
  const std::optional<size_t> model = model_of(attempt.key.model);
  const std::optional<uint64_t> index = index_of(attempt.suite, attempt.key.sample);
  if (!model || !index) return false;
  const bool before = over(*model, attempt.suite);
  rule_.on_result(
      {*model, attempt.suite, *index, attempt.key.repeat},
      end == End::kAnswered ? judged_value(attempt, rule_.metric(attempt.suite)) : std::nullopt);
  return note(*model, attempt.suite) && !before;
}

uint64_t Stopping::ahead(const Attempt& attempt) const {
  const std::optional<size_t> model = model_of(attempt.key.model);
  const std::optional<uint64_t> index = index_of(attempt.suite, attempt.key.sample);
  return model && index ? rule_.ahead(*model, attempt.suite, *index) : 0;
}

bool Stopping::over(const Attempt& attempt) const {
  const std::optional<size_t> model = model_of(attempt.key.model);
  return model && over(*model, attempt.suite);
}

}  // namespace assay::run
