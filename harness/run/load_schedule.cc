#include "harness/run/load_schedule.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"

namespace assay::run {

LoadSchedule::LoadSchedule(LoadSlice slice, LaneProgress& progress,
                           std::function<void(uint64_t)> released)
    : slice_(std::move(slice)), progress_(progress), released_(std::move(released)) {
  ASSAY_CHECK(!slice_.closed || slice_.concurrency >= 1, "a closed loop has no slots");
  ASSAY_CHECK(slice_.in_flight_max >= 1, "nothing may be in flight");
}

void LoadSchedule::begin(TimePoint zero) {
  zero_ = zero;
  last_start_ = zero;
  if (slice_.closed) free_slots_.assign(slice_.concurrency, zero);
}

void LoadSchedule::add_fresh(AttemptPtr attempt) {
  attempt->fresh = false;
  ++outstanding_;
  if (attempt->load.turn == 0) {
    ready_.push_back(std::move(attempt));
    return;
  }
  const TimePoint due = attempt->stamps.scheduled;
  later_.push_back({due, later_count_++, std::move(attempt)});
  std::push_heap(later_.begin(), later_.end(), Later{});
}

void LoadSchedule::on_feedback(Feedback feedback, TimePoint /*now*/) {
  if (feedback.attempt == nullptr) {
    fed_ = true;
    return;
  }
  if (feedback.attempt->fresh) {
    add_fresh(std::move(feedback.attempt));
    if (stopped_) stop();
    return;
  }
  --undecided_;
  finish(*feedback.attempt);
}

// A later turn came before its predecessor's feedback did, so the conversation is over exactly when
// there is none: its slot was kept until now where one could have followed.
void LoadSchedule::finish(const Attempt& attempt) {
  const Outcome outcome = attempt.response.outcome;
  const bool answered = is_answer(outcome);
  ++progress_.done;
  if (!answered) ++progress_.failed;
  // A status, a cut reply: the server is there.
  const bool silent = outcome == Outcome::kConnectError;
  failures_ = silent ? failures_ + 1 : 0;
  if (slice_.failures_max > 0 && failures_ >= slice_.failures_max) {
    end_because("no server");
    stop();
  }
  if (slice_.closed && !answered && !attempt.later_turns.empty())
    free_slots_.push_back(attempt.stamps.done);
  --outstanding_;
  released_(attempt.held_bytes);
}

bool LoadSchedule::may_start() {
  if (stopped_) return false;
  if (in_flight_ < slice_.in_flight_max) return true;
  end_.in_flight_capped = true;
  return false;
}

TimePoint LoadSchedule::next_first() const {
  if (ready_.empty()) return kNever;
  if (slice_.closed) return free_slots_.empty() ? kNever : free_slots_.front();
  // More than were planned for: the rest is due at once.
  return started_first_ < slice_.due.size() ? zero_ + slice_.due[started_first_] : zero_;
}

AttemptPtr LoadSchedule::take_first() {
  AttemptPtr attempt = std::move(ready_.front());
  ready_.pop_front();
  ++started_first_;
  if (slice_.closed) free_slots_.pop_front();
  return attempt;
}

AttemptPtr LoadSchedule::take_later() {
  std::pop_heap(later_.begin(), later_.end(), Later{});
  AttemptPtr attempt = std::move(later_.back().attempt);
  later_.pop_back();
  return attempt;
}

TimePoint LoadSchedule::take_due(TimePoint now, std::vector<AttemptPtr>& due) {
  if (slice_.duration > Nanos(0) && now >= zero_ + slice_.duration && !stopped_) {
    end_because("duration");
    stop();
  }
  for (;;) {
    const TimePoint first = next_first();
    const TimePoint later = later_.empty() ? kNever : later_.front().due;
    const TimePoint next = std::min(first, later);
    if (next > now) return std::min(next, deadline());
    if (!may_start()) return deadline();
    start(later <= first ? take_later() : take_first(), next, due);
  }
}

bool LoadSchedule::nothing_starts() const {
  return stopped_ || (fed_ && ready_.empty() && later_.empty());
}

TimePoint LoadSchedule::deadline() const {
  if (!stopped_ && slice_.duration > Nanos(0)) return zero_ + slice_.duration;
  if (slice_.drain == Nanos(0) || cut_off_ || in_flight_ == 0 || !nothing_starts()) return kNever;
  return last_start_ + slice_.drain;
}

void LoadSchedule::start(AttemptPtr attempt, TimePoint scheduled, std::vector<AttemptPtr>& due) {
  attempt->stamps = Stamps{};
  attempt->stamps.scheduled = scheduled;
  attempt->load.warm_up = scheduled < zero_ + slice_.warm_up;
  last_start_ = std::max(last_start_, scheduled);
  end_.last_due_ns = std::max(end_.last_due_ns, to_ns(scheduled));
  ++in_flight_;
  end_.in_flight_max = std::max<uint64_t>(end_.in_flight_max, in_flight_);
  ++progress_.asked;
  progress_.in_flight = in_flight_;
  due.push_back(std::move(attempt));
  if (slice_.saturated_at > 0 && in_flight_ >= slice_.saturated_at) {
    end_because("saturated");
    stop();
  }
}

void LoadSchedule::on_end_of_bytes(Attempt& attempt) {
  ASSAY_CHECK(in_flight_ > 0, "a load has nothing in flight");
  --in_flight_;
  ++undecided_;
  progress_.in_flight = in_flight_;
  end_.end_ns = std::max(end_.end_ns, to_ns(attempt.stamps.done));
  // Nobody waits for it any longer: that is an answer about the server, not a wish of the user.
  if (cut_off_ && attempt.response.outcome == Outcome::kCancelled) {
    attempt.response.outcome = Outcome::kTimeout;
    attempt.response.error = "no end of the reply within the load's drain time";
  }
  if (slice_.closed && attempt.later_turns.empty()) free_slots_.push_back(attempt.stamps.done);
}

void LoadSchedule::end_because(const char* reason) {
  if (!stopped_) end_.reason = reason;
}

void LoadSchedule::stop() {
  if (!stopped_ && end_.reason == "count" && (!ready_.empty() || !fed_ || !later_.empty()))
    end_.reason = "interrupted";
  stopped_ = true;
  for (const AttemptPtr& attempt : ready_) released_(attempt->held_bytes);
  for (const Delayed& delayed : later_) released_(delayed.attempt->held_bytes);
  outstanding_ -= ready_.size() + later_.size();
  ready_.clear();
  later_.clear();
}

bool LoadSchedule::out_of_time(TimePoint now) {
  if (!stopped_ && slice_.duration > Nanos(0)) return false;  // its end is take_due()'s business
  cut_off_ = cut_off_ || now >= deadline();
  return cut_off_;
}

bool LoadSchedule::finished() const {
  return (fed_ || stopped_) && ready_.empty() && later_.empty() && outstanding_ == 0;
}

bool LoadSchedule::settled() const { return undecided_ == 0 && (!ready_.empty() || fed_); }

}  // namespace assay::run
