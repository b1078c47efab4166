// A real process is measured, against what the kernel says of it when it is waited for.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "harness/machine/machine_sampler.h"

namespace assay::machine {
namespace {

double seconds_of(const rusage& use) {
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return of(use.ru_utime) + of(use.ru_stime);
}

void burn(double cpu_seconds) {
  rusage use{};
  volatile uint64_t sink = 0;
  do {
    for (int i = 0; i < 100'000; ++i) sink = sink + 1;
    ::getrusage(RUSAGE_SELF, &use);
  } while (seconds_of(use) < cpu_seconds);
}

// A server that burns 0.3 s itself and 0.2 s in a child that it waits for, tells, and waits.
[[noreturn]] void serve(int ready, int go_on) {
  const pid_t child = ::fork();
  if (child == 0) {
    burn(0.2);
    ::_exit(0);
  }
  burn(0.3);
  ::waitpid(child, nullptr, 0);
  char byte = 'r';
  (void)!::write(ready, &byte, 1);
  (void)!::read(go_on, &byte, 1);
  ::_exit(0);
}

TEST(MachineProcess, CpuTimeAndMemoryOfAServerAndItsChild) {
  std::array<int, 2> ready{};
  std::array<int, 2> begun{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  ASSERT_EQ(::pipe(begun.data()), 0);
  const pid_t server = ::fork();
  ASSERT_GE(server, 0);
  if (server == 0) {
    char byte = 0;
    (void)!::read(begun[0], &byte, 1);
    serve(ready[1], begun[0]);
  }
  MachineSamplerOptions options;
  options.pids = {server};
  options.interval = std::chrono::milliseconds(20);
  MachineSampler sampler(options);
  sampler.begin();
  char byte = 'g';
  ASSERT_EQ(::write(begun[1], &byte, 1), 1);
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const MachineUse use = sampler.end();
  ASSERT_EQ(::write(begun[1], &byte, 1), 1);
  rusage truth{};
  ASSERT_EQ(::wait4(server, nullptr, 0, &truth), server);
  // Two processes, each known to a tick at either end; and what it did before and after.
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_GE(use.server_cpu_s, 0.5 - 4 * tick);
  EXPECT_NEAR(use.server_cpu_s, seconds_of(truth), 4 * tick + 0.02);
  EXPECT_GT(use.server_resident_bytes_max, 100'000);
  EXPECT_GT(use.seconds, 0);
  for (const int fd : {ready[0], ready[1], begun[0], begun[1]}) ::close(fd);
}

}  // namespace
}  // namespace assay::machine
