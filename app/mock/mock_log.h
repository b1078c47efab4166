// MockLog: the log file of `assay mock`, one JSON line per request. The loop thread only hands
// records over; a thread of the log's own turns them into text and writes, at a low priority, so
// that neither delays a reply.
//
//   ASSAY_TRY(std::unique_ptr<MockLog> log, MockLog::open("mock.jsonl"));
//   log->append(std::move(record));
//   log->hand_over();      // now and then; the destructor does so too, and waits for the disk
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/mock/send_times.h"
#include "harness/base/result.h"

namespace assay::app::mock {

// What one line says. Times are nanoseconds of the steady clock, -1 where it did not come to that.
struct LogRecord {
  uint64_t request = 0;
  uint64_t connection = 0;
  std::string_view endpoint;  // these views are of constants
  std::string_view fault;     // empty: none
  std::string_view end;
  bool stream = false;
  uint64_t body_hash = 0;
  uint32_t seen = 0;
  int status = 200;
  int64_t tokens = 0;  // of the reply as planned
  int64_t arrival_ns = 0;
  int64_t read_ns = 0;
  int64_t queued_ns = 0;
  int64_t head_ns = -1;
  std::array<int64_t, 4> mark_ns{-1, -1, -1, -1};  // role, finish, usage, [DONE]
  SendTimes sent;
  int64_t end_ns = 0;
};

// With its newline.
std::string log_line(const LogRecord& record);

class MockLog {
 public:
  // Replaces the file.
  static Result<std::unique_ptr<MockLog>> open(const std::string& path);
  ~MockLog();
  MockLog(const MockLog&) = delete;
  MockLog& operator=(const MockLog&) = delete;

  void append(LogRecord record);
  void hand_over();

 private:
  static constexpr size_t kHandOverRecords = 64;
  static constexpr size_t kWriteBytes = size_t{64} << 10;

  MockLog(int fd, std::string path);
  void write_all(const std::stop_token& stop);
  void write_records(const std::vector<LogRecord>& records);
  void write(std::string_view bytes);

  int fd_;
  std::string path_;
  std::vector<LogRecord> appended_;  // loop thread only
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::vector<LogRecord> handed_over_;  // under mutex_
  bool failed_ = false;                 // writer thread only
  std::jthread writer_;                 // last: it reads the others
};

}  // namespace assay::app::mock
