// Limits: the times at which transfers must be looked at, one each.
//
// Where it stands: inside the loops of the HTTP transports (loop thread). Progress only moves a
// transfer's limit later: then the old one stays, passes, and the transfer is asked again. So a
// chunk of a reply costs nothing here.
//
//   limits.arm(client, deadline);
//   limits.end_overdue(now);              // client.on_overdue(now)
//   TimePoint next = limits.next();
#pragma once

#include <set>
#include <utility>

#include "harness/base/clock.h"

namespace assay::backends {

class LimitClient {
 public:
  LimitClient() = default;
  virtual ~LimitClient() = default;
  LimitClient(const LimitClient&) = delete;
  LimitClient& operator=(const LimitClient&) = delete;
  // The time it was armed for has come. It has left the list: it is armed again or ends.
  virtual void on_overdue(TimePoint now) = 0;

 private:
  friend class Limits;
  TimePoint armed_ = kNever;
};

class Limits {
 public:
  // One per client; the earlier one holds until it has passed. kNever takes it out.
  void arm(LimitClient& client, TimePoint deadline);
  void end_overdue(TimePoint now);
  [[nodiscard]] TimePoint next() const {
    return pending_.empty() ? kNever : pending_.begin()->first;
  }

 private:
  std::set<std::pair<TimePoint, LimitClient*>> pending_;
};

}  // namespace assay::backends
