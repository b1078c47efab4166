#include "suites/score/process_child.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr size_t kErrorsTailBytes = 400;
constexpr std::chrono::milliseconds kEndGrace{200};

std::string seconds_text(Nanos nanos) {
  return fmt::format("{} s", std::chrono::duration<double>(nanos).count());
}

}  // namespace

Result<std::unique_ptr<ProcessChild>> ProcessChild::start(const ProcessLimits& limits,
                                                          const std::vector<std::string>& argv,
                                                          const std::string& cwd) {
  SubprocessOptions options;
  options.argv = argv;
  options.cwd = cwd;
  options.nonblocking = true;
  // Scoring threads come and go while the child stays: it ends when its input does.
  options.die_with_parent = false;
  ASSAY_TRY(std::unique_ptr<Subprocess> process, Subprocess::start(options));
  return std::unique_ptr<ProcessChild>(new ProcessChild(limits, std::move(process)));
}

ProcessChild::~ProcessChild() {
  process_->close_stdin();
  (void)process_->wait_for(kEndGrace);
}

bool ProcessChild::has_ended() { return process_->try_wait().has_value(); }

// False at the deadline.
bool ProcessChild::wait_for_bytes(bool want_write, TimePoint deadline) {
  const SteadyClock clock;
  const Nanos left = deadline - clock.now();
  if (left <= Nanos(0)) return false;
  std::array<pollfd, 3> fds{{{process_->stdout_fd(), POLLIN, 0},
                             {process_->stderr_fd(), POLLIN, 0},
                             {want_write ? process_->stdin_fd() : -1, POLLOUT, 0}}};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  poll(fds.data(), fds.size(), static_cast<int>(std::min<int64_t>(ms, 1'000'000)));
  return true;
}

// Writes what the pipe takes; false when the reader is gone.
bool ProcessChild::write_some(std::string_view& rest) {
  while (!rest.empty()) {
    const ssize_t n = write_no_sigpipe(process_->stdin_fd(), rest);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    rest.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Reads what there is, at most a little beyond the limit; false at the end of the output.
bool ProcessChild::read_reply() {
  std::array<char, 65536> buffer;
  while (received_.size() <= limits_.reply_bytes_max) {
    const ssize_t n = read(process_->stdout_fd(), buffer.data(), buffer.size());
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    received_.append(buffer.data(), static_cast<size_t>(n));
  }
  return true;
}

void ProcessChild::read_errors() {
  if (process_->stderr_fd() < 0) return;
  std::array<char, 4096> buffer;
  constexpr int kReadsMax = 64;  // a program that floods must not keep us here
  for (int i = 0; i < kReadsMax; ++i) {
    const ssize_t n = read(process_->stderr_fd(), buffer.data(), buffer.size());
    if (n == 0) process_->close_stderr();
    if (n <= 0) return;
    errors_tail_.append(buffer.data(), static_cast<size_t>(n));
    if (errors_tail_.size() > 2 * kErrorsTailBytes) {
      errors_tail_.erase(0, errors_tail_.size() - kErrorsTailBytes);
    }
  }
}

std::string ProcessChild::end_reason() {
  const std::optional<int> status = process_->wait_for(kEndGrace);
  read_errors();
  std::string reason = "the scorer program closed its output";
  if (status) reason = fmt::format("the scorer program ended: {}", describe_exit(*status));
  std::string tail = errors_tail_;
  while (!tail.empty() && (tail.back() == '\n' || tail.back() == ' ')) tail.pop_back();
  if (tail.size() > kErrorsTailBytes) tail.erase(0, tail.size() - kErrorsTailBytes);
  return tail.empty() ? reason : fmt::format("{}; it wrote: {}", reason, sanitize_utf8(tail));
}

ProcessChild::Reply ProcessChild::ask(std::string_view request) {
  const SteadyClock clock;
  const TimePoint deadline = clock.now() + limits_.timeout;
  read_errors();
  if (!received_.empty()) return {{}, "the scorer program wrote a line that nobody asked for"};
  std::string_view rest = request;
  for (;;) {
    const bool reader_there = write_some(rest);
    const bool open = read_reply();
    read_errors();
    const size_t line_end = received_.find('\n');
    if (std::min(line_end, received_.size()) > limits_.reply_bytes_max) {
      return {{},
              fmt::format("the scorer program's reply is longer than {} bytes",
                          limits_.reply_bytes_max)};
    }
    if (line_end != std::string::npos) {
      Reply reply{received_.substr(0, line_end), {}};
      received_.erase(0, line_end + 1);
      return reply;
    }
    if (!open || !reader_there) return {{}, end_reason()};
    if (!wait_for_bytes(!rest.empty(), deadline)) {
      process_->kill_group(SIGKILL);
      return {
          {},
          fmt::format("the scorer program gave no reply within {}", seconds_text(limits_.timeout))};
    }
  }
}

}  // namespace assay::suites
