// Drives HttpTransports the way the run's loop does: start, collect, sleep on fd().
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backends/transport/http.h"
#include "backends/transport/receive_stamp.h"

namespace assay::backends {

struct HttpDone {
  AttemptPtr attempt;
  std::string body;
  std::vector<ChunkStamp> stamps;  // offsets within `body`
};

// The environment's proxies are not for servers of a test.
inline void forget_proxies() {
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    ::unsetenv(name);
}

// Waits until the kernel stamps what sockets receive: it begins a moment after the first socket
// that asks. Give it one that stays open. False: it does not within ten seconds.
inline bool kernel_stamps_flow() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener, 1);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int out = ::socket(AF_INET, SOCK_STREAM, 0);
  ::connect(out, reinterpret_cast<sockaddr*>(&address), size);
  const int in = ::accept(listener, nullptr, nullptr);
  request_receive_stamps(in);
  bool stamped = false;
  for (int i = 0; i < 1000 && !stamped; ++i) {
    char byte = 'x';
    (void)!::write(out, &byte, 1);
    iovec part{&byte, 1};
    char control[256];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    stamped = ::recvmsg(in, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != nullptr;
    if (!stamped) ::usleep(10'000);
  }
  for (const int fd : {in, out, listener}) ::close(fd);
  return stamped;
}

class HttpDriver {
 public:
  explicit HttpDriver(Transport& transport) : transport_(transport) {}

  void start(std::string wire) {
    auto attempt = std::make_unique<Attempt>();
    attempt->wire = std::move(wire);
    attempt->stamps.scheduled = SteadyClock().now();
    ++in_flight_;
    transport_.start(std::move(attempt));
  }
  // One collect(), without sleeping.
  TimePoint collect() {
    std::vector<Piece> pieces;
    const TimePoint next = transport_.collect(pieces);
    for (Piece& piece : pieces) take(piece);
    return next;
  }
  // Until `count` have ended in all.
  std::vector<HttpDone> wait_for(size_t count) {
    while (done_.size() < count) {
      const size_t before = done_.size();
      const TimePoint next = collect();
      if (done_.size() == before) sleep(next);
    }
    return std::exchange(done_, {});
  }
  std::vector<HttpDone> finish() { return wait_for(done_.size() + in_flight_); }
  HttpDone ask(std::string wire = "{}") {
    start(std::move(wire));
    return std::move(finish().front());
  }
  // Bytes that have come of the oldest stream in flight.
  [[nodiscard]] size_t bytes_of_first() const {
    return streams_.empty() ? 0 : streams_.begin()->second.body.size();
  }
  void wait_for_bytes(size_t more_than = 0) {
    while (bytes_of_first() <= more_than) {
      const TimePoint next = collect();
      if (bytes_of_first() <= more_than) sleep(next);
    }
  }
  void sleep(TimePoint until) const {
    pollfd readable{transport_.fd(), POLLIN, 0};
    int64_t ms = 10'000;
    if (until != kNever) {
      const auto wait = until - SteadyClock().now();
      ms = std::clamp<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(wait).count(), 0, ms);
    }
    ::poll(&readable, 1, static_cast<int>(ms));
  }
  [[nodiscard]] bool readable() const {
    pollfd readable{transport_.fd(), POLLIN, 0};
    return ::poll(&readable, 1, 0) == 1;
  }

 private:
  void take(Piece& piece) {
    HttpDone& stream = streams_[piece.stream];
    for (ChunkStamp stamp : piece.stamps) {
      stamp.end_offset += static_cast<uint32_t>(stream.body.size());
      stream.stamps.push_back(stamp);
    }
    stream.body += piece.bytes;
    if (piece.end == nullptr) return;
    stream.attempt = std::move(piece.end);
    done_.push_back(std::move(stream));
    streams_.erase(piece.stream);
    --in_flight_;
  }

  Transport& transport_;
  size_t in_flight_ = 0;
  std::map<uint64_t, HttpDone> streams_;
  std::vector<HttpDone> done_;
};

}  // namespace assay::backends
