// Drives one backend's transport and codec the way the run does, for tests: encode, start, collect,
// decode. A virtual clock is advanced to what collect() returns; on a real one the test sleeps
// until the transport wakes it or its descriptor is readable.
//
//   Response response = ask(backend, make_attempt("q1", "42"));
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/backend.h"

namespace assay::backends {

inline AttemptPtr make_attempt(const std::string& id, const std::string& target,
                               uint64_t sample = 1) {
  auto attempt = std::make_unique<Attempt>();
  attempt->key.model = 1;
  attempt->key.sample = sample;
  attempt->sample.id = id;
  attempt->sample.targets = {target};
  attempt->request.suite = "test";
  attempt->request.input = "question " + id;
  attempt->request.messages.push_back({"user", "question " + id, {}});
  return attempt;
}

struct Finished {
  AttemptPtr attempt;
  size_t pieces = 0;
};

class Driver {
 public:
  Driver(Transport& transport, const Codec& codec, VirtualClock* clock = nullptr)
      : transport_(transport), codec_(codec), clock_(clock) {
    transport_.set_wake([this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_all();
    });
  }

  void start(AttemptPtr attempt) {
    attempt->wire = codec_.encode(*attempt);
    ++in_flight_;
    transport_.start(std::move(attempt));
  }

  // Until at least one more has ended, or nothing is in flight.
  std::vector<Finished> next() {
    std::vector<Finished> finished;
    while (finished.empty() && in_flight_ > 0) {
      std::vector<Piece> pieces;
      const TimePoint until = transport_.collect(pieces);
      for (Piece& piece : pieces) take(piece, finished);
      if (pieces.empty()) wait(until);
    }
    return finished;
  }

  // Everything in flight, in the order it ended.
  std::vector<Finished> finish() {
    std::vector<Finished> all;
    while (in_flight_ > 0) {
      for (Finished& one : next()) all.push_back(std::move(one));
    }
    return all;
  }

  AttemptPtr ask(AttemptPtr attempt) {
    start(std::move(attempt));
    return std::move(finish().front().attempt);
  }

 private:
  void take(Piece& piece, std::vector<Finished>& finished) {
    auto& [decoder, count] = streams_[piece.stream];
    if (decoder == nullptr) decoder = codec_.decoder();
    ++count;
    if (!piece.bytes.empty()) decoder->feed(piece.bytes, piece.stamps);
    if (piece.end == nullptr) return;
    decoder->finish(*piece.end, piece.end->response);
    finished.push_back({std::move(piece.end), count});
    streams_.erase(piece.stream);
    --in_flight_;
  }

  void wait(TimePoint until) {
    if (clock_ != nullptr) {
      if (until != kNever) clock_->advance_to(until);
      return;
    }
    if (transport_.fd() >= 0) return wait_readable(until);
    std::unique_lock lock(mutex_);
    if (until == kNever) {
      changed_.wait(lock, [&] { return woken_; });
    } else {
      changed_.wait_until(lock, until, [&] { return woken_; });
    }
    woken_ = false;
  }

  // In slices, so that a wake-up from elsewhere is noticed too.
  void wait_readable(TimePoint until) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(woken_, false)) return;
    }
    constexpr Nanos kSlice = std::chrono::milliseconds(20);
    const Nanos rest = until == kNever ? kSlice : until - SteadyClock().now();
    const auto ms =
        std::chrono::ceil<std::chrono::milliseconds>(std::clamp(rest, Nanos(0), kSlice));
    pollfd wanted{transport_.fd(), POLLIN, 0};
    ::poll(&wanted, 1, static_cast<int>(ms.count()));
  }

  Transport& transport_;
  const Codec& codec_;
  VirtualClock* clock_;
  std::map<uint64_t, std::pair<std::unique_ptr<Decoder>, size_t>> streams_;
  size_t in_flight_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace assay::backends
