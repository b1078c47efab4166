// SlotQueue: who is served when a server can do only K things at once; first come, first served.
// Time is that of the schedule, not of the loop: a slot is free from the moment its reply was due
// to end, and the next one begins then, however late the loop is. So the capacity is K / service
// time to the nanosecond.
//
// Where it stands: MockService asks it for each good reply; no sockets, no clock.
//
//   SlotQueue queue(2);
//   if (auto start = queue.enter(ticket, arrival)) begin(*start);     // otherwise it waits
//   if (auto next = queue.release(end)) begin(next->ticket, next->start);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/clock.h"

namespace assay::app::mock {

class SlotQueue {
 public:
  struct Next {
    uint64_t ticket = 0;
    TimePoint start{};
  };

  // 0: no limit; everything begins at its arrival.
  explicit SlotQueue(size_t slots);

  // When `ticket` begins: the later of its arrival and the moment the slot became free. Nothing: it
  // waits for release(). A ticket enters once.
  std::optional<TimePoint> enter(uint64_t ticket, TimePoint arrival);
  // One that waits goes away.
  void leave(uint64_t ticket);
  // One that had begun ends at `end`; who begins instead: the one with the earliest arrival.
  std::optional<Next> release(TimePoint end);

  [[nodiscard]] size_t busy() const { return busy_; }
  [[nodiscard]] size_t waiting() const { return waiting_.size(); }

 private:
  using Place = std::pair<TimePoint, uint64_t>;  // arrival, then order of entering

  bool limited_;
  size_t busy_ = 0;
  uint64_t entered_ = 0;
  // Since when each slot that is not busy is free.
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> free_;
  std::map<Place, uint64_t> waiting_;
  std::unordered_map<uint64_t, Place> places_;  // of those that wait
};

}  // namespace assay::app::mock
