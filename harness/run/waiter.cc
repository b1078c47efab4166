#include "harness/run/waiter.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "harness/base/check.h"

namespace assay::run {
namespace {

constexpr int kEventsMax = 16;

void add_to(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  const int done = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  ASSAY_CHECK(done == 0 || errno == EEXIST, "descriptor {} cannot be watched ({})", fd,
              std::strerror(errno));
}

}  // namespace

RealWaiter::RealWaiter()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  ASSAY_CHECK(epoll_ >= 0 && event_ >= 0 && timer_ >= 0, "no descriptors left ({})",
              std::strerror(errno));
  add_to(epoll_, event_);
  add_to(epoll_, timer_);
}

RealWaiter::~RealWaiter() {
  close(timer_);
  close(event_);
  close(epoll_);
}

void RealWaiter::watch(int fd) { add_to(epoll_, fd); }

void RealWaiter::arm(TimePoint until) {
  if (until == armed_) return;
  armed_ = until;
  itimerspec at{};  // zero: disarmed
  if (until != kNever) {
    at.it_value.tv_sec = to_ns(until) / 1'000'000'000;
    at.it_value.tv_nsec = to_ns(until) % 1'000'000'000;
  }
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

void RealWaiter::wait(TimePoint until, bool /*settled*/, bool precise) {
  if (until <= clock_.now()) return;
  const TimePoint asleep_until = precise ? until - kSpin : until;
  if (asleep_until > clock_.now()) {
    arm(asleep_until);
    if (poll(-1) || !precise) return;
  }
  // Whatever else comes ends the looking, as it would have ended the sleep.
  while (clock_.now() < until && !poll(0)) {
  }
}

bool RealWaiter::poll(int timeout_ms) {
  std::array<epoll_event, kEventsMax> events{};
  const int n = epoll_wait(epoll_, events.data(), kEventsMax, timeout_ms);
  bool any = false;
  for (int i = 0; i < n; ++i) {
    uint64_t count = 0;
    if (events[static_cast<size_t>(i)].data.fd == timer_) {
      (void)!read(timer_, &count, sizeof count);
      armed_ = kNever;  // it fires once
      continue;
    }
    any = true;
    if (events[static_cast<size_t>(i)].data.fd == event_) {
      (void)!read(event_, &count, sizeof count);
      // After the read: who finds this still set has put its thing where the loop looks next.
      woken_ = false;
    }
  }
  return any;
}

void RealWaiter::wake() {
  if (woken_.exchange(true)) return;  // one write until the loop has seen it
  const uint64_t one = 1;
  (void)!write(event_, &one, sizeof one);
}

void RealWaiter::rest(TimePoint until) {
  if (until <= clock_.now()) return;
  timespec at{};
  at.tv_sec = to_ns(until) / 1'000'000'000;
  at.tv_nsec = to_ns(until) % 1'000'000'000;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

void VirtualWaiter::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void VirtualWaiter::wait(TimePoint until, bool settled, bool /*precise*/) {
  if (settled && until != kNever) {
    if (until > clock_.now()) clock_.advance_to(until);
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return woken_; });
  woken_ = false;
}

}  // namespace assay::run
