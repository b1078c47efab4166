// MockServer: listens, and turns one event loop over all connections. Timers are absolute (one
// timerfd), so that a schedule of tokens does not drift.
//
//   ASSAY_TRY(std::unique_ptr<MockServer> server, MockServer::start(options));
//   print(server->url());
//   server->run();                       // until SIGINT or SIGTERM
//   print(server->stats_json());
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/mock/mock_options.h"
#include "harness/base/result.h"

namespace assay::app::mock {

class MockServer {
 public:
  // Accepts connections from here on. Error: the address is taken or not ours, the log cannot be
  // written.
  static Result<std::unique_ptr<MockServer>> start(const MockOptions& options);
  ~MockServer();
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  // "http://127.0.0.1:8000/v1", with the port that the system gave for port 0.
  [[nodiscard]] std::string url() const;
  void run();
  [[nodiscard]] std::string stats_json() const;

 private:
  struct Impl;
  explicit MockServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::app::mock
