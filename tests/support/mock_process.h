// MockProcess: `assay mock` as a child of a test, on a free port.
//
//   MockProcess mock({"--ttft", "50ms", "--fault", "429=10%"});
//   ASSERT_TRUE(mock.started()) << mock.error();
//   run_assay({"run", ..., "-m", mock.url() + "#mock"});
//   const Json stats = mock.stop();               // SIGTERM; the final counts
//   EXPECT_EQ(stats["requests"], 110);
//
// Start it from a thread that outlives it: the child dies with the thread that started it.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/subprocess.h"
#include "tests/support/cli.h"

namespace assay::test {

class MockProcess {
 public:
  explicit MockProcess(const std::vector<std::string>& arguments) {
    SubprocessOptions options;
    options.argv = {assay_program(), "mock"};
    if (std::find(arguments.begin(), arguments.end(), "--port") == arguments.end())
      options.argv.insert(options.argv.end(), {"--port", "0"});
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.in = StdioMode::kNull;
    options.err = StdioMode::kInherit;
    auto child = Subprocess::start(options);
    if (!child) {
      error_ = child.error().text();
      return;
    }
    child_ = std::move(*child);
    const std::string line = read_line();
    const std::string lead = "listening on ";
    if (line.rfind(lead, 0) == 0) {
      url_ = line.substr(lead.size());
    } else {
      error_ = "it printed `" + line + "`";
    }
  }

  [[nodiscard]] bool started() const { return !url_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }
  // "http://127.0.0.1:40123/v1"
  [[nodiscard]] const std::string& url() const { return url_; }
  // "http://127.0.0.1:40123"
  [[nodiscard]] std::string root() const { return url_.substr(0, url_.size() - 3); }
  [[nodiscard]] int port() const { return std::stoi(root().substr(root().rfind(':') + 1)); }
  [[nodiscard]] pid_t pid() const { return child_->pid(); }

  // Ends it by `signal` and gives what it printed last; null where that was no JSON. Once.
  Json stop(int signal = SIGTERM) {
    kill(child_->pid(), signal);
    const std::string line = read_line();
    exit_status_ = child_->wait_for(std::chrono::seconds(60));
    auto stats = parse_json(line, "stats of the mock");
    return stats ? *stats : Json();
  }
  [[nodiscard]] std::optional<int> exit_status() const { return exit_status_; }

 private:
  // Up to a newline, the end, or a minute.
  std::string read_line() {
    std::string line;
    char c = 0;
    pollfd readable{child_->stdout_fd(), POLLIN, 0};
    while (poll(&readable, 1, 60'000) == 1 && read(child_->stdout_fd(), &c, 1) == 1 && c != '\n') {
      line += c;
    }
    return line;
  }

  std::unique_ptr<Subprocess> child_;
  std::string url_;
  std::string error_;
  std::optional<int> exit_status_;
};

}  // namespace assay::test
