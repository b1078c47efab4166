// LoadSchedule: when the requests of a load start. One per loop, each with its slice of the plan;
// nothing is shared. No retries, no pacing, no breaker: what the server does is the measurement.
//
// Open loop: a conversation's first request is due at the load's begin plus its offset, whatever
// the server does; latency counts from there. Closed loop: `concurrency` conversations at once; the
// next one is due the moment a slot became free. Later turns are due when the user has thought. A
// request that is due and cannot start (the cap on requests in flight) keeps its due time.
//
//   LoadSchedule schedule(slice, progress, feed);
//   schedule.begin(clock.now());             // the load's zero; everything of the window is ready
//   RunLoop{schedule, ...}.run(stop);
//   schedule.ended();                        // why, and what was seen
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/run/loop_schedule.h"
#include "harness/run/progress.h"
#include "harness/types/load.h"

namespace assay::run {

// One loop's part of a load.
struct LoadSlice {
  bool closed = true;
  uint32_t concurrency = 1;  // closed: conversations at once, thinking included
  std::vector<Nanos> due;    // open: of this slice's conversations, ascending
  Nanos duration{0};         // nothing starts after it; 0: until everything fed is done
  Nanos warm_up{0};          // requests due before it are not measured
  Nanos drain{0};            // from the last start: then the rest is cut off; 0: it is waited for
  uint32_t in_flight_max = 1024;
  uint32_t saturated_at = 0;  // so many in flight end an open load: it cannot be held; 0: never
  uint32_t failures_max = 0;  // so many without any reply, one after another, end it; 0: never
};

// What a schedule says when it is over.
struct LoadEnd {
  std::string reason = "count";  // as LoadInfo::end_reason
  int64_t last_due_ns = -1;
  int64_t end_ns = -1;
  uint64_t in_flight_max = 0;
  bool in_flight_capped = false;
};

class LoadSchedule final : public LoopSchedule {
 public:
  // `released` is called when a request is over, with the bytes it held: the feeder may go on.
  LoadSchedule(LoadSlice slice, LaneProgress& progress, std::function<void(uint64_t)> released);

  // Before the loop. What was fed before is ready.
  void begin(TimePoint zero);
  // Before begin(): the window that is ready when the clock starts.
  void add_ready(AttemptPtr attempt) { add_fresh(std::move(attempt)); }
  void set_fed() { fed_ = true; }

  void on_feedback(Feedback feedback, TimePoint now) override;
  TimePoint take_due(TimePoint now, std::vector<AttemptPtr>& due) override;
  void on_end_of_bytes(Attempt& attempt) override;
  void stop() override;
  [[nodiscard]] bool out_of_time(TimePoint now) override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] bool settled() const override;

  [[nodiscard]] const LoadEnd& ended() const { return end_; }

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

  void add_fresh(AttemptPtr attempt);
  void finish(const Attempt& attempt);
  void end_because(const char* reason);
  // When the next first request is due; kNever: none is ready, or no slot is free.
  [[nodiscard]] TimePoint next_first() const;
  [[nodiscard]] bool may_start();
  [[nodiscard]] bool nothing_starts() const;
  // When time alone ends something: the starts, or the waiting for what is in flight.
  [[nodiscard]] TimePoint deadline() const;
  void start(AttemptPtr attempt, TimePoint scheduled, std::vector<AttemptPtr>& due);
  AttemptPtr take_first();
  AttemptPtr take_later();

  LoadSlice slice_;
  LaneProgress& progress_;
  std::function<void(uint64_t)> released_;
  TimePoint zero_{};
  std::deque<AttemptPtr> ready_;  // first requests, in order
  size_t started_first_ = 0;      // of them, so far: index into slice_.due
  std::vector<Delayed> later_;    // heap: the earliest first
  uint64_t later_count_ = 0;
  std::deque<TimePoint> free_slots_;  // closed: since when each is free
  uint32_t in_flight_ = 0;
  uint32_t undecided_ = 0;    // from end of bytes to feedback
  uint64_t outstanding_ = 0;  // fed and not over
  uint32_t failures_ = 0;     // one after another without any reply
  TimePoint last_start_{};
  bool fed_ = false;
  bool stopped_ = false;
  bool cut_off_ = false;
  LoadEnd end_;
};

}  // namespace assay::run
