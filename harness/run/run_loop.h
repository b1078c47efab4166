// The loop: starts what is due, collects what has arrived, sleeps. It records and never computes:
// no parsing, no writing, no blocking. Everything else happens in stages behind `arrived`, and
// comes back through the inbox.
#pragma once

#include <stop_token>
#include <vector>

#include "harness/api/transport.h"
#include "harness/base/bounded_queue.h"
#include "harness/run/inbox.h"
#include "harness/run/loop_gauge.h"
#include "harness/run/loop_schedule.h"
#include "harness/run/waiter.h"

namespace assay::run {

struct RunLoop {
  LoopSchedule& schedule;
  std::vector<Transport*> transports;  // by lane
  Inbox& inbox;
  Waiter& waiter;
  BoundedQueue<Piece>& arrived;
  LoopGauge* gauge = nullptr;  // measures the loop itself; null: nobody asks
  // The kernel stamps what arrives, so looks at the sockets may be some time apart: under a
  // thousand streams each then finds several readable, which halves the system calls of a token and
  // leaves the decoder its share of the processor. 0: every arrival is looked at when it comes.
  Nanos rest{0};

  // Until the schedule is finished. `stop` ends it early: nothing new is started, what is in flight
  // is cancelled.
  void run(const std::stop_token& stop);

 private:
  // Sleeps until `until` or a wake-up; `due`: when the next thing is due.
  void sleep(TimePoint until, TimePoint due);
};

}  // namespace assay::run
