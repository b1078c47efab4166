// Schedule: decides what is asked when. A plain class without I/O or threads, driven by the loop,
// tested with a fake clock. Stages say what they learnt (outcome, retry-after, score); the schedule
// decides (retry, back off, give up, stop).
//
// Closed loop: each lane keeps at most `concurrency` attempts in flight. A slot is free at end of
// bytes, the item ends at feedback.
//
//   schedule.on_feedback(std::move(feedback), now);       // fed, judged or failed
//   TimePoint until = schedule.take_due(now, due);        // fills `due`, says when to ask again
//   schedule.on_end_of_bytes(*piece.end);
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "harness/base/clock.h"
#include "harness/run/credits.h"
#include "harness/run/inbox.h"
#include "harness/run/progress.h"
#include "harness/types/attempt.h"

namespace assay::run {

struct LaneLimits {
  uint32_t concurrency = 1;
  uint32_t credits = 1;      // attempts that may exist at once; at least concurrency
  uint32_t retries_max = 4;  // further attempts after the first
  Nanos backoff_base{500'000'000};
  Nanos backoff_cap{30'000'000'000};
  uint32_t fatal_run_max =
      20;  // so many items given up in a row, none answered between: the lane stops
};

class Schedule {
 public:
  // `progress[i]` belongs to lane i; both outlive the schedule.
  Schedule(std::vector<LaneLimits> lanes, std::vector<LaneProgress*> progress, Credits& credits,
           uint64_t seed);

  void on_feedback(Feedback feedback, TimePoint now);
  // Moves what is due at `now` into `due` and stamps it scheduled; returns the time of the next
  // thing that only time makes due (kNever: none).
  TimePoint take_due(TimePoint now, std::vector<AttemptPtr>& due);
  void on_end_of_bytes(const Attempt& attempt);
  // Drops what has not started and starts nothing more; what is in flight comes back by itself.
  // Idempotent.
  void stop();

  // Nothing due, in flight, undecided or still to be fed.
  [[nodiscard]] bool finished() const;
  // Nothing is on its way through the stages, and no lane with a free slot waits for the feeder.
  [[nodiscard]] bool settled() const;

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
  struct Lane {
    LaneLimits limits;
    LaneProgress* progress = nullptr;
    std::deque<AttemptPtr> ready;
    std::vector<Delayed> delayed;  // heap: the earliest first
    uint32_t in_flight = 0;        // from start to end of bytes
    uint32_t undecided = 0;        // from end of bytes to feedback
    uint32_t outstanding = 0;      // credits held
    uint32_t fatal_run = 0;
    bool fed = false;
  };

  void decide(Lane& lane, AttemptPtr attempt, TimePoint now);
  void retry_later(Lane& lane, AttemptPtr attempt, TimePoint now);
  void finish_item(Lane& lane, const Attempt& attempt);
  void drop_waiting(Lane& lane);
  [[nodiscard]] Nanos backoff(const Lane& lane, const Attempt& attempt) const;

  std::vector<Lane> lanes_;
  Credits& credits_;
  const uint64_t seed_;
  uint64_t delayed_count_ = 0;
  bool stopped_ = false;
};

}  // namespace assay::run
