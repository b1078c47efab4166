// MockChild: `assay mock` as a child of this process, on a free port of the loopback, with a log of
// its true times; for `assay bench --self-test`.
//
//   ASSAY_TRY(auto mock, MockChild::start({"--ttft", "500ms", "--itl", "20ms"}, log_path));
//   ... load on mock->url() ...
//   mock->stop();                                    // the log is complete
//   ASSAY_TRY(const MockTimes times, read_mock_log(log_path));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/subprocess.h"

namespace assay::app {

class MockChild {
 public:
  static Result<std::unique_ptr<MockChild>> start(const std::vector<std::string>& arguments,
                                                  const std::string& log);
  [[nodiscard]] const std::string& url() const { return url_; }
  void stop();

 private:
  explicit MockChild(std::unique_ptr<Subprocess> process) : process_(std::move(process)) {}
  std::unique_ptr<Subprocess> process_;
  std::string url_;
};

// What the mock says of one request. Steady clock, nanoseconds.
struct MockTimes {
  int64_t arrival_ns = 0;
  std::vector<int64_t> token_ns;  // when token k (from 0) was handed to the kernel
};

// By the number at the end of the reply's id.
Result<std::unordered_map<uint64_t, MockTimes>> read_mock_log(const std::string& path);

}  // namespace assay::app
