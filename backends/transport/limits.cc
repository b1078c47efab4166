#include "backends/transport/limits.h"

namespace assay::backends {

void Limits::arm(LimitClient& client, TimePoint deadline) {
  if (deadline != kNever && client.armed_ <= deadline) return;
  if (client.armed_ != kNever) pending_.erase({client.armed_, &client});
  client.armed_ = deadline;
  if (deadline != kNever) pending_.emplace(deadline, &client);
}

void Limits::end_overdue(TimePoint now) {
  while (!pending_.empty() && pending_.begin()->first <= now) {
    LimitClient* const client = pending_.begin()->second;
    arm(*client, kNever);
    client->on_overdue(now);
  }
}

}  // namespace assay::backends
