#include "app/mock/mock_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

namespace assay::app::mock {
namespace {

constexpr std::array<std::string_view, 4> kMarkNames = {"role_ns", "finish_ns", "usage_ns",
                                                        "done_ns"};
constexpr int kLowestPriority = 19;

// On one core the text of thousands of long replies must not stand before what is due; a loop
// that runs in real time must not have a writer of the same rank. Where this is refused, nothing
// is lost but time.
void yield_to_the_loop() {
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority);
}

}  // namespace

std::string log_line(const LogRecord& record) {
  std::string out = fmt::format(
      R"({{"request":{},"connection":{},"endpoint":"{}","stream":{},"body":"{:016x}","seen":{},)"
      R"("arrival_ns":{},"read_ns":{},"queued_ns":{},"head_ns":{})",
      record.request, record.connection, record.endpoint, record.stream, record.body_hash,
      record.seen, record.arrival_ns, record.read_ns, record.queued_ns, record.head_ns);
  for (size_t i = 0; i < kMarkNames.size(); ++i) {
    out += fmt::format(R"(,"{}":{})", kMarkNames.at(i), record.mark_ns.at(i));
  }
  std::string tokens;
  out += R"(,"sent_ns":[)";
  record.sent.for_each([&](int64_t ns, int64_t said) {
    const std::string_view comma = tokens.empty() ? "" : ",";
    out += comma;
    fmt::format_to(std::back_inserter(out), "{}", ns);
    tokens += comma;
    fmt::format_to(std::back_inserter(tokens), "{}", said);
  });
  out += R"(],"sent_tokens":[)" + tokens;
  const std::string fault = record.fault.empty() ? "null" : fmt::format("\"{}\"", record.fault);
  return out + fmt::format(R"(],"end_ns":{},"fault":{},"status":{},"tokens":{},"end":"{}"}})"
                           "\n",
                           record.end_ns, fault, record.status, record.tokens, record.end);
}

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

void MockLog::append(LogRecord record) {
  appended_.push_back(std::move(record));
  if (appended_.size() >= kHandOverRecords) hand_over();
}

void MockLog::hand_over() {
  if (appended_.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    std::move(appended_.begin(), appended_.end(), std::back_inserter(handed_over_));
  }
  appended_.clear();
  ready_.notify_one();
}

void MockLog::write_all(const std::stop_token& stop) {
  yield_to_the_loop();
  while (true) {
    std::vector<LogRecord> records;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, stop, [this] { return !handed_over_.empty(); });
      if (handed_over_.empty()) return;  // stopped, and nothing is left
      records.swap(handed_over_);
    }
    write_records(records);
  }
}

void MockLog::write_records(const std::vector<LogRecord>& records) {
  std::string bytes;
  for (const LogRecord& record : records) {
    bytes += log_line(record);
    if (bytes.size() < kWriteBytes) continue;
    write(bytes);
    bytes.clear();
  }
  write(bytes);
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
