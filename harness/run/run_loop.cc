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
    bool ended = false;
    for (const Piece& piece : pieces) {
      if (!piece.end) continue;
      schedule.on_end_of_bytes(*piece.end);
      ended = true;
    }
    // What only brought bytes changes nothing that is due; where a transport has more, its
    // descriptor says so at once. A load has a thousand such turns a second.
    const bool nothing_new = gauge != nullptr ? !ended : pieces.empty();
    const bool idle = nothing_new && back.empty();
    if (!pieces.empty()) arrived.push_all_unbounded(pieces);
    if (gauge != nullptr) gauge->turn(clock.now() - turn_began);
    if (idle && !schedule.finished()) {
      if (rest > Nanos(0) && !pieces.empty())
        waiter.rest(std::min(turn_began + rest, next_due == kNever ? kNever : next_due - rest));
      sleep(until, next_due);
    }
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
