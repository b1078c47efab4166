// MockStats: what the mock served. Loop thread only.
//
// Of requests to the API (POST, complete, with a body) this holds at every moment:
//   requests = completed + faults + rejected + aborted + in_flight
// A fault counts from its decision on, whatever becomes of the connection; a good reply counts when
// its last byte was handed to the kernel; aborted: the client went before that.
//
//   stats.to_json()   // {"requests":10700,"completed":10000,"faults":700, ...}
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "app/mock/mock_faults.h"
#include "harness/base/clock.h"

namespace assay::app::mock {

// Durations (how late steps were sent, how long requests waited), in quarters of an octave.
class Lateness {
 public:
  void add(Nanos late);
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] Nanos mean() const;
  [[nodiscard]] Nanos max() const { return max_; }
  // Upper end of the bucket that holds it; 0 without any.
  [[nodiscard]] Nanos quantile(double q) const;
  // {"n":..,"mean":..,"p50":..,"p99":..,"max":..} in microseconds.
  [[nodiscard]] std::string to_json() const;

 private:
  static constexpr size_t kBuckets = 4 * 44;  // up to hours

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  Nanos sum_{0};
  Nanos max_{0};
};

// Of the batch endpoints; none of it is among the requests of MockStats.
struct BatchStats {
  uint64_t files = 0;     // uploaded
  uint64_t batches = 0;   // created, those that fail as a whole too
  uint64_t requests = 0;  // in them
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t expired = 0;  // or cancelled
};

struct MockStats {
  uint64_t requests = 0;
  uint64_t chat = 0;
  uint64_t completions = 0;
  uint64_t messages = 0;
  uint64_t completed = 0;
  uint64_t aborted = 0;
  uint64_t in_flight = 0;
  std::array<uint64_t, kFaultKinds> faults{};
  std::map<int, uint64_t> rejected;  // by status: 400, 401, 404, 429 (a real limit)
  uint64_t models = 0;               // GET …/models
  uint64_t health = 0;
  uint64_t other = 0;     // further paths and methods
  uint64_t bad_http = 0;  // bytes that were no request
  uint64_t connections = 0;
  uint64_t connections_open = 0;
  uint64_t images = 0;
  uint64_t input_tokens = 0;   // of good replies
  uint64_t output_tokens = 0;  // of good replies
  Lateness lateness;           // of the writes of good replies
  Lateness queued;             // waits of good replies for a slot, where slots are limited
  int64_t slots = 0;           // 0: unlimited
  uint64_t slots_busy = 0;     // now; good replies that are being generated
  uint64_t waiting = 0;        // now; part of in_flight
  uint64_t waiting_max = 0;
  BatchStats batch;

  [[nodiscard]] std::string to_json() const;
};

}  // namespace assay::app::mock
