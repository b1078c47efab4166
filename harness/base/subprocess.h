// Subprocess: one child program with pipes to it; started, spoken to, stopped and reaped.
//
// Where it stands: the lowest layer. Called by backends/transport/process (models that are
// programs) and by scorers that are programs. It never goes through a shell. Every descriptor is
// close-on-exec, the child starts with default signals and an empty mask, and the parent's signal
// handlers and mask are left as they were.
//
// With die_with_parent the kernel kills the child when the *thread* that started it ends: start
// such a child from a thread that outlives it.
//
//   SubprocessOptions options;
//   options.argv = {"python3", "model.py"};
//   ASSAY_TRY(std::unique_ptr<Subprocess> child, Subprocess::start(options));
//   write_no_sigpipe(child->stdin_fd(), line);
//   child->close_stdin();
//   const int status = child->wait();   // 0..255, or minus the signal that ended it
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace assay {

enum class StdioMode {
  kPipe,     // a pipe; our end is stdin_fd(), stdout_fd() or stderr_fd()
  kNull,     // /dev/null
  kInherit,  // the parent's own
};

struct SubprocessOptions {
  std::vector<std::string> argv;  // argv[0]: a path when it holds '/', otherwise looked up in PATH
  std::string cwd;                // empty: the parent's; a relative argv[0] is relative to it
  std::vector<std::pair<std::string, std::string>> env;  // added to, or replacing, the parent's
  StdioMode in = StdioMode::kPipe;
  StdioMode out = StdioMode::kPipe;
  StdioMode err = StdioMode::kPipe;
  bool nonblocking = false;       // our ends of the pipes
  bool new_process_group = true;  // kill_group() then reaches grandchildren too
  bool die_with_parent = true;    // SIGKILL when the starting thread ends
};

class Subprocess {
 public:
  // Returns once the program runs. Errors name the program: not found, not executable, no such
  // working directory (kNotFound or kInput), no processes left (kIo).
  static Result<std::unique_ptr<Subprocess>> start(const SubprocessOptions& options);
  // Kills the group and reaps the child.
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Our end of the pipe; -1 when it is not a pipe or was closed.
  [[nodiscard]] int stdin_fd() const { return stdin_; }
  [[nodiscard]] int stdout_fd() const { return stdout_; }
  [[nodiscard]] int stderr_fd() const { return stderr_; }
  void close_stdin();
  void close_stdout();
  void close_stderr();

  // Exit code 0..255, or minus the signal that ended it; nothing while it runs. Never blocks.
  std::optional<int> try_wait();
  // As try_wait, but blocks until it ended.
  int wait();
  // As try_wait, but looks again until `limit` has passed.
  std::optional<int> wait_for(std::chrono::milliseconds limit);
  // Sends a signal to the child's process group (to the child where it has none); also after the
  // child itself ended, for what it left behind.
  void kill_group(int signal);

 private:
  Subprocess(pid_t pid, bool own_group) : pid_(pid), own_group_(own_group) {}

  pid_t pid_;
  bool own_group_;
  std::optional<int> status_;
  int stdin_ = -1;
  int stdout_ = -1;
  int stderr_ = -1;
};

// "exit code 3" or "signal 9 (Killed)", for messages.
std::string describe_exit(int status);

// Bytes written, or -1 with errno set; a reader that is gone gives EPIPE and no SIGPIPE, whatever
// the program's disposition of it. One write(2): may be short.
ssize_t write_no_sigpipe(int fd, std::string_view bytes);

}  // namespace assay
