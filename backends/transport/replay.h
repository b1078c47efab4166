// ReplayTransport: answers from a ReplayArchive, with the durations that were stored, as computed
// stamps on the run's (virtual) clock.
//
// Every attempt of an item gives the stored reply: its last attempt in the run file. What is not
// there is kRejected, so that the run says which samples it could not replay instead of retrying.
//
//   ReplayTransport transport(archive, "old.assay");
//   transport.set_clock(clock);
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backends/transport/replay_archive.h"
#include "backends/transport/timed_pieces.h"
#include "harness/api/transport.h"

namespace assay::backends {

class ReplayTransport final : public Transport {
 public:
  // `archive` is filled before start() and outlives this; `run` names the file in messages.
  ReplayTransport(const ReplayArchive& archive, std::string run)
      : archive_(archive), run_(std::move(run)) {}

  void set_clock(const Clock& clock) { clock_ = &clock; }
  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  [[nodiscard]] StoredReply reply_for(const Attempt& attempt) const;

  const ReplayArchive& archive_;
  const std::string run_;
  const SteadyClock steady_;
  const Clock* clock_ = &steady_;
  std::function<void()> wake_;
  TimedPieces timed_;
};

}  // namespace assay::backends
