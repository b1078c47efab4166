// Outbox: pieces of one transport between two collect()s: at most one per stream.
//
// Where it stands: between the transfers of an HTTP transport, which fill it as bytes come, and its
// collect() (loop thread).
//
//   Piece& piece = outbox.piece(place, stream, lane);   // `place` is remembered by the transfer
//   outbox.take(out);                                   // collect()
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/types/attempt.h"

namespace assay::backends {

class Outbox {
 public:
  // `waiting` counts the outboxes that hold pieces; it outlives this one.
  explicit Outbox(int& waiting) : waiting_(waiting) {}
  ~Outbox() { forget(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Where a stream's piece of this batch lies.
  struct Place {
    uint64_t batch = 0;
    size_t index = 0;
  };
  // The stream's piece of this batch; a new one when it has none.
  Piece& piece(Place& place, uint64_t stream, uint32_t lane);
  void take(std::vector<Piece>& out);
  [[nodiscard]] bool empty() const { return pieces_.empty(); }

 private:
  void forget();

  int& waiting_;
  uint64_t batch_ = 1;
  std::vector<Piece> pieces_;
};

}  // namespace assay::backends
