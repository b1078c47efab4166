// Waiter: where the loop thread sleeps. A real one sleeps until a time or a wake-up; the virtual
// one moves its clock instead, as soon as nothing in the pipeline can change what happens next.
//
//   waiter.watch(transport.fd());               // before the loop, where there is a descriptor
//   waiter.wait(until, schedule.settled());     // loop thread
//   waiter.wake();                              // any thread: the inbox or a transport has
//                                               // something
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "harness/base/clock.h"

namespace assay::run {

class Waiter {
 public:
  virtual ~Waiter() = default;
  // Returns at `until`, or after a wake-up. `settled`: nothing is being decoded, judged or fed, so
  // that what happens next depends on time alone.
  // `precise`: something is due at `until`, so the last moments are spent looking at the clock, not
  // asleep.
  virtual void wait(TimePoint until, bool settled, bool precise) = 0;
  virtual void wake() = 0;
  // Lets a moment pass whatever comes meanwhile, so that the next look finds more at once.
  virtual void rest(TimePoint /*until*/) {}
  [[nodiscard]] virtual const Clock& clock() const = 0;
};

// Sleeps in the kernel on one epoll set: an eventfd for wake-ups, a timerfd with the absolute time
// of the next due thing, and the descriptors of transports that have one.
class RealWaiter final : public Waiter {
 public:
  RealWaiter();
  ~RealWaiter() override;
  RealWaiter(const RealWaiter&) = delete;
  RealWaiter& operator=(const RealWaiter&) = delete;

  // Of a precise wait: how long before its end sleeping ends. A timer wakes a sleeper late by some
  // tens of microseconds, more where the processor had gone to a deeper sleep.
  static constexpr Nanos kSpin{80'000};

  // Wakes up whenever `fd` is readable, for as long as this lives; a second time is nothing new.
  void watch(int fd);
  void wait(TimePoint until, bool settled, bool precise) override;
  void wake() override;
  void rest(TimePoint until) override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }

 private:
  void arm(TimePoint until);
  // One look or sleep; true: a descriptor said something.
  bool poll(int timeout_ms);

  SteadyClock clock_;
  int epoll_ = -1;
  int event_ = -1;
  int timer_ = -1;
  TimePoint armed_ = kNever;
  std::atomic<bool> woken_{false};
};

// Moves its clock instead of sleeping.
class VirtualWaiter final : public Waiter {
 public:
  void wait(TimePoint until, bool settled, bool precise) override;
  void wake() override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }

 private:
  VirtualClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace assay::run
