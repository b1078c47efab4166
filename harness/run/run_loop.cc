#include "harness/run/run_loop.h"

#include <algorithm>
#include <utility>

namespace assay::run {

void RunLoop::run(const std::stop_token& stop) {
  const Clock& clock = waiter.clock();
  std::vector<Feedback> back;
  std::vector<AttemptPtr> due;
  std::vector<Piece> pieces;
  while (!schedule.finished()) {  // nothing due, in flight, undecided or to be fed
    if (stop.stop_requested()) {  // both idempotent
      schedule.stop();
      for (Transport* transport : transports) transport->cancel_all();
    }
    inbox.drain(back);
    for (Feedback& feedback : back) schedule.on_feedback(std::move(feedback), clock.now());
    TimePoint until =
        schedule.take_due(clock.now(), due);  // one function: due now and due next cannot disagree
    for (AttemptPtr& attempt : due) {
      Transport& transport = *transports[attempt->lane];
      transport.start(std::move(attempt));
    }
    for (Transport* transport : transports) until = std::min(until, transport->collect(pieces));
    for (const Piece& piece : pieces) {
      if (piece.end) schedule.on_end_of_bytes(*piece.end);
    }
    if (!pieces.empty()) {
      arrived.push_all_unbounded(pieces);
    } else if (back.empty() && !schedule.finished()) {
      waiter.wait(until, schedule.settled());
    }
    back.clear();
    due.clear();
    pieces.clear();
  }
}

}  // namespace assay::run
