// ProcessSlot: one place of a process pool: the program that runs there now, its pipes' buffers and
// the requests it holds. Only the pool's thread touches it; every call returns at once.
//
// Where it stands: inside backends/transport/process.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/codec/lines.h"
#include "backends/transport/process.h"
#include "harness/base/subprocess.h"

namespace assay::backends {

// A request that a program is working on.
struct InFlight {
  AttemptPtr attempt;
  uint64_t stream = 0;
  std::string id;
  TimePoint deadline = kNever;
  size_t bytes = 0;  // of its reply so far
};

class ProcessSlot {
 public:
  // Starts the program with empty buffers.
  Result<void> start(const ProcessOptions& options);
  [[nodiscard]] bool running() const { return child_ != nullptr && !dying_; }
  [[nodiscard]] bool dying() const { return dying_; }
  [[nodiscard]] bool stopped() const { return child_ == nullptr; }

  // Queues bytes for its input and writes what fits; false when it no longer reads.
  bool send(std::string_view bytes);
  bool flush();
  [[nodiscard]] bool wants_to_write() const { return !unsent_.empty(); }
  // Reads once from its output. `bytes` is the scratch that is filled; false at the end of the
  // output.
  bool read_output(std::string& bytes);
  // Takes the next complete line out of what was read (with take_rest: what is left at the end).
  void add_output(std::string_view bytes) { unread_ += bytes; }
  std::optional<std::string_view> next_line();
  void drop_read_lines();
  std::string take_rest();
  [[nodiscard]] size_t unread_bytes() const { return unread_.size() - read_at_; }
  // Reads what there is of standard error, keeping the tail; false at its end.
  bool drain_stderr();

  // The program is to go; `kill` at once, otherwise it is already ending by itself.
  void begin_dying(TimePoint now, bool kill, std::string reason);
  // Once it is gone (or was given kDyingWait and was killed): why, with exit status and last words.
  std::optional<std::string> finish_dying(TimePoint now);
  void request_stop(int signal);
  void close_input();
  bool gone() { return child_ == nullptr || child_->try_wait().has_value(); }

  [[nodiscard]] pid_t pid() const { return child_->pid(); }  // unless stopped()
  [[nodiscard]] int stdin_fd() const { return child_->stdin_fd(); }
  [[nodiscard]] int stdout_fd() const { return child_->stdout_fd(); }
  [[nodiscard]] int stderr_fd() const { return child_->stderr_fd(); }

  std::vector<InFlight> in_flight;
  std::optional<HelloEvent> hello;
  bool said_something = false;  // a line since it was started
  TimePoint died{};             // when begin_dying was called
  int deaths_in_row = 0;        // without a reply in between
  bool given_up = false;

 private:
  void keep_stderr(std::string_view bytes);

  std::unique_ptr<Subprocess> child_;
  std::string unsent_;
  size_t sent_ = 0;
  std::string unread_;
  size_t read_at_ = 0;  // start of the first line not yet taken
  size_t scanned_ = 0;  // up to here there is no newline
  std::string last_words_;
  bool dying_ = false;
  bool killed_ = false;  // by us
  std::string reason_;
};

}  // namespace assay::backends
