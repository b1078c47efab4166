#include "harness/run/concurrency_control.h"

#include <algorithm>
#include <cstddef>

namespace assay::run {

ConcurrencyControl::ConcurrencyControl(const ConcurrencyOptions& options)
    : options_(options), limit_(options.start), held_(options.start) {}

void ConcurrencyControl::on_answer(double seconds, int64_t output_tokens) {
  if (!options_.automatic) return;
  const double tokens = output_tokens > 0 ? static_cast<double>(output_tokens) : 1.0;
  window_.push_back(seconds / tokens);
  if (window_.size() >= std::max(kWindowMin, 2 * limit_)) end_window();
}

void ConcurrencyControl::on_rate_limited() {
  if (!options_.automatic) return;
  slow_start_ = false;
  if (cut_in_window_) return;
  cut_in_window_ = true;
  limit_ = std::max<uint32_t>(1, limit_ / 2);
  window_.clear();
}

void ConcurrencyControl::end_window() {
  const auto middle = window_.begin() + static_cast<std::ptrdiff_t>(window_.size() / 2);
  std::nth_element(window_.begin(), middle, window_.end());
  const double median = *middle;
  window_.clear();
  cut_in_window_ = false;
  if (best_ <= 0 || median < best_) best_ = median;
  if (median > kSuffers * best_) {
    limit_ =
        std::max<uint32_t>(1, slow_start_ ? held_ : limit_ - std::max<uint32_t>(1, limit_ / 5));
    slow_start_ = false;
  } else if (median > kHolds * best_) {
    if (slow_start_) limit_ = held_;
    slow_start_ = false;
  } else {
    held_ = limit_;
    const uint32_t step = slow_start_ ? limit_ : std::max<uint32_t>(1, limit_ / 8);
    limit_ = std::min(options_.max, limit_ + step);
  }
}

}  // namespace assay::run
