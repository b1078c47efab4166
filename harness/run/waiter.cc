#include "harness/run/waiter.h"

namespace assay::run {

void Waiter::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void Waiter::sleep_until(TimePoint deadline) {
  std::unique_lock lock(mutex_);
  if (deadline == kNever) {
    changed_.wait(lock, [&] { return woken_; });
  } else {
    changed_.wait_until(lock, deadline, [&] { return woken_; });
  }
  woken_ = false;
}

void RealWaiter::wait(TimePoint until, bool /*settled*/) { sleep_until(until); }

void VirtualWaiter::wait(TimePoint until, bool settled) {
  if (settled && until != kNever) {
    if (until > clock_.now()) clock_.advance_to(until);
    return;
  }
  sleep_until(kNever);
}

}  // namespace assay::run
