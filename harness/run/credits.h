// Credits: how far the feeder may run ahead. An attempt holds one credit of its lane, and its bytes
// of the common budget, from the moment it is made until the schedule is done with it; so every
// queue behind the loop is bounded.
//
// Feeder thread: take(), add_bytes(). Loop thread: give_back(), close(), bytes_exhausted().
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace assay::run {

struct LaneCredit {
  uint32_t lane = 0;
  uint32_t credits = 0;
};

class Credits {
 public:
  Credits(std::vector<uint32_t> per_lane, uint64_t bytes_max)
      : available_(std::move(per_lane)), bytes_max_(bytes_max) {
    open_.resize(available_.size(), true);
    for (const uint32_t credits : available_) worthwhile_.push_back(worthwhile(credits));
  }

  static constexpr uint32_t kTurn = 32;
  // So many free credits of a lane's are worth waking the feeder for: a turn, or a quarter of few.
  static constexpr uint32_t worthwhile(uint32_t credits) {
    return std::clamp(credits / 4, 1U, kTurn);
  }

  // Blocks until an open lane that `wants` has credits for a turn and the byte budget is not spent;
  // takes at most `most` of one lane, turn by turn. Nothing when every wanted lane is closed.
  std::optional<LaneCredit> take(const std::vector<bool>& wants, uint32_t most);
  void add_bytes(uint64_t bytes);
  void give_back(uint32_t lane, uint32_t credits, uint64_t bytes);
  // No more of this lane: it was stopped or tripped.
  void close(uint32_t lane);
  void close_all();
  // The feeder waits for bytes, not for credits: a hungry lane will stay so until something ends.
  [[nodiscard]] bool bytes_exhausted() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<uint32_t> available_;
  std::vector<uint32_t> worthwhile_;  // by lane
  std::vector<bool> open_;
  const uint64_t bytes_max_;
  uint64_t bytes_held_ = 0;
  size_t next_lane_ = 0;
};

}  // namespace assay::run
