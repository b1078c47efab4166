// Schedule: decides what is asked when. A plain class without I/O or threads, driven by the loop,
// tested with a fake clock. Stages say what they learnt (outcome, retry-after, usage, score); the
// schedule decides (retry, back off, pace, charge the budget, give up, stop).
//
// Closed loop: each lane keeps at most its concurrency in flight. A slot is free at end of bytes,
// the item ends at feedback.
//
//   schedule.on_feedback(std::move(feedback), now);       // fed, judged or failed
//   TimePoint until = schedule.take_due(now, due);        // fills `due`, says when to ask again
//   schedule.on_end_of_bytes(*piece.end);
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "harness/base/clock.h"
#include "harness/run/credits.h"
#include "harness/run/inbox.h"
#include "harness/run/lane.h"
#include "harness/run/loop_schedule.h"
#include "harness/run/spending.h"
#include "harness/run/stopping.h"

namespace assay::run {

class Schedule final : public LoopSchedule {
 public:
  // `progress[i]` belongs to lane i; they, the credits, the spending and what stops suites early
  // (nullptr: nothing) outlive the schedule.
  Schedule(const std::vector<LaneLimits>& lanes, const std::vector<LaneProgress*>& progress,
           Credits& credits, Spending& spending, uint64_t seed, Stopping* stopping = nullptr);

  void on_feedback(Feedback feedback, TimePoint now) override;
  TimePoint take_due(TimePoint now, std::vector<AttemptPtr>& due) override;
  void on_end_of_bytes(Attempt& attempt) override;
  void stop() override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] bool settled() const override;

 private:
  void settle_money(Lane& lane, Attempt& attempt);
  void finish_item(Lane& lane, const Attempt& attempt);
  void drop_waiting(Lane& lane);
  // A suite that is over: what has not started is not asked; what is in flight comes back and is
  // stored.
  [[nodiscard]] bool unneeded(const Attempt& attempt) const;
  void tell_rule(Lane& lane, const Attempt& attempt, Stopping::End end);
  // False: nothing of any lane may start now.
  bool start_one(Lane& lane, const Attempt& next, TimePoint now, std::vector<AttemptPtr>& due);

  std::deque<Lane> lanes_;  // lanes do not move
  Credits& credits_;
  Spending& spending_;
  Stopping* stopping_;
  bool stopped_ = false;
};

}  // namespace assay::run
