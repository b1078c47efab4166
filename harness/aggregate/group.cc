#include "harness/aggregate/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harness/base/check.h"

namespace assay::aggregate {
namespace {

// A manifest may claim any number of samples; no more room than this is taken on its word.
constexpr uint64_t kReserveMax = uint64_t{1} << 21;
constexpr uint64_t kRowsMax = UINT32_MAX;  // of one model on one suite

int64_t duration(int64_t from, int64_t to) { return to >= from ? to - from : -1; }

}  // namespace

Group::Group(ModelInfo model_info, SuiteInfo suite_info, bool keep_rows)
    : model(std::move(model_info)), suite(std::move(suite_info)), keep_rows_(keep_rows) {
  metrics_.resize(suite.metrics.size());
  answers_.resize(suite.metrics.size());
  parts_.resize(suite.metrics.size());
}

void Group::begin_store(size_t store) {
  segments_.push_back(size());
  shares.push_back({.store = store});
}

Result<void> Group::add(const Record& record) {
  if (record.index > UINT32_MAX || size() >= kRowsMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("sample position {}, expected below 2^32", record.index), suite.name};
  }
  const Key now{static_cast<uint32_t>(record.index), record.repeat};
  if (size() > segments_.back() && key(size() - 1) >= now) {
    return input_error(suite.name, fmt::format("records of `{}` are not in order at sample {}",
                                               model.name, record.index));
  }
  if (known_from_earlier_store(now)) {
    ++duplicates;
    return {};
  }
  if (size() == 0) {
    uint64_t room = 0;
    if (__builtin_mul_overflow(suite.sample_count, suite.repeats, &room)) room = kReserveMax;
    room = std::min(room, kReserveMax);
    index_.reserve(room);
    latency.reserve(room);
    ttft.reserve(room);
    ttfa.reserve(room);
    for (TallyColumn& column : metrics_) column.reserve(room);
  }
  ASSAY_TRY(const uint16_t tag_set, tags.intern(record.tags));
  tag_set_.push(tag_set);
  index_.push_back(now.index);
  repeat_.push(now.repeat);
  cluster_.push(cluster_number(record.cluster));
  if (keep_rows_) {
    sample_rows_.push_back(record.sample);
    sent_ns_.push_back(record.sent_ns);
  }
  add_facts(record);
  add_scores(record);
  return {};
}

void Group::seal() {
  if (segments_.size() < 2) return;
  order_.resize(size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(),
            [this](uint32_t a, uint32_t b) { return key(a) < key(b); });
}

bool Group::known_from_earlier_store(Key wanted) const {
  for (size_t s = 0; s + 1 < segments_.size(); ++s) {
    size_t low = segments_[s];
    size_t high = segments_[s + 1];
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (key(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < segments_[s + 1] && key(low) == wanted) return true;
  }
  return false;
}

void Group::add_facts(const Record& record) {
  const auto outcome = static_cast<size_t>(record.outcome);
  ASSAY_CHECK(outcome < kOutcomeCount, "outcome {}", outcome);
  ++outcomes[outcome];
  retries += record.attempts > 1 ? record.attempts - 1 : 0;
  const bool answer = is_answer(record.outcome);
  if (answer) ++answered;
  if (!answer && record.outcome != Outcome::kCancelled) ++failed;
  // What was due and never sent (no connection) has no sent stamp, and took no time of the machine.
  const bool never_sent = !answer && record.sent_ns == 0 && record.scheduled_ns > 0;
  // Under load times depend on the load: they stand with it, and items side by side do not add up.
  if (record.in_load) ++in_load;
  const bool timed = answer && !record.in_load;
  const int64_t took = never_sent || record.in_load ? 0 : duration(record.sent_ns, record.done_ns);
  StoreShare& share = shares.back();
  share.model = record.model;
  share.sessions.insert(record.session);
  if (took > 0 && __builtin_add_overflow(share.busy_ns, took, &share.busy_ns)) {
    share.busy_ns = INT64_MAX;
  }
  latency.push(timed ? took : DurationColumn::kNone);
  ttft.push(timed && record.first_token_ns >= 0 ? duration(record.sent_ns, record.first_token_ns)
                                                : DurationColumn::kNone);
  ttfa.push(timed && record.first_answer_ns >= 0 ? duration(record.sent_ns, record.first_answer_ns)
                                                 : DurationColumn::kNone);
  cpu.push(timed ? record.cpu_ns : DurationColumn::kNone);
  if (keep_rows_) {
    item_cost.push(record.cost ? record.cost->nano : DurationColumn::kNone);
    busy.push(std::max<int64_t>(took, 0));
    outcome_.push(record.outcome);
  }
  add_usage(usage, record.usage);
  if (answer && record.over_http && record.usage.source == UsageSource::kMissing) ++usage_missing;
  if (answer && record.usage.output_tokens < 0 && record.usage.reasoning_tokens < 0)
    ++tokens_unknown;
  if (record.cost) {
    add_cost(token_cost, record.cost);
  } else if (answer) {
    ++unpriced;
  }
  account.add(record);
}

// Only answers count: an item without a reply has no quality. A reply that was judged but lacks one
// of the suite's metrics is unscored under it.
void Group::add_scores(const Record& record) {
  const bool answer = is_answer(record.outcome);
  const bool judged = answer && !record.scores.empty();
  if (answer && !judged) ++unjudged;
  by_metric_.assign(metrics_.size(), nullptr);
  for (const RecordScore& score : record.scores) {
    if (score.metric < by_metric_.size()) by_metric_[score.metric] = &score;
  }
  for (size_t m = 0; m < metrics_.size(); ++m) {
    const bool scored = judged && by_metric_[m] != nullptr;
    answers_[m].push(scored ? by_metric_[m]->answer : 0);
    parts_[m].push(scored ? by_metric_[m]->parts : std::span<const double>());
    TallyColumn& column = metrics_[m];
    if (!judged) {
      column.push_none();
    } else if (by_metric_[m] == nullptr || by_metric_[m]->status == ScoreStatus::kUnscored) {
      column.push_unscored();
    } else {
      column.push(by_metric_[m]->value, by_metric_[m]->weight);
      if (m == 0 && by_metric_[m]->value == 1) ++correct;
    }
  }
}

uint32_t Group::cluster_number(std::string_view name) {
  if (name.empty()) return 0;
  if (name == last_cluster_) return last_cluster_number_;
  last_cluster_ = name;
  const auto next = static_cast<uint32_t>(cluster_numbers_.size() + 1);
  last_cluster_number_ = cluster_numbers_.try_emplace(last_cluster_, next).first->second;
  return last_cluster_number_;
}

}  // namespace assay::aggregate
