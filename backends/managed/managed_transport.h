// ManagedTransport: an HTTP transport to a ManagedServer: knows when the server is dead.
//
// Where it stands: decorates the transport of the inner backend; belongs to the loop thread.
//
//   ManagedTransport transport(inner->transport(), *server);
//   transport.start(std::move(attempt));
//   TimePoint next = transport.collect(pieces);
//
// While the server is down, attempts wait here (their sent stamp is taken when they really go).
// An attempt that the server's death cut off ends as kCrashed; once the server does not come back,
// everything ends as kDenied with the reason, so that the lane stops. A connection error may be
// seen before the death that caused it: such an ending is held back for kVerdictWait, until it is
// known.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "backends/managed/managed_server.h"
#include "harness/api/transport.h"

namespace assay::backends {

class ManagedTransport final : public Transport {
 public:
  static constexpr Nanos kVerdictWait{std::chrono::milliseconds(250)};

  // Both outlive this. `measure_cpu`: at most one attempt is ever in flight, so that the server's
  // CPU time meanwhile is the attempt's.
  ManagedTransport(Transport& inner, ManagedServer& server, bool measure_cpu);
  ~ManagedTransport() override;
  ManagedTransport(const ManagedTransport&) = delete;
  ManagedTransport& operator=(const ManagedTransport&) = delete;

  void set_clock(const Clock& clock) { clock_ = &clock; }
  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override;
  [[nodiscard]] int fd() const override { return set_fd_; }

 private:
  struct Flight {
    uint32_t deaths;  // of the server before it went
    Nanos cpu;
  };
  struct Suspect {
    Piece piece;
    TimePoint until;
  };
  void send(AttemptPtr attempt);
  void send_waiting();
  void deny_waiting();
  void settle(Piece& piece);
  void end(AttemptPtr attempt, Outcome outcome, const std::string& error);
  [[nodiscard]] bool died_meanwhile(const Attempt& attempt) const;
  TimePoint release_suspects(std::vector<Piece>& out);
  void signal();  // any thread
  void drain_event();

  Transport& inner_;
  ManagedServer& server_;
  const bool measure_cpu_;
  SteadyClock steady_;
  const Clock* clock_ = &steady_;
  int event_fd_ = -1;
  int set_fd_ = -1;  // an epoll set of event_fd_ and the inner transport's; -1 where it has none
  std::deque<AttemptPtr> waiting_;
  std::unordered_map<const Attempt*, Flight> flights_;
  std::vector<Suspect> suspects_;
  std::vector<Piece> ended_;  // without the inner transport
  uint64_t next_stream_;
  bool overlapped_ = false;
};

}  // namespace assay::backends
