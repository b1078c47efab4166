// LoopGauge: the loop's own errors, measured while it runs: how late its timers find it awake, how
// long its turns are, what it costs. Every harness delays what it measures; this says by how much.
//
// Where it stands: filled by RunLoop on the loop thread (a heartbeat makes sure that there are
// samples when nothing else is due); read after the loop has ended.
//
//   LoopGauge gauge;
//   gauge.begin();                            // loop thread: CPU time counts from here
//   until = std::min(until, gauge.next_beat());
//   ... wait ...
//   gauge.woke(now, until);
//   gauge.end();
//   InstrumentUse use = gauge.use();          // loops = 1
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/base/clock.h"
#include "harness/types/load.h"

namespace assay::run {

// Durations in buckets that are 1/16 of a power of two wide: percentiles are at most 6.25 % too
// high, the maximum is exact, memory is constant. Above nine minutes everything is one bucket.
class DurationHistogram {
 public:
  void add(Nanos duration);
  void add(const DurationHistogram& other);
  [[nodiscard]] uint64_t count() const { return count_; }
  // The upper edge of the bucket that holds the value of rank ceil(p n), in seconds; at most the
  // maximum.
  [[nodiscard]] double quantile(double p) const;
  [[nodiscard]] Spread spread() const;

 private:
  static constexpr int kSubBits = 4;
  static constexpr int kPowers = 36;
  static constexpr size_t kBuckets = size_t{kPowers} << kSubBits;
  static size_t bucket_of(uint64_t ns);
  static uint64_t upper_edge(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ns_ = 0;
};

class LoopGauge {
 public:
  static constexpr Nanos kBeat = std::chrono::milliseconds(10);

  // Loop thread, around the loop.
  void begin(TimePoint now);
  void end();
  [[nodiscard]] TimePoint next_beat() const { return next_beat_; }
  // Awake again after a wait that ended at `until` at the latest: late when that has passed.
  void woke(TimePoint now, TimePoint until);
  // A turn from waking to sleeping.
  void turn(Nanos length) { turns_.add(length); }

  // After end(). Adds what another loop of the same load measured.
  void add(const LoopGauge& other);
  [[nodiscard]] InstrumentUse use() const;

 private:
  void look_at_wall_clock();

  DurationHistogram late_;
  DurationHistogram turns_;
  TimePoint next_beat_ = kNever;
  int64_t cpu_begin_ns_ = 0;
  int64_t cpu_ns_ = 0;
  int64_t delay_begin_ns_ = -1;
  int64_t delay_ns_ = -1;  // -1: the kernel does not say
  int64_t wall_offset_ns_ = 0;
  bool wall_known_ = false;
  uint64_t clock_steps_ = 0;
  uint32_t loops_ = 0;
};

}  // namespace assay::run
