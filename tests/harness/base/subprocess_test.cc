#include "harness/base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace assay {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

SubprocessOptions shell(const std::string& script) {
  SubprocessOptions options;
  options.argv = {"sh", "-c", script};
  return options;
}

std::unique_ptr<Subprocess> start(const SubprocessOptions& options) {
  auto child = Subprocess::start(options);
  EXPECT_TRUE(child.has_value()) << (child ? "" : child.error().text());
  return std::move(child).value();
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(n));
  return text;
}

std::string error_of(std::vector<std::string> argv, const std::string& cwd = "") {
  SubprocessOptions options;
  options.argv = std::move(argv);
  options.cwd = cwd;
  const auto child = Subprocess::start(options);
  return child ? "" : child.error().text();
}

TEST(Subprocess, PipesCarryInputOutputAndErrors) {
  const auto child = start(shell("cat; echo problem >&2; exit 3"));
  EXPECT_EQ(write_no_sigpipe(child->stdin_fd(), "hello"), 5);
  child->close_stdin();
  EXPECT_EQ(read_all(child->stdout_fd()), "hello");
  EXPECT_EQ(read_all(child->stderr_fd()), "problem\n");
  EXPECT_EQ(child->wait(), 3);
  EXPECT_EQ(child->wait(), 3);
  EXPECT_EQ(child->try_wait(), 3);
}

TEST(Subprocess, ArgumentsAreNotInterpreted) {
  SubprocessOptions options;
  options.argv = {"printf", "%s|", "a b", "$HOME", "*", ""};
  EXPECT_EQ(read_all(start(options)->stdout_fd()), "a b|$HOME|*||");
}

TEST(Subprocess, StatusOfExitAndSignal) {
  EXPECT_EQ(start(shell("exit 0"))->wait(), 0);
  EXPECT_EQ(start(shell("kill -TERM $$"))->wait(), -SIGTERM);
  EXPECT_EQ(describe_exit(3), "exit code 3");
  EXPECT_EQ(describe_exit(-9), "signal 9 (Killed)");
}

TEST(Subprocess, TryWaitDoesNotBlock) {
  const auto child = start(shell("read -r line"));
  EXPECT_FALSE(child->try_wait().has_value());
  EXPECT_FALSE(child->wait_for(milliseconds(5)).has_value());
  child->close_stdin();
  EXPECT_EQ(child->wait(), 1);
}

TEST(Subprocess, EnvironmentAndWorkingDirectory) {
  SubprocessOptions options = shell("echo \"$ASSAY_A $ASSAY_B\"; pwd");
  ::setenv("ASSAY_A", "from the parent", 1);
  options.env = {{"ASSAY_B", "added"}, {"ASSAY_A", "replaced"}};
  options.cwd = "/";
  EXPECT_EQ(read_all(start(options)->stdout_fd()), "replaced added\n/\n");
  ::unsetenv("ASSAY_A");
}

TEST(Subprocess, NullAndInheritedStreams) {
  SubprocessOptions options = shell("cat; echo out");
  options.in = StdioMode::kNull;
  options.err = StdioMode::kInherit;
  const auto child = start(options);
  EXPECT_EQ(child->stdin_fd(), -1);
  EXPECT_EQ(child->stderr_fd(), -1);
  EXPECT_EQ(read_all(child->stdout_fd()), "out\n");
}

TEST(Subprocess, ErrorsNameTheProgram) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("assay-sub-{}", ::getpid());
  fs::create_directories(folder);
  std::ofstream(folder / "text") << "no program\n";
  EXPECT_EQ(error_of({}), "no program is named");
  EXPECT_EQ(error_of({""}), "the program's name is empty");
  EXPECT_EQ(error_of({"/nowhere/x"}), "/nowhere/x: no such program");
  EXPECT_EQ(error_of({"no-such-program-anywhere"}),
            "no-such-program-anywhere: no such program in PATH");
  EXPECT_THAT(error_of({(folder / "text").string()}), HasSubstr("text: is not executable"));
  EXPECT_THAT(error_of({folder.string()}), HasSubstr("is a folder, expected a program"));
  EXPECT_THAT(error_of({"sh"}, "/no/such/folder"),
              HasSubstr("/no/such/folder: cannot be the working directory: No such file"));
  fs::permissions(folder / "text", fs::perms::owner_all);
  EXPECT_THAT(error_of({(folder / "text").string()}), HasSubstr("#!INTERPRETER"));
  EXPECT_THAT(error_of({"./text"}, folder.string()), HasSubstr("#!INTERPRETER"));  // found in cwd
  fs::remove_all(folder);
}

TEST(Subprocess, NoDescriptorLeaksIntoTheChild) {
  const int open_fd = ::open("/dev/null", O_RDONLY);  // without close-on-exec, as libraries may
  const auto other = start(shell("read -r line"));    // its pipes must not leak either
  const auto child = start(shell("ls /proc/$$/fd | tr '\\n' ' '"));
  const std::string fds = read_all(child->stdout_fd());
  ::close(open_fd);
  // 0, 1, 2; ls or the shell may add one of its own for the folder it reads.
  EXPECT_THAT(fds, ::testing::MatchesRegex("0 1 2 ([0-9]+ )?"));
}

TEST(Subprocess, TheChildStartsWithDefaultSignals) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t block;
  sigset_t old;
  ::sigemptyset(&block);
  ::sigaddset(&block, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &block, &old);
  EXPECT_EQ(start(shell("kill -TERM $$; exit 1"))->wait(), -SIGTERM);
  EXPECT_EQ(start(shell("kill -PIPE $$; exit 1"))->wait(), -SIGPIPE);
  // And the parent's own are as they were.
  sigset_t now;
  ::pthread_sigmask(SIG_SETMASK, &old, &now);
  EXPECT_EQ(::sigismember(&now, SIGTERM), 1);
  EXPECT_EQ(::sigismember(&now, SIGUSR1), 0);
  EXPECT_EQ(::signal(SIGPIPE, before), SIG_IGN);
}

TEST(Subprocess, WritingToADeadReaderIsAnErrorNotASignal) {
  const auto child = start(shell("exec <&-; sleep 1000"));
  const std::string bytes(1 << 16, 'x');
  ssize_t written = 0;
  while (written >= 0) written = write_no_sigpipe(child->stdin_fd(), bytes);
  EXPECT_EQ(errno, EPIPE);
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
}

TEST(Subprocess, DestructionKillsTheWholeGroup) {
  auto child = start(shell("sleep 1000 & echo $!; wait"));
  char line[32] = {};
  ASSERT_GT(::read(child->stdout_fd(), line, sizeof line - 1), 0);
  const pid_t grandchild = std::stoi(line);
  const pid_t pid = child->pid();
  ASSERT_EQ(::kill(grandchild, 0), 0);
  child.reset();
  EXPECT_EQ(::kill(pid, 0), -1);
  // The grandchild is reaped by init; until then it may be a zombie, which runs no more.
  const auto gone = [&] {
    std::ifstream stat(fmt::format("/proc/{}/stat", grandchild));
    std::string id;
    std::string name;
    std::string state;
    return !(stat >> id >> name >> state) || state == "Z" || state == "X";
  };
  while (!gone()) std::this_thread::sleep_for(milliseconds(1));
}

TEST(Subprocess, TheChildDiesWithTheThreadThatStartedIt) {
  std::unique_ptr<Subprocess> child;
  std::thread starter([&] { child = start(shell("exec sleep 1000")); });
  starter.join();
  EXPECT_EQ(child->wait(), -SIGKILL);
  SubprocessOptions free_options = shell("read -r line; exit 4");
  free_options.die_with_parent = false;
  std::thread other([&] { child = start(free_options); });
  other.join();
  child->close_stdin();
  EXPECT_EQ(child->wait(), 4);
}

TEST(Subprocess, ManyThreadsStartProgramsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> failures(8, 0);
  for (size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto child = start(shell("cat"));
        const std::string text = fmt::format("{} {}", t, i);
        write_no_sigpipe(child->stdin_fd(), text);
        child->close_stdin();  // must be the last writer: no other child holds a copy
        if (read_all(child->stdout_fd()) != text || child->wait() != 0) ++failures[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(failures, ::testing::Each(0));
}

}  // namespace
}  // namespace assay
