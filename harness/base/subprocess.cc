#include "harness/base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>

extern char** environ;  // NOLINT: declared by POSIX, not by a header

namespace assay {
namespace {

// A descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  ~Fd() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};

Error os_error(ErrorCode code, std::string_view where, std::string_view what, int number) {
  return Error{code, fmt::format("{}: {}", what, std::strerror(number)), std::string(where)};
}

// Descriptors 0 to 2 are where the child's own ends go: when the parent runs with one of them
// closed, a pipe could land there and be overwritten by the dup2 of another.
Result<Fd> above_stdio(Fd fd, std::string_view where) {
  if (fd.get() > 2) return fd;
  const int moved = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  if (moved < 0) return os_error(ErrorCode::kIo, where, "cannot make a pipe", errno);
  return Fd(moved);
}

Result<Pipe> make_pipe(std::string_view where) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0)
    return os_error(ErrorCode::kIo, where, "cannot make a pipe", errno);
  Fd read(fds[0]);
  Fd write(fds[1]);
  Pipe pipe;
  ASSAY_TRY(pipe.read, above_stdio(std::move(read), where));
  ASSAY_TRY(pipe.write, above_stdio(std::move(write), where));
  return pipe;
}

Result<Fd> open_null(std::string_view where) {
  Fd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) return os_error(ErrorCode::kIo, where, "cannot open /dev/null", errno);
  return above_stdio(std::move(fd), where);
}

// Why a path cannot be run, for people; empty when it can.
std::string why_not_runnable(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? "no such program" : std::strerror(errno);
  }
  if (S_ISDIR(info.st_mode)) return "is a folder, expected a program";
  if (!S_ISREG(info.st_mode)) return "is not a regular file, expected a program";
  if (::access(path.c_str(), X_OK) != 0)
    return "is not executable, expected a program (chmod +x makes a script one)";
  return {};
}

std::string join_path(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// argv[0] as a path, looked up the way a shell does.
Result<std::string> find_program(const SubprocessOptions& options) {
  const std::string& name = options.argv.front();
  if (name.empty()) return input_error("", "the program's name is empty");
  if (name.find('/') != std::string::npos) {
    const bool relative = name.front() != '/';
    const std::string path = relative ? join_path(options.cwd, name) : name;
    if (std::string why = why_not_runnable(path); !why.empty())
      return Error{ErrorCode::kNotFound, std::move(why), path};
    return path;
  }
  const char* path_variable = std::getenv("PATH");
  std::string_view rest = path_variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path_variable;
  std::string refused;
  while (true) {
    const size_t colon = rest.find(':');
    const std::string folder(rest.substr(0, colon));
    const std::string path = join_path(folder.empty() ? "." : folder, name);
    const std::string why = why_not_runnable(path);
    if (why.empty()) return path;
    if (refused.empty() && why != "no such program") refused = fmt::format("{} {}", path, why);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  return Error{ErrorCode::kNotFound, refused.empty() ? "no such program in PATH" : refused, name};
}

std::vector<std::string> merged_environment(const SubprocessOptions& options) {
  std::vector<std::string> env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view key = text.substr(0, text.find('='));
    const bool replaced = std::any_of(options.env.begin(), options.env.end(),
                                      [&](const auto& added) { return added.first == key; });
    if (!replaced) env.emplace_back(text);
  }
  for (const auto& [key, value] : options.env) env.push_back(fmt::format("{}={}", key, value));
  return env;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Where the child failed, and errno: what it reports through the pipe that exec closes.
enum class ChildStep : int { kStdio, kCwd, kExec };
struct ChildFailure {
  ChildStep step;
  int number;
};

// Everything the child needs, made before the fork: between fork and exec a child of a threaded
// program may only make async-signal-safe calls.
struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* env;
  const char* cwd;           // nullptr: stay
  std::array<int, 3> stdio;  // -1: inherit
  int report_fd;
  pid_t parent;
  bool new_process_group;
  bool die_with_parent;
};

[[noreturn]] void child_fail(const ChildPlan& plan, ChildStep step) {
  const ChildFailure failure{step, errno};
  const ssize_t written = ::write(plan.report_fd, &failure, sizeof failure);
  ::_exit(written == sizeof failure ? 127 : 126);
}

void reset_signals_in_child() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP)
      ::signal(number, SIG_DFL);  // refused ones: harmless
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(const ChildPlan& plan) {
  if (plan.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(125);  // it died before the line above
  }
  if (plan.new_process_group) ::setpgid(0, 0);
  for (int target = 0; target < 3; ++target) {
    const int from = plan.stdio[static_cast<size_t>(target)];
    if (from >= 0 && ::dup2(from, target) < 0) child_fail(plan, ChildStep::kStdio);
  }
  // Descriptors that libraries opened without close-on-exec; old kernels refuse, which is harmless.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (plan.cwd != nullptr && ::chdir(plan.cwd) != 0) child_fail(plan, ChildStep::kCwd);
  reset_signals_in_child();
  ::execve(plan.program, plan.argv, plan.env);
  child_fail(plan, ChildStep::kExec);
}

// All signals stay blocked around the fork, so that none of the parent's handlers runs in the
// child.
pid_t fork_with_signals_blocked(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) run_child(plan);
  const int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return pid;
}

// Blocks until the child has called exec (end of file) or failed before.
std::optional<ChildFailure> read_failure(int fd) {
  ChildFailure failure{};
  ssize_t n = 0;
  do {
    n = ::read(fd, &failure, sizeof failure);
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof failure)) return failure;
  return std::nullopt;
}

Error failure_to_error(const ChildFailure& failure, const std::string& program,
                       const SubprocessOptions& options) {
  switch (failure.step) {
    case ChildStep::kCwd:
      return os_error(ErrorCode::kNotFound, options.cwd, "cannot be the working directory",
                      failure.number);
    case ChildStep::kStdio:
      return os_error(ErrorCode::kIo, program, "cannot connect its pipes", failure.number);
    case ChildStep::kExec:
      break;
  }
  if (failure.number == ENOEXEC) {
    return input_error(program,
                       "cannot be started: neither a binary for this machine nor a script whose "
                       "first line is #!INTERPRETER");
  }
  if (failure.number == ENOENT) {
    return Error{ErrorCode::kNotFound,
                 "cannot be started: the interpreter of its first line does not exist", program};
  }
  return os_error(ErrorCode::kInput, program, "cannot be started", failure.number);
}

// The status of a child that has ended, leaving it unreaped, so that its number and that of its
// group stay its own for as long as we may send signals to them.
std::optional<int> peek_status(pid_t pid, int flags) {
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | flags);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return 0;  // no child of ours any more: SIGCHLD is ignored, nothing to learn
  if (info.si_pid == 0) return std::nullopt;
  return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

void reap(pid_t pid) {
  int raw = 0;
  while (::waitpid(pid, &raw, 0) < 0 && errno == EINTR) {
  }
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

// One standard stream: what the child gets and what we keep.
struct Stream {
  Fd child;
  Fd ours;
};

Result<Stream> make_stream(StdioMode mode, bool child_reads, std::string_view where) {
  Stream stream;
  if (mode == StdioMode::kNull) {
    ASSAY_TRY(stream.child, open_null(where));
  } else if (mode == StdioMode::kPipe) {
    ASSAY_TRY(Pipe pipe, make_pipe(where));
    stream.child = std::move(child_reads ? pipe.read : pipe.write);
    stream.ours = std::move(child_reads ? pipe.write : pipe.read);
  }
  return stream;
}

}  // namespace

Result<std::unique_ptr<Subprocess>> Subprocess::start(const SubprocessOptions& options) {
  if (options.argv.empty()) return input_error("", "no program is named");
  ASSAY_TRY(const std::string program, find_program(options));
  ASSAY_TRY(Stream in, make_stream(options.in, true, program));
  ASSAY_TRY(Stream out, make_stream(options.out, false, program));
  ASSAY_TRY(Stream err, make_stream(options.err, false, program));
  ASSAY_TRY(Pipe report, make_pipe(program));

  std::vector<std::string> argv = options.argv;
  std::vector<std::string> env = merged_environment(options);
  const std::vector<char*> argv_pointers = pointers_to(argv);
  const std::vector<char*> env_pointers = pointers_to(env);
  // A relative path was resolved against the parent's directory; after chdir it is relative to cwd.
  const bool relative_to_cwd = !options.cwd.empty() && options.argv.front().front() != '/' &&
                               options.argv.front().find('/') != std::string::npos;
  const ChildPlan plan{relative_to_cwd ? argv.front().c_str() : program.c_str(),
                       argv_pointers.data(),
                       env_pointers.data(),
                       options.cwd.empty() ? nullptr : options.cwd.c_str(),
                       {in.child.get(), out.child.get(), err.child.get()},
                       report.write.get(),
                       ::getpid(),
                       options.new_process_group,
                       options.die_with_parent};
  const pid_t pid = fork_with_signals_blocked(plan);
  if (pid < 0) return os_error(ErrorCode::kIo, program, "cannot be started", errno);
  report.write.reset();
  if (const auto failure = read_failure(report.read.get())) {
    reap(pid);
    return failure_to_error(*failure, program, options);
  }
  std::unique_ptr<Subprocess> child(new Subprocess(pid, options.new_process_group));
  child->stdin_ = in.ours.release();
  child->stdout_ = out.ours.release();
  child->stderr_ = err.ours.release();
  if (options.nonblocking) {
    for (const int fd : {child->stdin_, child->stdout_, child->stderr_}) {
      if (fd >= 0) set_nonblocking(fd);
    }
  }
  return child;
}

Subprocess::~Subprocess() {
  kill_group(SIGKILL);
  reap(pid_);
  close_stdin();
  close_stdout();
  close_stderr();
}

void Subprocess::close_stdin() { close_fd(stdin_); }
void Subprocess::close_stdout() { close_fd(stdout_); }
void Subprocess::close_stderr() { close_fd(stderr_); }

std::optional<int> Subprocess::try_wait() {
  if (!status_) status_ = peek_status(pid_, WNOHANG);
  return status_;
}

int Subprocess::wait() {
  if (!status_) status_ = peek_status(pid_, 0);
  return status_.value_or(0);
}

std::optional<int> Subprocess::wait_for(std::chrono::milliseconds limit) {
  using SteadyTime = std::chrono::steady_clock;
  const auto deadline = SteadyTime::now() + limit;
  std::chrono::microseconds pause{200};
  while (!try_wait() && SteadyTime::now() < deadline) {
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::microseconds>(pause * 2, std::chrono::milliseconds(10));
  }
  return status_;
}

void Subprocess::kill_group(int signal) { ::kill(own_group_ ? -pid_ : pid_, signal); }

std::string describe_exit(int status) {
  if (status >= 0) return fmt::format("exit code {}", status);
  return fmt::format("signal {} ({})", -status, ::strsignal(-status));
}

ssize_t write_no_sigpipe(int fd, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t written = 0;
  do {
    written = ::write(fd, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  const int number = errno;
  if (written < 0 && number == EPIPE && !was_pending) {
    // Ours: take it back before the mask is restored. A synchronous SIGPIPE goes to this thread.
    const timespec at_once{0, 0};
    while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return written;
}

}  // namespace assay
