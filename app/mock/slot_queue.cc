#include "app/mock/slot_queue.h"

#include <algorithm>

#include "harness/base/check.h"

namespace assay::app::mock {

SlotQueue::SlotQueue(size_t slots) : limited_(slots > 0) {
  for (size_t i = 0; i < slots; ++i) free_.push(TimePoint::min());
}

std::optional<TimePoint> SlotQueue::enter(uint64_t ticket, TimePoint arrival) {
  if (!limited_ || !free_.empty()) {
    ++busy_;
    if (!limited_) return arrival;
    const TimePoint start = std::max(arrival, free_.top());
    free_.pop();
    return start;
  }
  const Place place{arrival, ++entered_};
  const bool fresh = places_.emplace(ticket, place).second;
  ASSAY_CHECK(fresh, "ticket {} waits already", ticket);
  waiting_.emplace(place, ticket);
  return std::nullopt;
}

void SlotQueue::leave(uint64_t ticket) {
  const auto found = places_.find(ticket);
  ASSAY_CHECK(found != places_.end(), "ticket {} does not wait", ticket);
  waiting_.erase(found->second);
  places_.erase(found);
}

std::optional<SlotQueue::Next> SlotQueue::release(TimePoint end) {
  ASSAY_CHECK(busy_ > 0, "no slot is busy");
  if (waiting_.empty()) {
    --busy_;
    if (limited_) free_.push(end);
    return std::nullopt;
  }
  const auto first = waiting_.begin();
  const Next next{first->second, std::max(first->first.first, end)};
  places_.erase(next.ticket);
  waiting_.erase(first);
  return next;
}

}  // namespace assay::app::mock
