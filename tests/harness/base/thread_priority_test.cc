#include "harness/base/thread_priority.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

namespace assay {
namespace {

int nice_of_this_thread() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

std::string name_of_this_thread() {
  std::array<char, 16> name{};
  EXPECT_EQ(::pthread_getname_np(::pthread_self(), name.data(), name.size()), 0);
  return name.data();
}

TEST(ThreadPriority, NamesAreCutToWhatTheKernelKeeps) {
  std::thread([] {
    name_this_thread("decode");
    EXPECT_EQ(name_of_this_thread(), "decode");
    name_this_thread("a name that is too long");
    EXPECT_EQ(name_of_this_thread(), "a name that is ");
  }).join();
}

TEST(ThreadPriority, OnlyTheCallingThreadStepsBack) {
  const int before = nice_of_this_thread();
  int stepped = 0;
  int twice = 0;
  std::thread([&] {
    step_back_this_thread();
    stepped = nice_of_this_thread();
    for (int i = 0; i < 10; ++i) step_back_this_thread();
    twice = nice_of_this_thread();
  }).join();
  EXPECT_EQ(stepped, std::min(before + 10, 19));
  EXPECT_EQ(twice, 19);
  EXPECT_EQ(nice_of_this_thread(), before);
}

TEST(ThreadPriority, RealTimeIsLeftInTwoSteps) {
  std::thread([] {
    const sched_param higher{.sched_priority = 5};
    if (::sched_setscheduler(0, SCHED_FIFO, &higher) != 0)
      GTEST_SKIP() << "real-time scheduling is not allowed here";
    step_back_this_thread();
    sched_param now{};
    ::sched_getparam(0, &now);
    EXPECT_EQ(::sched_getscheduler(0), SCHED_FIFO);
    EXPECT_EQ(now.sched_priority, 1);
    step_back_this_thread();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  }).join();
}

}  // namespace
}  // namespace assay
