// RateLimiter: when a lane may start its next request under limits of requests and tokens a minute,
// given by the user or learnt from the replies' headers.
//
// Where it stands: one per lane, inside the schedule; loop thread, no I/O; time is a parameter.
//
// Given limits pace by the generic cell rate algorithm (ITU-T I.371): after a start costing n units
// of a limit L a minute, the next start is due n * 60 s / L later, with a burst of kBurst (a second
// of the limit, at least one request). Tokens are taken as estimated at the start and corrected by
// what the reply used. Learnt limits pace in the same way where the user gave none; a reply that
// says nothing remains holds the lane until the reset it names.
//
//   RateLimiter limiter({.requests_per_minute = 60});
//   if (limiter.ready_at(now) <= now) limiter.on_start(now, 1500);
//   limiter.on_reply(now, 1500, 1320, response.limits);
#pragma once

#include <cstdint>

#include "harness/base/clock.h"
#include "harness/types/response.h"

namespace assay::run {

struct RateOptions {
  int64_t requests_per_minute = 0;  // 0: not given
  int64_t tokens_per_minute = 0;
};

class RateLimiter {
 public:
  static constexpr Nanos kBurst{1'000'000'000};

  explicit RateLimiter(const RateOptions& options) : given_(options), in_force_(options) {}
  // The earliest time the next request may start; kNever never.
  [[nodiscard]] TimePoint ready_at(TimePoint now) const;
  void on_start(TimePoint now, int64_t tokens_estimated);
  void on_reply(TimePoint now, int64_t tokens_estimated, int64_t tokens_used,
                const RateLimits& said);
  // The limits that hold now, learnt ones included; for messages.
  [[nodiscard]] const RateOptions& in_force() const { return in_force_; }

 private:
  void learn(TimePoint now, const RateLimits& said);

  RateOptions given_;
  RateOptions in_force_;
  // Theoretical arrival times of the algorithm: when the next unit would be due without a burst.
  TimePoint requests_due_{};
  TimePoint tokens_due_{};
  TimePoint held_until_{};
};

}  // namespace assay::run
