#include "backends/transport/process_slot.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr Nanos kDyingWait = std::chrono::milliseconds(200);  // for its exit code and last words
constexpr size_t kReadBytes = 64 * 1024;
constexpr int kStderrReadsMax = 16;  // per turn, so that a flood does not hold up replies

// Bytes read, 0 at the end, nothing when there is nothing to read now.
std::optional<size_t> read_some(int fd, char* into, size_t size) {
  ssize_t n = 0;
  do {
    n = ::read(fd, into, size);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return static_cast<size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
  return 0;  // a broken pipe end is the end
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<void> ProcessSlot::start(const ProcessOptions& options) {
  SubprocessOptions program;
  program.argv = options.argv;
  program.cwd = options.cwd;
  program.nonblocking = true;
  ASSAY_TRY(child_, Subprocess::start(program));
  unsent_.clear();
  sent_ = 0;
  unread_.clear();
  read_at_ = 0;
  scanned_ = 0;
  last_words_.clear();
  hello.reset();
  said_something = false;
  return {};
}

bool ProcessSlot::send(std::string_view bytes) {
  unsent_ += bytes;
  return flush();
}

bool ProcessSlot::flush() {
  while (sent_ < unsent_.size()) {
    const ssize_t n = write_no_sigpipe(child_->stdin_fd(), std::string_view(unsent_).substr(sent_));
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    sent_ += static_cast<size_t>(n);
  }
  unsent_.clear();
  sent_ = 0;
  return true;
}

bool ProcessSlot::read_output(std::string& bytes) {
  bytes.resize(kReadBytes);
  const std::optional<size_t> n = read_some(child_->stdout_fd(), bytes.data(), bytes.size());
  bytes.resize(n.value_or(0));
  return n != std::optional<size_t>(0);
}

std::optional<std::string_view> ProcessSlot::next_line() {
  const size_t end = unread_.find('\n', std::max(scanned_, read_at_));
  if (end == std::string::npos) {
    scanned_ = unread_.size();
    return std::nullopt;
  }
  const std::string_view line(unread_.data() + read_at_, end - read_at_);
  read_at_ = end + 1;
  return line;
}

void ProcessSlot::drop_read_lines() {
  unread_.erase(0, read_at_);
  scanned_ -= std::min(scanned_, read_at_);
  read_at_ = 0;
}

std::string ProcessSlot::take_rest() {
  drop_read_lines();
  scanned_ = 0;
  return std::exchange(unread_, {});
}

bool ProcessSlot::drain_stderr() {
  std::array<char, 16 * 1024> buffer;
  for (int i = 0; i < kStderrReadsMax && child_->stderr_fd() >= 0; ++i) {
    const std::optional<size_t> n = read_some(child_->stderr_fd(), buffer.data(), buffer.size());
    if (!n) return true;
    if (*n == 0) {
      child_->close_stderr();
      return false;
    }
    keep_stderr({buffer.data(), *n});
  }
  return child_->stderr_fd() >= 0;
}

void ProcessSlot::keep_stderr(std::string_view bytes) {
  last_words_ += bytes;
  if (last_words_.size() > kStderrKeptBytes)
    last_words_.erase(0, last_words_.size() - kStderrKeptBytes);
}

void ProcessSlot::begin_dying(TimePoint now, bool kill, std::string reason) {
  if (dying_) return;
  dying_ = true;
  killed_ = kill;
  died = now;
  reason_ = std::move(reason);
  child_->close_stdin();
  if (kill) child_->kill_group(SIGKILL);
}

std::optional<std::string> ProcessSlot::finish_dying(TimePoint now) {
  const bool more_words = child_->stderr_fd() >= 0 && drain_stderr();
  std::optional<int> status = child_->try_wait();
  if (now - died < kDyingWait && (!status || more_words)) return std::nullopt;
  if (!status) {
    child_->kill_group(SIGKILL);
    child_->wait();
  }
  std::string text = reason_;
  if (status && !(killed_ && *status == -SIGKILL))
    text += fmt::format(", {}", describe_exit(*status));
  const std::string words = sanitize_utf8(trimmed(last_words_));
  if (!words.empty()) text += fmt::format("; its last words on standard error:\n{}", words);
  child_.reset();
  dying_ = false;
  return text;
}

void ProcessSlot::request_stop(int signal) {
  if (child_ != nullptr) child_->kill_group(signal);
}

void ProcessSlot::close_input() {
  if (child_ != nullptr) child_->close_stdin();
}

}  // namespace assay::backends
