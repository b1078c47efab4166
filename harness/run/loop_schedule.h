// LoopSchedule: what the loop asks of a schedule. Two kinds: Schedule (items of a quality run, by
// lanes, with retries) and LoadSchedule (requests of a load, by due times, without). The loop knows
// neither.
//
// Loop thread only; nothing here blocks.
#pragma once

#include <vector>

#include "harness/base/clock.h"
#include "harness/run/inbox.h"
#include "harness/types/attempt.h"

namespace assay::run {

class LoopSchedule {
 public:
  virtual ~LoopSchedule() = default;
  virtual void on_feedback(Feedback feedback, TimePoint now) = 0;
  // Moves what is due at `now` into `due` and stamps it scheduled; returns the time of the next
  // thing that only time makes due (kNever: none).
  virtual TimePoint take_due(TimePoint now, std::vector<AttemptPtr>& due) = 0;
  virtual void on_end_of_bytes(Attempt& attempt) = 0;
  // Drops what has not started and starts nothing more; what is in flight comes back by itself.
  // Idempotent.
  virtual void stop() = 0;
  // What is in flight has had its time: the loop cancels it.
  [[nodiscard]] virtual bool out_of_time(TimePoint /*now*/) { return false; }
  // Nothing due, in flight, undecided or still to be fed.
  [[nodiscard]] virtual bool finished() const = 0;
  // Nothing is on its way through the stages, and nothing waits for the feeder: what happens next
  // depends on time alone.
  [[nodiscard]] virtual bool settled() const = 0;
};

}  // namespace assay::run
