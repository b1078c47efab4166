// ProcessTransport: K copies of a program that answer requests as JSON lines on standard input and
// output (docs/process-protocol.md).
//
// One thread of its own starts the programs, writes, reads, stamps on arrival (before it looks at
// the bytes) and keeps the time limits; the loop thread only swaps vectors with it. A program takes
// one request at a time unless its hello line says more. When it dies, hangs or says something that
// is not the protocol, its requests end with an outcome that says so (their retry is the schedule's
// decision), and it is started again for the next request; kRestartsMax restarts in a row without a
// reply and it is given up.
//
//   ProcessTransport transport({.argv = {"python3", "model.py"}, .processes = 2});
//   ASSAY_TRY(ProcessInfo info, transport.prepare());
//   transport.start(std::move(attempt));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/api/transport.h"
#include "harness/base/result.h"

namespace assay::backends {

inline constexpr int kRestartsMax = 5;                // in a row, without a reply in between
inline constexpr size_t kStderrKeptBytes = 4 * 1024;  // the last ones, for messages

struct ProcessOptions {
  std::vector<std::string> argv;
  std::string cwd;
  uint32_t processes = 1;
  Nanos timeout = std::chrono::minutes(5);            // per request, from its first byte sent
  Nanos hello_wait = std::chrono::milliseconds(250);  // how long prepare() waits for hello lines
  bool hello_required = false;                        // no hello by then is an error
  Nanos stop_grace = std::chrono::milliseconds(500);  // from end of input to SIGTERM to SIGKILL
};

struct ProcessInfo {
  std::string version;       // of the first hello; empty: none came in time
  uint32_t concurrency = 1;  // requests that all programs take at once
};

class ProcessTransport final : public Transport {
 public:
  explicit ProcessTransport(ProcessOptions options);
  // Closes the programs' input, waits briefly, then stops them.
  ~ProcessTransport() override;
  ProcessTransport(const ProcessTransport&) = delete;
  ProcessTransport& operator=(const ProcessTransport&) = delete;

  // Starts all programs, once, before start(). Errors: the program cannot be started, ends at once,
  // or speaks another protocol.
  Result<ProcessInfo> prepare();
  void set_clock(const Clock& clock);
  // Of the programs, as they were last started. Any thread.
  [[nodiscard]] std::vector<int64_t> pids() const;
  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace assay::backends
