// ConcurrencyControl: how many requests a lane keeps in flight. Fixed, or grown while the time a
// request takes holds, and cut back when the server says that it is too much.
//
// Where it stands: one per lane, inside the schedule; loop thread, no I/O, no clock of its own.
//
// Automatic mode, in windows of max(kWindowMin, 2 * limit) answers: the window's median of
// normalised time (time per output token where the model says how many, else time per request) is
// compared with the best window so far. Within kHolds of it: the limit doubles (slow start) until
// the first window that did not hold, from then on it grows by an eighth, at least 1. Beyond
// kHolds: slow start ends at the limit of the window before. Beyond kSuffers: the limit shrinks by
// a fifth. A rate limit halves it, at most once a window. The shape is AIMD as in TCP congestion
// control (RFC 5681), with delay as in TCP Vegas (Brakmo, Peterson, IEEE JSAC 13(8), 1995).
//
//   ConcurrencyControl control({.start = 4, .max = 256, .automatic = true});
//   control.on_answer(seconds, output_tokens);
//   control.on_rate_limited();
//   if (in_flight < control.limit()) ...
#pragma once

#include <cstdint>
#include <vector>

namespace assay::run {

struct ConcurrencyOptions {
  uint32_t start = 1;
  uint32_t max = 1;
  bool automatic = false;  // false: always `start`
};

class ConcurrencyControl {
 public:
  static constexpr uint32_t kWindowMin = 8;
  static constexpr double kHolds = 1.25;
  static constexpr double kSuffers = 1.6;

  explicit ConcurrencyControl(const ConcurrencyOptions& options);
  [[nodiscard]] uint32_t limit() const { return limit_; }
  // One answered request: how long it took from sent to done, and its output tokens (-1: not said).
  void on_answer(double seconds, int64_t output_tokens);
  void on_rate_limited();

 private:
  void end_window();

  ConcurrencyOptions options_;
  uint32_t limit_;
  uint32_t held_;  // the limit of the last window that held
  bool slow_start_ = true;
  bool cut_in_window_ = false;
  double best_ = 0;
  std::vector<double> window_;
};

}  // namespace assay::run
