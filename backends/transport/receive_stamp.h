// When the kernel received the bytes that are about to be read, and whether they came in one
// segment.
//
// Where it stands: the loop of the HTTP transport asks for stamps when a socket is opened and looks
// when epoll reports it readable, just before libcurl reads (loop thread).
//
// What it sees. The stamp is that of the last segment among the bytes of the next read: the kernel
// merges segments in its queue and keeps the last stamp, and the peek covers all that the read will
// take. Segments are counted by the connection's TCP_INFO, so merging by the kernel or by the card
// is seen; a retransmitted segment counts as one more (flagged although alone). A segment that
// arrives between the peek and the read is counted with the next read. Over TLS a record that spans
// several segments is flagged too. A message longer than a segment is several segments: its read is
// flagged, and its stamp is that of its end.
//
//   request_receive_stamps(fd);                                     // a new socket
//   const Arrival arrival = peek_arrival(fd, buffer, history);      // readable
//   const Nanos lag = wall.lag(arrival.wall_ns, steady_now_ns);     // bytes in hand
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <span>

#include "harness/base/clock.h"

namespace assay::backends {

// True when the kernel will stamp what this socket receives.
bool request_receive_stamps(int fd);

// Keeps the kernel's stamps flowing: it begins to take them a moment after the first socket of the
// machine wants them, and stops after the last. This socket wants them from open() on and receives
// nothing.
class StampKeeper {
 public:
  StampKeeper() = default;
  ~StampKeeper();
  StampKeeper(const StampKeeper&) = delete;
  StampKeeper& operator=(const StampKeeper&) = delete;
  // Again is nothing new. Where no socket can be had, stamps come late.
  void open();

 private:
  int fd_ = -1;
};

// The stamp among a message's control data, nanoseconds of the wall clock; -1: none.
int64_t stamp_of(msghdr& message);

// What is remembered of one socket between its reads.
struct ReadHistory {
  uint32_t segments = 0;   // that had arrived by the last peek
  bool left_over = false;  // the last peek saw as much as one read can take, or more
  bool coalesced = false;  // what the last peek said
};

struct Arrival {
  int64_t wall_ns = -1;  // of the wall clock, by the kernel; -1: not known
  bool coalesced = false;
};

// `buffer` is as large as one read can take; nothing is copied into it.
Arrival peek_arrival(int fd, std::span<char> buffer, ReadHistory& history);

// The segments up to now are done with: a new transfer begins.
void skip_arrival(int fd, ReadHistory& history);

// The rule, apart from the system calls: `pending` bytes of at most `read_bytes_max` a read.
bool read_is_coalesced(uint32_t segments, size_t pending, size_t read_bytes_max,
                       ReadHistory& history);

// The same question for a reader that asks only when it matters: when a read held more than one
// chunk. Kept from the connection's opening on, so an ordinary read costs no system call.
class SegmentLedger {
 public:
  // Of one read that gave something.
  void note_read(size_t bytes) {
    ++reads_;
    bytes_read_ += bytes;
  }
  // More segments came than there were reads since the last asking: some read held several. One
  // that is waiting in the kernel now is left to the next asking.
  bool merged(int fd);
  // The rule, apart from the system call: data segments and bytes received on the connection.
  bool merged(uint32_t segments, uint64_t bytes_received);

 private:
  uint64_t bytes_read_ = 0;
  uint32_t segments_ = 0;  // up to the last asking
  uint32_t reads_ = 0;     // since
};

// The wall clock against the steady clock, sampled each turn of the loop, so that a step of the
// wall clock is noticed: until the sample after the step, lags are not known.
class WallClock {
 public:
  void sample();
  // The same with given readings, in nanoseconds: the steady clock before and after the wall
  // clock. They only bound the offset; what was known before stays where it is within the bounds,
  // so that a thread that lost its core between two readings spoils no stamp.
  void sample(int64_t before_ns, int64_t wall_ns, int64_t after_ns);
  // How long before `steady_now_ns` the kernel's stamp was; -1: not known.
  [[nodiscard]] Nanos lag(int64_t wall_ns, int64_t steady_now_ns) const;

 private:
  int64_t offset_ns_ = 0;  // wall - steady
  bool sampled_ = false;
  bool stepped_ = false;
};

}  // namespace assay::backends
