#include "backends/managed/guarded_process.h"

#include "tests/backends/managed/support.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class GuardedProcessTest : public ServerTest {
 protected:
  std::unique_ptr<GuardedProcess> shell(const std::string& script) {
    SubprocessOptions options;
    options.argv = {"/bin/sh", "-c", script};
    options.cwd = folder_.string();
    auto started = GuardedProcess::start(std::move(options));
    EXPECT_TRUE(started.has_value()) << started.error().text();
    return std::move(started).value();
  }
  pid_t pid_in(const std::string& name) {
    EXPECT_TRUE(eventually([&] { return !lines(name).empty(); })) << name;
    return pids(name).front();
  }
};

TEST_F(GuardedProcessTest, AnOrderlyEndIsLeftToTheProgram) {
  auto process =
      shell("trap 'echo bye > bye; exit 7' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  pid_in("pid");
  EXPECT_EQ(process->stop(seconds(60), [] {}), 7);
  EXPECT_EQ(lines("bye"), std::vector<std::string>{"bye"});
}

TEST_F(GuardedProcessTest, WhatIgnoresTheWishIsKilledWithItsChildren) {
  auto process =
      shell("trap '' TERM; sleep 1000 & echo $! > child; echo $$ > pid; wait; sleep 1000");
  const pid_t child = pid_in("child");
  const pid_t pid = pid_in("pid");
  EXPECT_TRUE(is_running(child));
  EXPECT_EQ(process->stop(milliseconds(50), [] {}), -SIGKILL);
  EXPECT_FALSE(is_running(pid));
  EXPECT_TRUE(eventually([&] { return !is_running(child); }));
}

// setsid leaves the process group; as a descendant it is still found.
TEST_F(GuardedProcessTest, AChildInAnotherGroupGoesToo) {
  auto process = shell("setsid sh -c 'echo $$ > child; sleep 1000' & echo $$ > pid; wait");
  const pid_t child = pid_in("child");
  pid_in("pid");
  process->stop(milliseconds(50), [] {});
  EXPECT_TRUE(eventually([&] { return !is_running(child); }));
}

TEST_F(GuardedProcessTest, WhatTheProcessLeavesBehindGoesWithTheObject) {
  auto process = shell("sleep 1000 & echo $! > child");
  const pid_t child = pid_in("child");
  EXPECT_EQ(process->process().wait(), 0);
  EXPECT_TRUE(is_running(child));
  process = nullptr;
  EXPECT_TRUE(eventually([&] { return !is_running(child); }));
}

TEST_F(GuardedProcessTest, TheTreeCountsEverybodysTime) {
  auto process = shell(
      "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo 1 > worked; sleep 1000' & "
      "wait");
  EXPECT_TRUE(eventually([&] { return !lines("worked").empty(); }));
  process->tree().refresh();
  const TreeUsage usage = process->tree().usage();
  EXPECT_GE(usage.processes, 2U);
  EXPECT_GT(usage.cpu.count(), 0);
  EXPECT_EQ(usage.cpu, process->tree().cpu());
  EXPECT_GT(usage.rss_bytes, 0U);
  EXPECT_GT(usage.rss_peak_bytes, 0U);
}

TEST_F(GuardedProcessTest, WhatCannotBeStartedIsSaid) {
  SubprocessOptions options;
  options.argv = {"/no/such/program"};
  const auto started = GuardedProcess::start(std::move(options));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().text(), "/no/such/program: no such program");
}

}  // namespace
}  // namespace assay::backends
