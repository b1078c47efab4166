#include "backends/transport/outbox.h"

#include <iterator>
#include <utility>

namespace assay::backends {

Piece& Outbox::piece(Place& place, uint64_t stream, uint32_t lane) {
  if (place.batch == batch_) return pieces_[place.index];
  if (pieces_.empty()) ++waiting_;
  place = {batch_, pieces_.size()};
  Piece& piece = pieces_.emplace_back();
  piece.stream = stream;
  piece.lane = lane;
  return piece;
}

void Outbox::take(std::vector<Piece>& out) {
  std::move(pieces_.begin(), pieces_.end(), std::back_inserter(out));
  forget();
}

void Outbox::forget() {
  if (!pieces_.empty()) --waiting_;
  pieces_.clear();
  ++batch_;
}

}  // namespace assay::backends
