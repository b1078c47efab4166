// Waiter: where the loop thread sleeps. A real one sleeps until a time or a wake-up; the virtual
// one moves its clock instead, as soon as nothing in the pipeline can change what happens next.
//
//   waiter.wait(until, schedule.settled());     // loop thread
//   waiter.wake();                              // any thread: the inbox or a transport has
//   something
#pragma once

#include <condition_variable>
#include <mutex>

#include "harness/base/clock.h"

namespace assay::run {

class Waiter {
 public:
  virtual ~Waiter() = default;
  // Returns at `until`, or after a wake-up. `settled`: nothing is being decoded, judged or fed, so
  // that what happens next depends on time alone.
  virtual void wait(TimePoint until, bool settled) = 0;
  void wake();
  [[nodiscard]] virtual const Clock& clock() const = 0;

 protected:
  // Sleeps on the real clock until woken or `deadline`.
  void sleep_until(TimePoint deadline);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

class RealWaiter final : public Waiter {
 public:
  void wait(TimePoint until, bool settled) override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }

 private:
  SteadyClock clock_;
};

class VirtualWaiter final : public Waiter {
 public:
  void wait(TimePoint until, bool settled) override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }

 private:
  VirtualClock clock_;
};

}  // namespace assay::run
