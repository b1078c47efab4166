// PlainConnection: one TCP connection of PlainHttpTransport: its socket, the system calls on it,
// and what is known of its segments.
//
// Where it stands: kept by PlainLoop in a fixed place, opened and closed again and again; carries
// one PlainTransfer at a time (loop thread). Nothing here blocks, but resolve_host().
//
//   ASSAY_TRY(std::vector<SocketAddress> addresses, resolve_host("localhost", 8000));  // blocks
//   const int error = connection.open(addresses[0], stamps);     // 0, EINPROGRESS, or why not
//   const Received read = connection.receive(buffer);
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/transport/receive_stamp.h"
#include "harness/base/result.h"

namespace assay::backends {

class PlainTransfer;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// Every TCP address of a host, in the resolver's order; an IPv6 address may stand in brackets.
// Blocks: used before the clock.
Result<std::vector<SocketAddress>> resolve_host(const std::string& host, int port);

// Of one read.
struct Received {
  size_t bytes = 0;      // 0 without an error: the other side has ended
  int os_error = 0;      // EAGAIN: nothing is there
  int64_t wall_ns = -1;  // the kernel's receive time of the last segment; -1: not known
};

class PlainConnection {
 public:
  PlainConnection() = default;
  ~PlainConnection() { close(); }
  PlainConnection(const PlainConnection&) = delete;
  PlainConnection& operator=(const PlainConnection&) = delete;

  // A new socket, connecting. 0: it is connected; EINPROGRESS: it will be writable when it is or
  // has failed; otherwise why not (it is closed then).
  int open(const SocketAddress& address, bool stamps);
  // Of a connecting socket that became writable: 0, or why not.
  [[nodiscard]] int connect_result() const;
  void close();
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }

  // An idle connection that the other side has closed, or on which something came unasked.
  [[nodiscard]] bool is_stale() const;
  // How many bytes the kernel took; os_error EAGAIN: it has no room.
  [[nodiscard]] Received send(std::span<iovec> parts);
  [[nodiscard]] Received receive(std::span<char> buffer);
  // See SegmentLedger.
  [[nodiscard]] bool merged_segments() { return segments_.merged(fd_); }

  PlainTransfer* transfer = nullptr;  // that it carries; nullptr: idle or closed
  bool connecting = false;
  bool used = false;        // has carried a request
  uint32_t place = 0;       // in its loop
  uint32_t generation = 0;  // counts openings, so that events of an earlier socket are known
  size_t address = 0;       // index of the one it was opened to

 private:
  int fd_ = -1;
  SegmentLedger segments_;
};

}  // namespace assay::backends
