// ManagedServer: a model server on this machine that Assay starts, watches, restarts once and
// stops; or one that already runs and is only used. Knows nothing of models or wire formats.
//
// Where it stands: owned by a managed backend; ManagedTransport asks it whether requests may go.
// start(), stop(), take_facts() and measure() belong to the main thread, the rest to any. A thread
// of its own starts the process (see GuardedProcess), empties its pipes and notices its death.
//
//   ManagedServerOptions options;
//   options.name = "llama-server";
//   options.argv = {"llama-server", "-m", "model.gguf", "--port", "{port}"};
//   ASSAY_TRY(std::unique_ptr<ManagedServer> server, ManagedServer::make(std::move(options)));
//   ASSAY_TRY_VOID(server->start());          // blocks until it is healthy
//   server->origin();                         // "http://127.0.0.1:40113"
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/types/fact.h"

namespace assay::backends {

struct ManagedServerOptions {
  std::string name;               // for messages and events: "llama-server"
  std::vector<std::string> argv;  // "{port}" inside a word stands for the port
  std::string cwd;
  std::vector<std::pair<std::string, std::string>> env;  // "{port}" in values too
  uint16_t port = 0;                      // 0: a free one; otherwise a server that already listens
                                          // there and is healthy is used and never stopped
  std::string health_path = "/health";    // 2xx: ready
  std::vector<std::string> version_argv;  // asked when the server itself does not say; may be empty
  bool restart = true;                    // once, after a crash
  std::chrono::milliseconds start_timeout = std::chrono::minutes(10);
  std::chrono::milliseconds stop_grace = std::chrono::seconds(10);
  std::function<void(const std::string&)> notice;  // progress, for people; called by start()
  std::stop_token stop;                            // start() gives up when it is requested
};

enum class ServerState : uint8_t {
  kDown,     // not started yet, starting (again), or stopped
  kHealthy,  // requests may go
  kFailed,   // died and does not come back
};

class ManagedServer {
 public:
  // Reserves the port. Error: the wanted port cannot be used.
  static Result<std::unique_ptr<ManagedServer>> make(ManagedServerOptions options);
  ~ManagedServer();  // as stop()
  ManagedServer(const ManagedServer&) = delete;
  ManagedServer& operator=(const ManagedServer&) = delete;

  // Blocks until the server is healthy. Errors hold the tail of its output: it cannot be started,
  // ends, is not healthy within start_timeout; or another program has the port.
  Result<void> start();
  // SIGTERM, stop_grace, SIGKILL, for exactly what start() started. Idempotent.
  void stop();

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] uint16_t port() const;
  [[nodiscard]] std::string origin() const;
  [[nodiscard]] bool attached() const;  // it ran already
  [[nodiscard]] std::string version() const;
  [[nodiscard]] pid_t pid() const;  // of the process that runs now; 0: none of ours

  [[nodiscard]] ServerState state() const;
  // Grows by one with every death of the process.
  [[nodiscard]] uint32_t deaths() const;
  // Why it is down or failed, for people; of the last death.
  [[nodiscard]] std::string last_failure() const;
  // Called (from the server's thread) after each change of state() or deaths(). An empty function:
  // no calls any more once this returns.
  void set_on_change(std::function<void()> on_change);

  // CPU time of the server and everything it started, restarts included. -1: not ours.
  [[nodiscard]] Nanos cpu() const;
  // Events since the last call.
  std::vector<EventFact> take_events();
  // cpu_seconds (since it was healthy), rss_bytes and rss_peak_bytes of the whole tree, each named
  // with ":label"; after stop() the last ones measured. Nothing when it is not ours.
  std::vector<GaugeFact> measure(const std::string& label);

 private:
  class Worker;
  explicit ManagedServer(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace assay::backends
