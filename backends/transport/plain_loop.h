// PlainLoop: the epoll set, the connections and the limits of one PlainHttpTransport.
//
// Where it stands: behind PlainHttpTransport (loop thread). The set is edge-triggered and every
// socket enters it once, when it is opened: a request and a chunk change nothing in it. A read that
// leaves its buffer unfilled has emptied the socket, so a chunk costs one system call besides the
// set's own.
//
//   PlainConnection* connection = loop.take_idle();
//   if (connection == nullptr) connection = loop.open(address, transfer, error);
//   TimePoint next = loop.turn();      // transfers are served; their pieces are in the outbox
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/transport/http.h"
#include "backends/transport/limits.h"
#include "backends/transport/plain_connection.h"
#include "backends/transport/receive_stamp.h"

namespace assay::backends {

class PlainLoop {
 public:
  // Of one read: no segment of a loopback is longer.
  static constexpr size_t kReceiveBytes = 64UL * 1024;

  explicit PlainLoop(const HttpOptions& options);
  ~PlainLoop();
  PlainLoop(const PlainLoop&) = delete;
  PlainLoop& operator=(const PlainLoop&) = delete;

  // The addresses of the server; blocks the first time. Empty: it has none.
  const std::vector<SocketAddress>& addresses();
  // Asks the resolver again.
  Result<void> resolve();

  // An idle connection that still stands; nullptr: there is none.
  PlainConnection* take_idle();
  // A new one to addresses()[address] that carries `transfer`; `error` as PlainConnection::open()
  // says. nullptr: it failed.
  PlainConnection* open(size_t address, PlainTransfer& transfer, int& error);
  // It has done its work and may carry another request.
  void release(PlainConnection& connection);
  void close(PlainConnection& connection);
  // More may be there to read: its transfer is called again with the next turn.
  void read_again(const PlainConnection& connection);

  // Everything that can be done now, bounded. Returns when to call again at the latest.
  TimePoint turn();
  [[nodiscard]] int fd() const { return epoll_fd_; }
  // Makes fd() readable until the next turn.
  void signal();

  void set_clock(const Clock& clock) { clock_ = &clock; }
  [[nodiscard]] TimePoint now() const { return clock_->now(); }
  // When this turn learnt of what it serves.
  [[nodiscard]] TimePoint woke() const { return woke_; }
  [[nodiscard]] const WallClock& wall_clock() const { return wall_clock_; }
  [[nodiscard]] std::span<char> buffer() { return *buffer_; }
  [[nodiscard]] const HttpOptions& options() const { return options_; }
  // Which address answered last: new connections try it first.
  size_t preferred_address = 0;
  Limits limits;

 private:
  void serve(uint64_t name, uint32_t events);
  [[nodiscard]] static uint64_t name_of(const PlainConnection& connection);

  const HttpOptions& options_;
  std::string host_;
  int port_ = 0;
  SteadyClock steady_;
  const Clock* clock_ = &steady_;
  int epoll_fd_;
  int event_fd_;
  StampKeeper stamps_;
  WallClock wall_clock_;
  TimePoint woke_{};
  bool signalled_ = false;
  bool resolved_ = false;
  std::vector<SocketAddress> addresses_;
  std::vector<std::unique_ptr<PlainConnection>> connections_;  // closed ones are opened again
  std::vector<uint32_t> closed_;                               // places in connections_
  std::vector<PlainConnection*> idle_;                         // the last one was used last
  std::unique_ptr<std::array<char, kReceiveBytes>> buffer_;
};

}  // namespace assay::backends
