// SimulatedTransport: keeps the time of replies that backends/transport/simulated_reply makes up.
//
// The whole reply, with the stamps of its chunks, is known when the attempt starts; it is delivered
// once the clock has reached its end. On a virtual clock the run advances the clock to what
// collect() returns; on the steady clock it sleeps until then. The stamps are the computed times
// either way, so that the delays are exactly those that were asked for. Replies that end at the
// same time are delivered in the order they started.
//
//   SimulatedTransport transport(options);
//   transport.set_clock(clock);
//   transport.start(std::move(attempt));
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "backends/transport/simulated_reply.h"
#include "backends/transport/timed_pieces.h"
#include "harness/api/transport.h"

namespace assay::backends {

class SimulatedTransport final : public Transport {
 public:
  explicit SimulatedTransport(SimulatedOptions options) : options_(std::move(options)) {}

  void set_clock(const Clock& clock) { clock_ = &clock; }
  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  const SimulatedOptions options_;
  const SteadyClock steady_;
  const Clock* clock_ = &steady_;
  std::function<void()> wake_;
  TimedPieces timed_;
};

}  // namespace assay::backends
