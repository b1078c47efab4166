#include "harness/run/run_loop.h"

#include <algorithm>
#include <utility>

namespace assay::run {

void RunLoop::run(const std::stop_token& stop) {
  const Clock& clock = waiter.clock();
  std::vector<Feedback> back;
  std::vector<AttemptPtr> due;
  std::vector<Piece> pieces;
  if (gauge != nullptr) gauge->begin(clock.now());
  while (!schedule.finished()) {  // nothing due, in flight, undecided or to be fed
    if (stop.stop_requested() || schedule.out_of_time(clock.now())) {  // all idempotent
      schedule.stop();
      for (Transport* transport : transports) transport->cancel_all();
    }
    const TimePoint turn_began = clock.now();
    inbox.drain(back);
    for (Feedback& feedback : back) schedule.on_feedback(std::move(feedback), clock.now());
    // One function: due now and due next cannot disagree.
    const TimePoint next_due = schedule.take_due(clock.now(), due);
    TimePoint until = next_due;
    for (AttemptPtr& attempt : due) {
      Transport& transport = *transports[attempt->lane];
      transport.start(std::move(attempt));
    }
    for (Transport* transport : transports) until = std::min(until, transport->collect(pieces));
    for (const Piece& piece : pieces) {
      if (piece.end) schedule.on_end_of_bytes(*piece.end);
    }
    const bool idle = pieces.empty() && back.empty();
    if (!pieces.empty()) arrived.push_all_unbounded(pieces);
    if (gauge != nullptr) gauge->turn(clock.now() - turn_began);
    if (idle && !schedule.finished()) sleep(until, next_due);
    back.clear();
    due.clear();
    pieces.clear();
  }
  if (gauge != nullptr) gauge->end();
}

void RunLoop::sleep(TimePoint until, TimePoint due) {
  if (gauge == nullptr) return waiter.wait(until, schedule.settled(), false);
  until = std::min(until, gauge->next_beat());
  waiter.wait(until, schedule.settled(), until == due);
  gauge->woke(waiter.clock().now(), until);
}

}  // namespace assay::run
