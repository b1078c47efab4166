// SingleStream: asks one model one request at a time and waits for each reply: no schedule, no
// retries, no store. What stands between the request and its stamps is the transport alone.
//
// Where it stands: under app/google_benchmark. One thread; run() blocks it.
//
//   SingleStream stream(backend);                       // prepared; nobody else drives it
//   AttemptPtr done = stream.run(std::move(attempt), stop);
//   done->stamps.done - done->stamps.sent
//
// A model with a virtual clock gets one that is moved to whatever its transport waits for, so its
// stamps are the delays that were asked for and no time passes.
#pragma once

#include <memory>
#include <stop_token>

#include "harness/api/backend.h"
#include "harness/run/waiter.h"

namespace assay::app {

class SingleStream {
 public:
  // The backend outlives this, and is not used by anybody else from here on: it keeps this clock
  // and wakes this waiter.
  explicit SingleStream(Backend& backend);
  // Encodes the request, starts it and returns the attempt with response and stamps. Requesting a
  // stop cancels it: the outcome is kCancelled then.
  AttemptPtr run(AttemptPtr attempt, const std::stop_token& stop);

 private:
  Backend& backend_;
  // Shared with the backend's wake function, which its threads may still call when this is gone.
  std::shared_ptr<run::Waiter> waiter_;
};

}  // namespace assay::app
