#include "harness/run/rate_limiter.h"

#include <algorithm>

namespace assay::run {
namespace {

constexpr double kMinuteNs = 60e9;
// A server's word is obeyed for so long at most: a header must not stop a run for a day.
constexpr Nanos kHoldMax{std::chrono::minutes(10)};

Nanos spacing(int64_t units, int64_t per_minute) {
  return Nanos(static_cast<int64_t>(static_cast<double>(units) * kMinuteNs /
                                    static_cast<double>(per_minute)));
}

}  // namespace

TimePoint RateLimiter::ready_at(TimePoint now) const {
  TimePoint ready = std::max(now, held_until_);
  if (in_force_.requests_per_minute > 0) {
    // A burst shorter than one request's spacing is one request.
    const Nanos burst = std::max(kBurst, spacing(1, in_force_.requests_per_minute));
    ready = std::max(ready, requests_due_ - burst + spacing(1, in_force_.requests_per_minute));
  }
  if (in_force_.tokens_per_minute > 0) ready = std::max(ready, tokens_due_ - kBurst);
  return ready;
}

void RateLimiter::on_start(TimePoint now, int64_t tokens_estimated) {
  if (in_force_.requests_per_minute > 0) {
    requests_due_ = std::max(requests_due_, now) + spacing(1, in_force_.requests_per_minute);
  }
  if (in_force_.tokens_per_minute > 0) {
    tokens_due_ =
        std::max(tokens_due_, now) + spacing(tokens_estimated, in_force_.tokens_per_minute);
  }
}

void RateLimiter::on_reply(TimePoint now, int64_t tokens_estimated, int64_t tokens_used,
                           const RateLimits& said) {
  if (in_force_.tokens_per_minute > 0 && tokens_used >= 0) {
    tokens_due_ += spacing(tokens_used - tokens_estimated, in_force_.tokens_per_minute);
  }
  learn(now, said);
}

void RateLimiter::learn(TimePoint now, const RateLimits& said) {
  if (given_.requests_per_minute == 0 && said.requests_per_minute > 0) {
    in_force_.requests_per_minute = said.requests_per_minute;
  }
  if (given_.tokens_per_minute == 0 && said.tokens_per_minute > 0) {
    in_force_.tokens_per_minute = said.tokens_per_minute;
  }
  const auto hold = [&](int64_t remaining, Nanos reset) {
    if (remaining == 0 && reset.count() > 0) {
      held_until_ = std::max(held_until_, now + std::min(reset, kHoldMax));
    }
  };
  hold(said.requests_remaining, said.requests_reset);
  hold(said.tokens_remaining, said.tokens_reset);
}

}  // namespace assay::run
