// Lane: one model endpoint's own policy: concurrency, pace, retries, breaker. Part of the schedule;
// loop thread, no I/O; time is a parameter. A tripped lane stops no other.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/run/concurrency_control.h"
#include "harness/run/progress.h"
#include "harness/run/rate_limiter.h"
#include "harness/types/attempt.h"
#include "harness/types/prices.h"

namespace assay::run {

struct LaneLimits {
  uint32_t concurrency = 1;      // in flight; where it is automatic: to begin with
  uint32_t concurrency_max = 0;  // automatic: at most so many; 0: fixed
  uint32_t credits = 1;          // attempts that may exist at once; at least concurrency
  // Nothing starts while so many have ended and are not judged yet: under a stop rule the run does
  // not get far ahead of what it knows.
  uint32_t undecided_max = UINT32_MAX;
  // Nor is anything started so many items ahead of the last one that the rule could read, times the
  // slots: a slow reply holds the reading back, and what is asked meanwhile may be for nothing.
  // Simulated with 64 slots, four keep 95 % of the speed where the logarithm of latency has a
  // standard deviation of 0.6, 56 % where it is 1.
  uint32_t ahead_per_slot_max = 4;
  uint32_t retries_max = 7;  // further attempts after the first
  Nanos backoff_base{500'000'000};
  Nanos backoff_cap{30'000'000'000};
  // So many items in a row that no request of this lane can answer (denied, or its program died
  // each time), none answered between: the lane stops. Transient failures never stop it; only a
  // server that has never answered at all counts, once so many items were given up.
  uint32_t fatal_run_max = 20;
  RateOptions rate;
  ModelPrices prices;
  std::optional<int64_t> max_tokens;  // the model's own limit, for the worst case of the cost
};

class Lane {
 public:
  Lane(const LaneLimits& limits, LaneProgress& progress, uint64_t seed);

  // From the feeder. The lane keeps it until it is taken or dropped.
  void add_fresh(AttemptPtr attempt);
  void set_fed() { fed_ = true; }

  // A slot is free, something waits, and the pace allows it now; otherwise nothing, and `next` is
  // brought forward to when time alone makes it so. The attempt stays until take().
  [[nodiscard]] const Attempt* peek(TimePoint now, TimePoint& next) const;
  AttemptPtr take(TimePoint now);
  void on_end_of_bytes();

  // What to do with an attempt that came back.
  enum class Decision : uint8_t { kAnswered, kRetry, kGaveUp, kDropped };
  [[nodiscard]] Decision decide(const Attempt& attempt, TimePoint now, bool stopped);
  void retry_later(AttemptPtr attempt, TimePoint now);
  // The item is over: its credit is free.
  void finish_item() { --outstanding_; }
  // True once: the failure that `decide` just saw was the last the lane takes.
  bool trip_now();
  // Everything that waits, for the caller to give its credits back.
  std::vector<AttemptPtr> drop_waiting();
  // The same of one suite.
  std::vector<AttemptPtr> drop_waiting_of(uint32_t suite);

  [[nodiscard]] bool finished() const { return fed_ && outstanding_ == 0; }
  [[nodiscard]] bool tripped() const { return progress_.tripped; }
  [[nodiscard]] bool settled(bool bytes_exhausted) const;
  [[nodiscard]] const LaneLimits& limits() const { return limits_; }
  [[nodiscard]] uint64_t ahead_max() const {
    return uint64_t{limits_.ahead_per_slot_max} * concurrency_.limit();
  }
  [[nodiscard]] LaneProgress& progress() { return progress_; }

 private:
  struct Delayed {
    TimePoint due;
    uint64_t order;
    AttemptPtr attempt;
  };
  struct Later {
    bool operator()(const Delayed& a, const Delayed& b) const {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  [[nodiscard]] bool retry_is_due(TimePoint now) const {
    return !delayed_.empty() && delayed_.front().due <= now;
  }
  [[nodiscard]] Nanos backoff(const Attempt& attempt) const;
  [[nodiscard]] int64_t tokens_estimated(const Attempt& attempt) const;
  void learn(const Attempt& attempt, TimePoint now);

  LaneLimits limits_;
  LaneProgress& progress_;
  const uint64_t seed_;
  ConcurrencyControl concurrency_;
  RateLimiter rate_;
  std::deque<AttemptPtr> ready_;
  std::vector<Delayed> delayed_;  // heap: the earliest first
  uint64_t delayed_count_ = 0;
  uint32_t in_flight_ = 0;    // from start to end of bytes
  uint32_t undecided_ = 0;    // from end of bytes to feedback
  uint32_t outstanding_ = 0;  // credits held
  uint32_t fatal_run_ = 0;
  bool heard_ = false;     // the model's side has said anything in this session
  bool answered_ = false;  // and answered
  double output_tokens_mean_ = 256;
  bool fed_ = false;
};

}  // namespace assay::run
