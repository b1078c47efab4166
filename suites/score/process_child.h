// ProcessChild: one running scorer program, asked one line at a time. Internal to the scorer
// `process`.
//
// Not shared between threads: the pool lends a child to one judge() at a time.
//
//   ASSAY_TRY(std::unique_ptr<ProcessChild> child, ProcessChild::start(limits, argv, cwd));
//   const ProcessChild::Reply reply = child->ask("{...}\n");
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/base/subprocess.h"

namespace assay::suites {

struct ProcessLimits {
  Nanos timeout{std::chrono::seconds(30)};  // for one reply, start-up included
  size_t reply_bytes_max = size_t{1} << 20;
};

class ProcessChild {
 public:
  struct Reply {
    std::string line;    // without its line feed
    std::string failed;  // why there is none; the child must be thrown away then
  };

  static Result<std::unique_ptr<ProcessChild>> start(const ProcessLimits& limits,
                                                     const std::vector<std::string>& argv,
                                                     const std::string& cwd);
  // Closes its input, gives it a moment to end by itself, then kills it.
  ~ProcessChild();
  ProcessChild(const ProcessChild&) = delete;
  ProcessChild& operator=(const ProcessChild&) = delete;

  // It ended while nobody asked.
  [[nodiscard]] bool has_ended();
  // Writes `request` (with its line feed) and reads one line. Blocks up to the timeout.
  Reply ask(std::string_view request);

 private:
  ProcessChild(const ProcessLimits& limits, std::unique_ptr<Subprocess> process)
      : limits_(limits), process_(std::move(process)) {}
  bool wait_for_bytes(bool want_write, TimePoint deadline);
  bool write_some(std::string_view& rest);
  bool read_reply();
  void read_errors();
  std::string end_reason();

  ProcessLimits limits_;
  std::unique_ptr<Subprocess> process_;
  std::string received_;     // of standard output, not yet answered with
  std::string errors_tail_;  // the end of what it wrote to standard error
};

}  // namespace assay::suites
