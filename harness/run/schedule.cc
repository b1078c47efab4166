#include "harness/run/schedule.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/rng.h"

namespace assay::run {

Schedule::Schedule(std::vector<LaneLimits> lanes, std::vector<LaneProgress*> progress,
                   Credits& credits, uint64_t seed)
    : lanes_(lanes.size()), credits_(credits), seed_(seed) {
  for (size_t i = 0; i < lanes.size(); ++i) {
    ASSAY_CHECK(lanes[i].concurrency >= 1 && lanes[i].credits >= lanes[i].concurrency,
                "lane {} has {} slots and {} credits", i, lanes[i].concurrency, lanes[i].credits);
    lanes_[i].limits = lanes[i];
    lanes_[i].progress = progress[i];
  }
}

void Schedule::on_feedback(Feedback feedback, TimePoint now) {
  Lane& lane = lanes_[feedback.lane];
  if (feedback.attempt == nullptr) {
    lane.fed = true;
    return;
  }
  AttemptPtr attempt = std::move(feedback.attempt);
  if (std::exchange(attempt->fresh, false)) {
    ++lane.outstanding;
    lane.ready.push_back(std::move(attempt));
    if (stopped_ || lane.progress->tripped) drop_waiting(lane);
    return;
  }
  --lane.undecided;
  decide(lane, std::move(attempt), now);
}

void Schedule::decide(Lane& lane, AttemptPtr attempt, TimePoint now) {
  const Outcome outcome = attempt->response.outcome;
  if (is_answer(outcome)) {
    lane.fatal_run = 0;
    finish_item(lane, *attempt);
    ++lane.progress->done;
    return;
  }
  if (outcome == Outcome::kCancelled || stopped_) {
    finish_item(lane, *attempt);
    return;
  }
  // Numbered over the whole file; this session's own tries are what the limit counts.
  if (is_retryable(outcome) && attempt->tries <= lane.limits.retries_max &&
      !lane.progress->tripped) {
    retry_later(lane, std::move(attempt), now);
    return;
  }
  finish_item(lane, *attempt);
  ++lane.progress->done;
  ++lane.progress->failed;
  if (++lane.fatal_run >= lane.limits.fatal_run_max && !lane.progress->tripped.exchange(true)) {
    credits_.close(attempt->lane);
    drop_waiting(lane);
  }
}

void Schedule::retry_later(Lane& lane, AttemptPtr attempt, TimePoint now) {
  const Nanos wait = std::max(backoff(lane, *attempt), attempt->response.retry_after);
  ++lane.progress->retries;
  ++attempt->key.attempt;
  ++attempt->tries;
  attempt->response = Response{};
  attempt->scores.clear();
  lane.delayed.push_back({now + wait, delayed_count_++, std::move(attempt)});
  std::push_heap(lane.delayed.begin(), lane.delayed.end(), Later{});
}

// Full jitter: uniform in (0, min(cap, base * 2^tries)], at least 1 ms. Source: M. Brooker,
// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Drawn by key, so it does not
// depend on who failed first.
Nanos Schedule::backoff(const Lane& lane, const Attempt& attempt) const {
  const auto doublings = std::min<uint32_t>(attempt.tries - 1, 20);
  const double ceiling = std::min(
      static_cast<double>(lane.limits.backoff_cap.count()),
      static_cast<double>(lane.limits.backoff_base.count()) * static_cast<double>(1U << doublings));
  Rng rng(seed_, attempt.key.model, attempt.key.sample, attempt.key.repeat, attempt.key.attempt);
  return std::max(Nanos(1'000'000), Nanos(static_cast<int64_t>(rng.uniform() * ceiling)));
}

void Schedule::finish_item(Lane& lane, const Attempt& attempt) {
  --lane.outstanding;
  credits_.give_back(attempt.lane, 1, attempt.held_bytes);
}

void Schedule::drop_waiting(Lane& lane) {
  for (const AttemptPtr& attempt : lane.ready) finish_item(lane, *attempt);
  for (const Delayed& delayed : lane.delayed) finish_item(lane, *delayed.attempt);
  lane.ready.clear();
  lane.delayed.clear();
}

TimePoint Schedule::take_due(TimePoint now, std::vector<AttemptPtr>& due) {
  TimePoint next = kNever;
  for (Lane& lane : lanes_) {
    const auto start = [&](AttemptPtr attempt, TimePoint scheduled) {
      attempt->stamps.scheduled = scheduled;
      ++lane.in_flight;
      ++lane.progress->asked;
      due.push_back(std::move(attempt));
    };
    while (lane.in_flight < lane.limits.concurrency && !lane.delayed.empty() &&
           lane.delayed.front().due <= now) {
      std::pop_heap(lane.delayed.begin(), lane.delayed.end(), Later{});
      const TimePoint scheduled = lane.delayed.back().due;
      start(std::move(lane.delayed.back().attempt), scheduled);
      lane.delayed.pop_back();
    }
    while (lane.in_flight < lane.limits.concurrency && !lane.ready.empty()) {
      start(std::move(lane.ready.front()), now);
      lane.ready.pop_front();
    }
    if (!lane.delayed.empty() && lane.in_flight < lane.limits.concurrency)
      next = std::min(next, lane.delayed.front().due);
  }
  return next;
}

void Schedule::on_end_of_bytes(const Attempt& attempt) {
  Lane& lane = lanes_[attempt.lane];
  ASSAY_CHECK(lane.in_flight > 0, "lane {} has nothing in flight", attempt.lane);
  --lane.in_flight;
  ++lane.undecided;
}

void Schedule::stop() {
  if (std::exchange(stopped_, true)) return;
  credits_.close_all();
  for (Lane& lane : lanes_) drop_waiting(lane);
}

bool Schedule::finished() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.fed && lane.outstanding == 0; });
}

bool Schedule::settled() const {
  const bool bytes_exhausted = credits_.bytes_exhausted();
  return std::all_of(lanes_.begin(), lanes_.end(), [&](const Lane& lane) {
    const bool hungry = !lane.fed && lane.ready.empty() &&
                        lane.in_flight < lane.limits.concurrency &&
                        lane.outstanding < lane.limits.credits && !bytes_exhausted;
    return lane.undecided == 0 && !hungry;
  });
}

}  // namespace assay::run
