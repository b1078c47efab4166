// Transport: moves attempts to a model and bytes back, and keeps time. Belongs to the loop thread;
// never blocks it.
//
//   transport.start(std::move(attempt));
//   TimePoint next = transport.collect(pieces);   // call again when ready() was signalled, or by
//   `next`
#pragma once

#include <functional>
#include <vector>

#include "harness/base/clock.h"
#include "harness/types/attempt.h"

namespace assay {

class Transport {
 public:
  virtual ~Transport() = default;
  // Takes the attempt; its last Piece gives it back with stamps.sent and stamps.done set and, when
  // the transport itself failed (could not connect, timed out, process died, cancelled),
  // response.outcome and response.error set. Otherwise response.outcome is left at kOk and the
  // codec's decoder decides.
  virtual void start(AttemptPtr attempt) = 0;
  // Appends what has arrived, in order per stream. Returns when to call again at the latest
  // (kNever: only when woken).
  virtual TimePoint collect(std::vector<Piece>& out) = 0;
  // Ends everything in flight soon, as pieces with outcome kCancelled. Idempotent.
  virtual void cancel_all() = 0;
  // A descriptor that becomes readable whenever collect() would give something new; -1: the
  // transport calls `wake` instead. Constant for the transport's life.
  [[nodiscard]] virtual int fd() const { return -1; }
  // `wake` may be called from any thread whenever collect() would give something new. Set once,
  // before start().
  virtual void set_wake(std::function<void()> wake) = 0;
};

}  // namespace assay
