// GuardedProcess: a server's process with a guard beside it, so that nothing of it is left when
// this program ends, however it ends.
//
// Where it stands: behind ManagedServer, which starts, reads and stops it on one thread of its own;
// that thread must outlive it (see die_with_parent in harness/base/subprocess.h).
//
//   ASSAY_TRY(std::unique_ptr<GuardedProcess> server, GuardedProcess::start(options));
//   server->process().stdout_fd();
//   server->stop(std::chrono::seconds(10));
//
// The guard is a shell that waits on a pipe whose other end only this program holds. When the pipe
// closes without a word (this program was killed, with -9 too), it kills the server's process
// group; after an orderly stop it is told so and only goes away. The kernel's parent-death signal
// covers the moment in which the guard does not know the group yet. What leaves its process group
// on purpose (a daemon) is out of the guard's reach; stop() still finds it as long as it is a
// descendant.
#pragma once

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>

#include "backends/managed/process_tree.h"
#include "harness/base/result.h"
#include "harness/base/subprocess.h"

namespace assay::backends {

class GuardedProcess {
 public:
  // The options' process group, death signal and standard input are set here.
  static Result<std::unique_ptr<GuardedProcess>> start(SubprocessOptions options);
  ~GuardedProcess();  // as stop() without any grace
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  [[nodiscard]] Subprocess& process() { return *process_; }
  [[nodiscard]] ProcessTree& tree() { return tree_; }

  // SIGTERM to the group; after `grace` SIGKILL to the group and to every descendant that is still
  // there. `while_waiting` is called again and again meanwhile (to empty the pipes: a server that
  // cannot write its last lines does not end). Returns how the process itself ended.
  template <typename Work>
  int stop(std::chrono::milliseconds grace, Work while_waiting) {
    tree_.refresh();  // who belongs to it is hard to see once parents are gone
    process_->kill_group(SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + grace;
    do {
      while_waiting();
    } while (!process_->wait_for(kPause) && std::chrono::steady_clock::now() < deadline);
    return end_all();
  }

 private:
  static constexpr std::chrono::milliseconds kPause{20};

  GuardedProcess(std::unique_ptr<Subprocess> guard, std::unique_ptr<Subprocess> process)
      : guard_(std::move(guard)), process_(std::move(process)), tree_(process_->pid()) {}
  int end_all();

  std::unique_ptr<Subprocess> guard_;
  std::unique_ptr<Subprocess> process_;
  ProcessTree tree_;
};

}  // namespace assay::backends
