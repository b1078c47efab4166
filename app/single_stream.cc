#include "app/single_stream.h"

#include <utility>
#include <vector>

namespace assay::app {
namespace {

std::shared_ptr<run::Waiter> waiter_for(Backend& backend) {
  if (backend.traits().virtual_clock) return std::make_shared<run::VirtualWaiter>();
  auto waiter = std::make_shared<run::RealWaiter>();
  if (backend.transport().fd() >= 0) waiter->watch(backend.transport().fd());
  return waiter;
}

// The pieces of the one reply; the attempt once its last one was among them.
AttemptPtr take(std::vector<Piece>& pieces, Decoder& decoder) {
  AttemptPtr done;
  for (Piece& piece : pieces) {
    if (!piece.bytes.empty()) decoder.feed(piece.bytes, piece.stamps);
    if (piece.end != nullptr) done = std::move(piece.end);
  }
  pieces.clear();
  if (done != nullptr) decoder.finish(*done, done->response);
  return done;
}

}  // namespace

SingleStream::SingleStream(Backend& backend) : backend_(backend), waiter_(waiter_for(backend)) {
  backend_.set_clock(waiter_->clock());
  backend_.transport().set_wake([waiter = waiter_] { waiter->wake(); });
}

AttemptPtr SingleStream::run(AttemptPtr attempt, const std::stop_token& stop) {
  attempt->wire = backend_.codec().encode(*attempt);
  attempt->stamps.scheduled = waiter_->clock().now();
  Transport& transport = backend_.transport();
  const std::unique_ptr<Decoder> decoder = backend_.codec().decoder();
  const std::stop_callback wake_up(stop, [this] { waiter_->wake(); });
  transport.start(std::move(attempt));
  std::vector<Piece> pieces;
  while (true) {
    if (stop.stop_requested()) transport.cancel_all();  // idempotent
    const TimePoint until = transport.collect(pieces);
    if (pieces.empty()) {
      waiter_->wait(until, /*settled=*/true, /*precise=*/false);
    } else if (AttemptPtr done = take(pieces, *decoder)) {
      return done;
    }
  }
}

}  // namespace assay::app
