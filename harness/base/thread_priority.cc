#include "harness/base/thread_priority.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace assay {
namespace {

constexpr int kNiceStep = 10;
constexpr int kNiceMax = 19;
constexpr size_t kNameBytesMax = 15;

}  // namespace

void name_this_thread(const char* name) {
  std::array<char, kNameBytesMax + 1> kept{};
  std::memcpy(kept.data(), name, std::min(std::strlen(name), kNameBytesMax));
  (void)::pthread_setname_np(::pthread_self(), kept.data());
}

void step_back_this_thread() {
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  if (policy == SCHED_FIFO || policy == SCHED_RR) {
    sched_param now{};
    (void)::sched_getparam(0, &now);
    const sched_param lowest{.sched_priority = ::sched_get_priority_min(policy)};
    if (now.sched_priority > lowest.sched_priority) {
      (void)::sched_setscheduler(0, policy, &lowest);
      return;
    }
    const sched_param ordinary{};
    (void)::sched_setscheduler(0, SCHED_OTHER, &ordinary);
  }
  // On Linux a thread has a nice value of its own.
  const auto thread = static_cast<id_t>(::gettid());
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, thread);
  if (nice == -1 && errno != 0) return;
  (void)::setpriority(PRIO_PROCESS, thread, std::min(nice + kNiceStep, kNiceMax));
}

}  // namespace assay
