#include "harness/run/credits.h"

#include <algorithm>

namespace assay::run {

std::optional<LaneCredit> Credits::take(const std::vector<bool>& wants, uint32_t most) {
  std::unique_lock lock(mutex_);
  for (;;) {
    bool any_open = false;
    for (size_t i = 0; i < available_.size(); ++i) {
      const size_t lane = (next_lane_ + i) % available_.size();
      if (!wants[lane] || !open_[lane]) continue;
      any_open = true;
      if (available_[lane] < worthwhile_[lane] || bytes_held_ >= bytes_max_) continue;
      const uint32_t taken = std::min(available_[lane], most);
      available_[lane] -= taken;
      next_lane_ = lane + 1;
      return LaneCredit{static_cast<uint32_t>(lane), taken};
    }
    if (!any_open) return std::nullopt;
    changed_.wait(lock);
  }
}

void Credits::add_bytes(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_held_ += bytes;
}

void Credits::give_back(uint32_t lane, uint32_t credits, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const bool was_full = bytes_held_ >= bytes_max_;
  available_[lane] += credits;
  bytes_held_ -= bytes;
  const bool room_again = was_full && bytes_held_ < bytes_max_;
  if (available_[lane] >= worthwhile_[lane] || room_again) changed_.notify_one();
}

void Credits::close(uint32_t lane) {
  const std::lock_guard lock(mutex_);
  open_[lane] = false;
  changed_.notify_one();
}

void Credits::close_all() {
  const std::lock_guard lock(mutex_);
  open_.assign(open_.size(), false);
  changed_.notify_one();
}

bool Credits::bytes_exhausted() const {
  const std::lock_guard lock(mutex_);
  return bytes_held_ >= bytes_max_;
}

}  // namespace assay::run
