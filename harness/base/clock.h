// Time. Everything that reads or waits for time does it through a Clock, so that hours can be
// tested in milliseconds.
//
// TimePoint counts nanoseconds of the steady clock (or of a virtual one that starts at 0).
//
//   SteadyClock clock;
//   const TimePoint deadline = clock.now() + 5s;
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace assay {

using Nanos = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Nanos>;
inline constexpr TimePoint kNever = TimePoint::max();

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::time_point_cast<Nanos>(std::chrono::steady_clock::now());
  }
};

// A clock that stands still until told. Readable from any thread; set by one (the loop's waiter).
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return TimePoint(Nanos(now_ns_.load(std::memory_order_acquire)));
  }
  void advance_to(TimePoint t) {
    now_ns_.store(t.time_since_epoch().count(), std::memory_order_release);
  }

 private:
  std::atomic<int64_t> now_ns_{0};
};

inline int64_t to_ns(TimePoint t) { return t.time_since_epoch().count(); }
inline TimePoint from_ns(int64_t ns) { return TimePoint(Nanos(ns)); }

// Wall-clock time as "2026-01-31T09:05:00Z"; for manifests and reports, never for durations.
std::string utc_now_iso8601();

}  // namespace assay
