// MockLog: the log file of `assay mock`, one JSON line per request. The loop thread only appends to
// memory; a thread of the log's own writes, so that the disk never delays a reply.
//
//   ASSAY_TRY(std::unique_ptr<MockLog> log, MockLog::open("mock.jsonl"));
//   log->append(line);     // with its newline
//   log->hand_over();      // now and then; the destructor does so too, and waits for the disk
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "harness/base/result.h"

namespace assay::app::mock {

class MockLog {
 public:
  // Replaces the file.
  static Result<std::unique_ptr<MockLog>> open(const std::string& path);
  ~MockLog();
  MockLog(const MockLog&) = delete;
  MockLog& operator=(const MockLog&) = delete;

  void append(std::string_view line);
  void hand_over();

 private:
  static constexpr size_t kHandOverBytes = size_t{64} << 10;

  MockLog(int fd, std::string path);
  void write_all(const std::stop_token& stop);
  void write(std::string_view bytes);

  int fd_;
  std::string path_;
  std::string appended_;  // loop thread only
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::string handed_over_;  // under mutex_
  bool failed_ = false;      // writer thread only
  std::jthread writer_;      // last: it reads the others
};

}  // namespace assay::app::mock
