#include "backends/transport/timed_pieces.h"

#include <algorithm>
#include <utility>

namespace assay::backends {

Piece* TimedPieces::take_slot() {
  if (free_.empty()) {
    pieces_.push_back(std::make_unique<Piece>());
    return pieces_.back().get();
  }
  Piece* piece = free_.back();
  free_.pop_back();
  return piece;
}

void TimedPieces::add(TimePoint end, Piece piece) {
  piece.stream = next_stream_++;
  Piece* slot = take_slot();
  *slot = std::move(piece);
  due_.push_back({end, slot->stream, slot});
  std::push_heap(due_.begin(), due_.end(), Later());
}

TimePoint TimedPieces::collect(TimePoint now, std::vector<Piece>& out) {
  while (!due_.empty() && due_.front().end <= now) {
    std::pop_heap(due_.begin(), due_.end(), Later());
    out.push_back(std::move(*due_.back().piece));
    free_.push_back(due_.back().piece);
    due_.pop_back();
  }
  return due_.empty() ? kNever : due_.front().end;
}

void TimedPieces::cancel(TimePoint now) {
  for (Due& due : due_) {
    if (due.end <= now) continue;  // it has ended, only nobody has asked yet
    Piece& piece = *due.piece;
    StampList kept;
    for (const ChunkStamp& stamp : piece.stamps)
      if (stamp.at <= now) kept.push_back(stamp);
    piece.stamps = std::move(kept);
    piece.bytes.resize(piece.stamps.empty() ? 0 : piece.stamps.back().end_offset);
    piece.end->stamps.done = now;
    piece.end->response.outcome = Outcome::kCancelled;
    piece.end->response.error = "cancelled";
    due.end = now;
  }
  std::make_heap(due_.begin(), due_.end(), Later());
}

}  // namespace assay::backends
