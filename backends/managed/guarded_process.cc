#include "backends/managed/guarded_process.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace assay::backends {
namespace {

// Its argument list names the server, so that `ps` tells what it is for. It ignores what a terminal
// sends, because it must outlive us by a moment.
constexpr const char* kGuardScript =
    "trap '' HUP INT QUIT TERM\n"
    "read -r group || exit 0\n"
    "read -r word && exit 0\n"
    "kill -s KILL -- \"-$group\"\n";

Result<std::unique_ptr<Subprocess>> start_guard(const std::string& of) {
  SubprocessOptions options;
  options.argv = {"/bin/sh", "-c", kGuardScript, fmt::format("assay-guard: {}", of)};
  options.in = StdioMode::kPipe;
  options.out = StdioMode::kNull;
  options.err = StdioMode::kNull;
  options.die_with_parent = false;
  return Subprocess::start(options);
}

}  // namespace

Result<std::unique_ptr<GuardedProcess>> GuardedProcess::start(SubprocessOptions options) {
  if (options.argv.empty()) return input_error("", "no program is named");
  ASSAY_TRY(std::unique_ptr<Subprocess> guard, start_guard(options.argv.front()));
  options.in = StdioMode::kNull;
  options.new_process_group = true;
  options.die_with_parent = true;
  ASSAY_TRY(std::unique_ptr<Subprocess> process, Subprocess::start(options));
  const std::string group = fmt::format("{}\n", process->pid());
  if (write_no_sigpipe(guard->stdin_fd(), group) != static_cast<ssize_t>(group.size())) {
    return Error{ErrorCode::kIo, "its guard (/bin/sh) ended at once", options.argv.front()};
  }
  return std::unique_ptr<GuardedProcess>(new GuardedProcess(std::move(guard), std::move(process)));
}

GuardedProcess::~GuardedProcess() { end_all(); }

// The group is killed before the guard is released, and the child is reaped (by its destructor)
// only afterwards: its number cannot belong to anybody else while signals may still be sent to it.
int GuardedProcess::end_all() {
  tree_.refresh();
  process_->kill_group(SIGKILL);
  for (const pid_t pid : tree_.living()) {
    if (pid != process_->pid()) ::kill(pid, SIGKILL);
  }
  const int status = process_->wait();
  if (guard_ != nullptr) {
    (void)write_no_sigpipe(guard_->stdin_fd(), "done\n");
    guard_->close_stdin();
    guard_->wait();
    guard_ = nullptr;
  }
  return status;
}

}  // namespace assay::backends
