#include "harness/run/lane.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/rng.h"
#include "harness/run/credits.h"

namespace assay::run {
namespace {

constexpr int64_t kBytesPerToken = 4;  // of a request, for pacing; the reply's usage corrects it

ConcurrencyOptions concurrency_of(const LaneLimits& limits) {
  return {limits.concurrency, std::max(limits.concurrency, limits.concurrency_max),
          limits.concurrency_max > 0};
}

// No request of this lane can succeed, whatever it asks.
bool is_fatal(Outcome outcome) {
  return outcome == Outcome::kDenied || outcome == Outcome::kCrashed;
}

int64_t tokens_used(const Usage& usage) {
  if (usage.input_tokens < 0 && usage.output_tokens < 0) return -1;
  int64_t sum = 0;
  for (const auto bucket : kUsageBuckets)
    sum += std::clamp<int64_t>(usage.*bucket, 0, 1'000'000'000);
  return sum;
}

}  // namespace

Lane::Lane(const LaneLimits& limits, LaneProgress& progress, uint64_t seed)
    : limits_(limits),
      progress_(progress),
      seed_(seed),
      concurrency_(concurrency_of(limits)),
      rate_(limits.rate) {
  ASSAY_CHECK(limits.concurrency >= 1 && limits.credits >= limits.concurrency,
              "a lane has {} slots and {} credits", limits.concurrency, limits.credits);
}

void Lane::add_fresh(AttemptPtr attempt) {
  ++outstanding_;
  ready_.push_back(std::move(attempt));
}

const Attempt* Lane::peek(TimePoint now, TimePoint& next) const {
  if (in_flight_ >= concurrency_.limit() || undecided_ >= limits_.undecided_max) return nullptr;
  // Until it has answered, and while it fails for good: nothing is sent on the strength of replies
  // that nobody has looked at.
  const bool doubtful = !answered_ || fatal_run_ > 0;
  if (doubtful && undecided_ >= concurrency_.limit()) return nullptr;
  const bool retry = retry_is_due(now);
  if (!retry && !delayed_.empty()) next = std::min(next, delayed_.front().due);
  if (!retry && ready_.empty()) return nullptr;
  if (const TimePoint ready = rate_.ready_at(now); ready > now) {
    next = std::min(next, ready);
    return nullptr;
  }
  return retry ? delayed_.front().attempt.get() : ready_.front().get();
}

AttemptPtr Lane::take(TimePoint now) {
  AttemptPtr attempt;
  TimePoint scheduled = now;
  if (retry_is_due(now)) {
    std::pop_heap(delayed_.begin(), delayed_.end(), Later{});
    scheduled = delayed_.back().due;  // when it was due, not when it was started
    attempt = std::move(delayed_.back().attempt);
    delayed_.pop_back();
  } else {
    attempt = std::move(ready_.front());
    ready_.pop_front();
  }
  attempt->stamps = Stamps{};
  attempt->stamps.scheduled = scheduled;
  rate_.on_start(now, tokens_estimated(*attempt));
  ++in_flight_;
  ++progress_.asked;
  progress_.in_flight = in_flight_;
  return attempt;
}

void Lane::on_end_of_bytes() {
  ASSAY_CHECK(in_flight_ > 0, "a lane has nothing in flight");
  --in_flight_;
  ++undecided_;
  progress_.in_flight = in_flight_;
}

void Lane::learn(const Attempt& attempt, TimePoint now) {
  const Response& response = attempt.response;
  if (response.outcome != Outcome::kConnectError && response.outcome != Outcome::kCancelled)
    heard_ = true;
  rate_.on_reply(now, tokens_estimated(attempt), tokens_used(response.usage), response.limits);
  if (response.outcome == Outcome::kRateLimited) {
    concurrency_.on_rate_limited();
  } else if (is_answer(response.outcome)) {
    const int64_t output = std::max<int64_t>(0, response.usage.output_tokens) +
                           std::max<int64_t>(0, response.usage.reasoning_tokens);
    if (output > 0)
      output_tokens_mean_ += 0.1 * (static_cast<double>(output) - output_tokens_mean_);
    const Nanos took = attempt.stamps.done - attempt.stamps.sent;
    concurrency_.on_answer(std::chrono::duration<double>(took).count(), output > 0 ? output : -1);
  }
  progress_.concurrency = concurrency_.limit();
}

Lane::Decision Lane::decide(const Attempt& attempt, TimePoint now, bool stopped) {
  --undecided_;
  learn(attempt, now);
  const Outcome outcome = attempt.response.outcome;
  if (is_answer(outcome)) {
    fatal_run_ = 0;
    answered_ = true;
    ++progress_.done;
    return Decision::kAnswered;
  }
  if (outcome == Outcome::kCancelled || stopped) return Decision::kDropped;
  // Numbered over the whole file; this session's own tries are what the limit counts.
  if (is_retryable(outcome) && attempt.tries <= limits_.retries_max && !progress_.tripped)
    return Decision::kRetry;
  ++progress_.done;
  ++progress_.failed;
  if (is_fatal(outcome) || (outcome == Outcome::kConnectError && !heard_)) ++fatal_run_;
  if (fatal_run_ >= limits_.fatal_run_max && !progress_.tripped)
    progress_.trip_reason = attempt.response.error;
  return Decision::kGaveUp;
}

bool Lane::trip_now() {
  return fatal_run_ >= limits_.fatal_run_max && !progress_.tripped.exchange(true);
}

void Lane::retry_later(AttemptPtr attempt, TimePoint now) {
  const Nanos wait = std::max(backoff(*attempt), attempt->response.retry_after);
  ++progress_.retries;
  ++attempt->key.attempt;
  ++attempt->tries;
  attempt->response = Response{};
  attempt->http = HttpExchange{};
  attempt->scores.clear();
  delayed_.push_back({now + wait, delayed_count_++, std::move(attempt)});
  std::push_heap(delayed_.begin(), delayed_.end(), Later{});
}

// Full jitter: uniform in (0, min(cap, base * 2^tries)], at least 1 ms. Source: M. Brooker,
// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Drawn by key, so it does not
// depend on who failed first.
Nanos Lane::backoff(const Attempt& attempt) const {
  const auto doublings = std::min<uint32_t>(attempt.tries - 1, 20);
  const double ceiling = std::min(
      static_cast<double>(limits_.backoff_cap.count()),
      static_cast<double>(limits_.backoff_base.count()) * static_cast<double>(1U << doublings));
  Rng rng(seed_, attempt.key.model, attempt.key.sample, attempt.key.repeat, attempt.key.attempt);
  return std::max(Nanos(1'000'000), Nanos(static_cast<int64_t>(rng.uniform() * ceiling)));
}

int64_t Lane::tokens_estimated(const Attempt& attempt) const {
  return static_cast<int64_t>(attempt.wire.size()) / kBytesPerToken +
         static_cast<int64_t>(output_tokens_mean_);
}

std::vector<AttemptPtr> Lane::drop_waiting() {
  std::vector<AttemptPtr> dropped;
  for (AttemptPtr& attempt : ready_) dropped.push_back(std::move(attempt));
  for (Delayed& delayed : delayed_) dropped.push_back(std::move(delayed.attempt));
  ready_.clear();
  delayed_.clear();
  outstanding_ -= static_cast<uint32_t>(dropped.size());
  return dropped;
}

std::vector<AttemptPtr> Lane::drop_waiting_of(uint32_t suite) {
  std::vector<AttemptPtr> dropped;
  for (AttemptPtr& attempt : ready_) {
    if (attempt->suite == suite) dropped.push_back(std::move(attempt));
  }
  std::erase(ready_, nullptr);
  for (Delayed& delayed : delayed_) {
    if (delayed.attempt->suite == suite) dropped.push_back(std::move(delayed.attempt));
  }
  std::erase_if(delayed_, [](const Delayed& delayed) { return delayed.attempt == nullptr; });
  std::make_heap(delayed_.begin(), delayed_.end(), Later{});
  outstanding_ -= static_cast<uint32_t>(dropped.size());
  return dropped;
}

bool Lane::settled(bool bytes_exhausted) const {
  const bool hungry = !fed_ && ready_.empty() && in_flight_ < concurrency_.limit() &&
                      limits_.credits - outstanding_ >= Credits::worthwhile(limits_.credits) &&
                      !bytes_exhausted;
  return undecided_ == 0 && !hungry;
}

}  // namespace assay::run
