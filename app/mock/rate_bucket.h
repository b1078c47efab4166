// RateBucket: how much of a limit per minute is left; full at the start, refilled evenly.
//
//   RateBucket bucket(60);
//   if (!bucket.take(1, now)) wait(bucket.until(1, now));
#pragma once

#include <algorithm>
#include <cstdint>

#include "harness/base/clock.h"

namespace assay::app::mock {

class RateBucket {
 public:
  explicit RateBucket(int64_t per_minute)
      : limit_(static_cast<double>(per_minute)), level_(limit_) {}

  // Whether `amount` was there; it is then gone.
  bool take(double amount, TimePoint now) {
    refill(now);
    if (level_ < amount) return false;
    level_ -= amount;
    return true;
  }
  // Takes what is there.
  void drain(double amount, TimePoint now) {
    refill(now);
    level_ = std::max(0.0, level_ - amount);
  }
  [[nodiscard]] int64_t remaining() const { return static_cast<int64_t>(level_); }
  // From the last call that took, until `amount` is there.
  [[nodiscard]] Nanos until(double amount) const {
    const double missing = std::min(amount, limit_) - level_;
    return missing <= 0 ? Nanos(0) : Nanos(static_cast<int64_t>(missing / limit_ * kMinuteNs) + 1);
  }
  [[nodiscard]] Nanos until_full() const { return until(limit_); }

 private:
  static constexpr double kMinuteNs = 60e9;

  void refill(TimePoint now) {
    const double passed_ns = last_ == TimePoint{} ? 0 : static_cast<double>((now - last_).count());
    level_ = std::min(limit_, level_ + std::max(0.0, passed_ns) * limit_ / kMinuteNs);
    last_ = now;
  }

  double limit_;
  double level_;
  TimePoint last_{};
};

}  // namespace assay::app::mock
