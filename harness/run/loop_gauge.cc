#include "harness/run/loop_gauge.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace assay::run {
namespace {

constexpr int64_t kStepNs = 1'000'000;  // between two looks 10 ms apart; slewing is far slower

int64_t read_clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// How long this thread was runnable without running, so far. -1: the kernel does not say.
int64_t run_delay_ns() {
  std::ifstream in("/proc/thread-self/schedstat");
  int64_t on_cpu = 0;
  int64_t delay = -1;
  if (!(in >> on_cpu >> delay)) return -1;
  return delay;
}

}  // namespace

size_t DurationHistogram::bucket_of(uint64_t ns) {
  constexpr uint64_t kSub = uint64_t{1} << kSubBits;
  if (ns < kSub) return ns;
  const int power = std::bit_width(ns) - 1 - kSubBits;  // of the bucket's width
  const size_t bucket = (static_cast<size_t>(power) << kSubBits) + (ns >> power);
  return std::min(bucket, kBuckets - 1);
}

uint64_t DurationHistogram::upper_edge(size_t bucket) {
  constexpr uint64_t kSub = uint64_t{1} << kSubBits;
  if (bucket < 2 * kSub) return bucket;
  const uint64_t power = (bucket >> kSubBits) - 1;
  const uint64_t mantissa = bucket - (power << kSubBits);
  return ((mantissa + 1) << power) - 1;
}

void DurationHistogram::add(Nanos duration) {
  const auto ns = static_cast<uint64_t>(std::max<int64_t>(0, duration.count()));
  ++counts_.at(bucket_of(ns));
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

void DurationHistogram::add(const DurationHistogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_.at(i) += other.counts_.at(i);
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

double DurationHistogram::quantile(double p) const {
  if (count_ == 0) return 0;
  const auto rank =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(p * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_.at(i);
    if (seen < rank) continue;
    if (i + 1 == kBuckets) break;  // it has no upper edge
    return static_cast<double>(std::min(upper_edge(i), max_ns_)) / 1e9;
  }
  return static_cast<double>(max_ns_) / 1e9;
}

Spread DurationHistogram::spread() const {
  return {count_, quantile(0.5), quantile(0.99), static_cast<double>(max_ns_) / 1e9};
}

void LoopGauge::begin(TimePoint now) {
  loops_ = 1;
  next_beat_ = now + kBeat;
  cpu_begin_ns_ = read_clock(CLOCK_THREAD_CPUTIME_ID);
  delay_begin_ns_ = run_delay_ns();
  look_at_wall_clock();
}

void LoopGauge::end() {
  cpu_ns_ += read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_begin_ns_;
  const int64_t delay = run_delay_ns();
  delay_ns_ = delay < 0 || delay_begin_ns_ < 0 ? -1 : delay - delay_begin_ns_;
}

void LoopGauge::woke(TimePoint now, TimePoint until) {
  if (until > now) return;  // something came before it
  late_.add(now - until);
  if (next_beat_ > now) return;
  look_at_wall_clock();
  // Beats that were slept through are not caught up: each would say the same again.
  next_beat_ = now + kBeat;
}

void LoopGauge::look_at_wall_clock() {
  const int64_t offset = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
  // A turn between the two readings looks like a step back only if it is long: asked twice.
  if (wall_known_ && std::llabs(offset - wall_offset_ns_) > kStepNs) {
    const int64_t again = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
    if (std::llabs(again - wall_offset_ns_) > kStepNs) ++clock_steps_;
    wall_offset_ns_ = again;
    return;
  }
  wall_offset_ns_ = offset;
  wall_known_ = true;
}

void LoopGauge::add(const LoopGauge& other) {
  late_.add(other.late_);
  turns_.add(other.turns_);
  cpu_ns_ += other.cpu_ns_;
  if (loops_ == 0) {
    delay_ns_ = other.delay_ns_;
  } else {
    delay_ns_ = delay_ns_ < 0 || other.delay_ns_ < 0 ? -1 : delay_ns_ + other.delay_ns_;
  }
  clock_steps_ = std::max(clock_steps_, other.clock_steps_);
  loops_ += other.loops_;
}

InstrumentUse LoopGauge::use() const {
  InstrumentUse use;
  use.loops = loops_;
  use.timer_late_s = late_.spread();
  use.loop_turn_s = turns_.spread();
  use.loop_cpu_s = static_cast<double>(cpu_ns_) / 1e9;
  use.run_delay_s = delay_ns_ < 0 ? -1 : static_cast<double>(delay_ns_) / 1e9;
  use.clock_steps = clock_steps_;
  return use;
}

}  // namespace assay::run
