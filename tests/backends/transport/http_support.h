// Drives HttpTransports the way the run's loop does: start, collect, sleep on fd().
#pragma once

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backends/transport/http.h"

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
