#include "app/mock/mock_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace assay::app::mock {

Result<std::unique_ptr<MockLog>> MockLog::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Error{ErrorCode::kIo, std::strerror(errno), path};
  return std::unique_ptr<MockLog>(new MockLog(fd, path));
}

MockLog::MockLog(int fd, std::string path)
    : fd_(fd),
      path_(std::move(path)),
      writer_([this](const std::stop_token& stop) { write_all(stop); }) {}

MockLog::~MockLog() {
  hand_over();
  writer_.request_stop();
  writer_.join();
  close(fd_);
}

void MockLog::append(std::string_view line) {
  appended_ += line;
  if (appended_.size() >= kHandOverBytes) hand_over();
}

void MockLog::hand_over() {
  if (appended_.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    handed_over_ += appended_;
  }
  appended_.clear();
  ready_.notify_one();
}

void MockLog::write_all(const std::stop_token& stop) {
  std::string bytes;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, stop, [this] { return !handed_over_.empty(); });
      if (handed_over_.empty()) return;  // stopped, and nothing is left
      bytes.clear();
      bytes.swap(handed_over_);
    }
    write(bytes);
  }
}

void MockLog::write(std::string_view bytes) {
  while (!bytes.empty() && !failed_) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      failed_ = true;  // said once; the mock goes on
      fmt::print(stderr, "assay mock: {}: {}; the log ends here\n", path_, std::strerror(errno));
    }
  }
}

}  // namespace assay::app::mock
