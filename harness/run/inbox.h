// Inbox: the one road back to the loop. New attempts come from the feeder, judged or failed ones
// from the stages; the loop drains it once a turn. Never blocks the loop; credits bound what can be
// in it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/base/bounded_queue.h"
#include "harness/run/waiter.h"
#include "harness/types/attempt.h"

namespace assay::run {

struct Feedback {
  AttemptPtr attempt;  // null: `lane` has been fed to its end
  uint32_t lane = 0;
};

class Inbox {
 public:
  explicit Inbox(Waiter& waiter) : waiter_(waiter) {}

  void put(AttemptPtr attempt) {
    std::vector<Feedback> one;
    const uint32_t lane = attempt->lane;
    one.push_back({std::move(attempt), lane});
    put_all(one);
  }
  void put_end_of_lane(uint32_t lane) {
    std::vector<Feedback> one;
    one.push_back({nullptr, lane});
    put_all(one);
  }
  void put_all(std::vector<Feedback>& feedback) {
    queue_.push_all_unbounded(feedback);
    waiter_.wake();
  }
  void drain(std::vector<Feedback>& out) { queue_.try_pop_all(out); }
  void wake() { waiter_.wake(); }

 private:
  Waiter& waiter_;
  BoundedQueue<Feedback> queue_{SIZE_MAX};
};

}  // namespace assay::run
