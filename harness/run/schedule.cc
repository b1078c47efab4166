#include "harness/run/schedule.h"

#include <algorithm>
#include <utility>

#include "harness/cost/token_cost.h"

namespace assay::run {

Schedule::Schedule(const std::vector<LaneLimits>& lanes, const std::vector<LaneProgress*>& progress,
                   Credits& credits, Spending& spending, uint64_t seed, Stopping* stopping)
    : credits_(credits), spending_(spending), stopping_(stopping) {
  for (size_t i = 0; i < lanes.size(); ++i) lanes_.emplace_back(lanes[i], *progress[i], seed);
}

void Schedule::on_feedback(Feedback feedback, TimePoint now) {
  Lane& lane = lanes_[feedback.lane];
  if (feedback.attempt == nullptr) {
    lane.set_fed();
    return;
  }
  AttemptPtr attempt = std::move(feedback.attempt);
  if (std::exchange(attempt->fresh, false)) {
    if (unneeded(*attempt)) {  // fed before its suite was over
      ++lane.progress().unneeded;
      credits_.give_back(attempt->lane, 1, attempt->held_bytes);
      return;
    }
    lane.add_fresh(std::move(attempt));
    if (stopped_ || lane.tripped()) drop_waiting(lane);
    return;
  }
  settle_money(lane, *attempt);
  const Lane::Decision decision = lane.decide(*attempt, now, stopped_ || unneeded(*attempt));
  if (decision == Lane::Decision::kRetry) {
    lane.retry_later(std::move(attempt), now);
    return;
  }
  if (decision == Lane::Decision::kAnswered) tell_rule(lane, *attempt, Stopping::End::kAnswered);
  if (decision == Lane::Decision::kGaveUp) tell_rule(lane, *attempt, Stopping::End::kGaveUp);
  finish_item(lane, *attempt);
  if (lane.trip_now()) {
    credits_.close(attempt->lane);
    drop_waiting(lane);
  }
}

// A reply that does not say its usage is charged the worst case: a budget must hold.
void Schedule::settle_money(Lane& lane, Attempt& attempt) {
  const Money reserved = std::exchange(attempt.reserved, Money{});
  Money actual = attempt.response.cost.value_or(Money{});
  if (!attempt.response.cost && is_answer(attempt.response.outcome)) actual = reserved;
  spending_.on_settled(reserved, actual);
  lane.progress().spent_nano += actual.nano;
}

void Schedule::finish_item(Lane& lane, const Attempt& attempt) {
  lane.finish_item();
  credits_.give_back(attempt.lane, 1, attempt.held_bytes);
}

void Schedule::drop_waiting(Lane& lane) {
  for (const AttemptPtr& attempt : lane.drop_waiting())
    credits_.give_back(attempt->lane, 1, attempt->held_bytes);
}

bool Schedule::unneeded(const Attempt& attempt) const {
  return stopping_ != nullptr && stopping_->over(attempt);
}

void Schedule::tell_rule(Lane& lane, const Attempt& attempt, Stopping::End end) {
  if (stopping_ == nullptr || !stopping_->on_item(attempt, end)) return;
  for (const AttemptPtr& waiting : lane.drop_waiting_of(attempt.suite)) {
    ++lane.progress().unneeded;
    credits_.give_back(waiting->lane, 1, waiting->held_bytes);
  }
}

bool Schedule::start_one(Lane& lane, const Attempt& next, TimePoint now,
                         std::vector<AttemptPtr>& due) {
  if (stopping_ != nullptr && stopping_->ahead(next) > lane.ahead_max()) return false;
  const LaneLimits& limits = lane.limits();
  const Money worst =
      spending_.has_budget() ? cost::worst_cost(limits.prices, next, limits.max_tokens) : Money{};
  const Spending::May may = spending_.may_start(worst);
  if (may == Spending::May::kNever) {
    spending_.set_reached();
    stop();
  }
  if (may != Spending::May::kYes) return false;
  AttemptPtr attempt = lane.take(now);
  attempt->reserved = worst;
  spending_.on_start(worst);
  due.push_back(std::move(attempt));
  return true;
}

TimePoint Schedule::take_due(TimePoint now, std::vector<AttemptPtr>& due) {
  TimePoint next = kNever;
  for (Lane& lane : lanes_) {
    const Attempt* waiting = lane.peek(now, next);
    while (waiting != nullptr && start_one(lane, *waiting, now, due))
      waiting = lane.peek(now, next);
  }
  return next;
}

void Schedule::on_end_of_bytes(Attempt& attempt) { lanes_[attempt.lane].on_end_of_bytes(); }

void Schedule::stop() {
  if (std::exchange(stopped_, true)) return;
  credits_.close_all();
  for (Lane& lane : lanes_) drop_waiting(lane);
}

bool Schedule::finished() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.finished(); });
}

bool Schedule::settled() const {
  const bool bytes_exhausted = credits_.bytes_exhausted();
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [&](const Lane& lane) { return lane.settled(bytes_exhausted); });
}

}  // namespace assay::run
