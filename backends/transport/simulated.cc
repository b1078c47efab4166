#include "backends/transport/simulated.h"

namespace assay::backends {

void SimulatedTransport::start(AttemptPtr attempt) {
  const TimePoint sent = clock_->now();
  SimulatedReply reply = simulate_reply(options_, *attempt, sent);
  attempt->stamps.sent = sent;
  attempt->stamps.done = reply.done;
  attempt->response = Response{};
  attempt->response.outcome = reply.outcome;
  attempt->response.error = std::move(reply.error);

  Piece piece;
  piece.lane = attempt->lane;
  piece.bytes = std::move(reply.bytes);
  piece.stamps = std::move(reply.stamps);
  piece.end = std::move(attempt);
  timed_.add(reply.done, std::move(piece));
}

TimePoint SimulatedTransport::collect(std::vector<Piece>& out) {
  return timed_.collect(clock_->now(), out);
}

void SimulatedTransport::cancel_all() {
  timed_.cancel(clock_->now());
  if (wake_ && !timed_.empty()) wake_();
}

}  // namespace assay::backends
