// TimedPieces: replies whose whole course is known when they start, handed out once the clock has
// reached their end. The schedule of the transports that make time up (simulated, replay).
//
//   timed.add(end, std::move(piece));                       // loop thread
//   TimePoint next = timed.collect(clock.now(), out);       // everything that has ended by now
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "harness/types/attempt.h"

namespace assay::backends {

class TimedPieces {
 public:
  // A complete reply: stamps and piece.end->stamps are set, `end` is its done time. Numbers the
  // stream.
  void add(TimePoint end, Piece piece);
  // Appends what has ended by `now`, by end and then in the order of add(); returns the next end.
  TimePoint collect(TimePoint now, std::vector<Piece>& out);
  // What has not ended by `now` ends now as kCancelled, with the chunks that had arrived.
  void cancel(TimePoint now);
  [[nodiscard]] bool empty() const { return due_.empty(); }

 private:
  struct Due {
    TimePoint end;
    uint64_t stream;
    Piece* piece;  // in `pieces_`: a heap moves its entries often, and a Piece is large
  };
  struct Later {
    bool operator()(const Due& a, const Due& b) const {
      return a.end != b.end ? a.end > b.end : a.stream > b.stream;
    }
  };
  Piece* take_slot();

  std::vector<std::unique_ptr<Piece>> pieces_;
  std::vector<Piece*> free_;
  std::vector<Due> due_;  // a heap, the earliest end in front
  uint64_t next_stream_ = 0;
};

}  // namespace assay::backends
