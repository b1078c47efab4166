// Progress: counters per lane that the loop, decode and scoring threads bump and the display reads
// at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

namespace assay::run {

struct LaneProgress {
  [[nodiscard]] bool running() const { return started_ns != 0 && ended_ns == 0; }

  std::string model;                  // set before the threads start
  uint64_t total = 0;                 // items of this lane, the ones already in the file included
  std::atomic<uint64_t> done{0};      // judged, or given up; starts at what the file already has
  std::atomic<uint64_t> failed{0};    // given up after all attempts
  std::atomic<uint64_t> unneeded{0};  // left out because a stop rule had decided
  std::atomic<uint64_t> retries{0};
  std::atomic<uint64_t> output_tokens{0};  // where the model says
  std::atomic<uint64_t> asked{0};          // attempts started in this session
  std::atomic<int64_t> started_ns{0};      // steady clock; 0: its turn has not come
  std::atomic<int64_t> ended_ns{0};        // 0: still running
  std::atomic<uint32_t> in_flight{0};
  std::atomic<uint32_t> concurrency{0};  // the limit in force
  std::atomic<int64_t> spent_nano{0};    // in this session, where prices are known
  std::string trip_reason;               // the last error; set before `tripped`
  std::atomic<bool> tripped{false};      // gave up: nothing but fatal errors
};

// One per run; lanes stay at their address.
struct Progress {
  std::deque<LaneProgress> lanes;
};

}  // namespace assay::run
