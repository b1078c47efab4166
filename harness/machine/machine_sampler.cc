#include "harness/machine/machine_sampler.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "harness/base/check.h"

namespace assay::machine {
namespace {

constexpr int kNice = 5;
constexpr Nanos kIntervalMin = std::chrono::milliseconds(1);

// On Linux a nice value is a thread's. Refused: it stays as it is, which is as good as can be.
void be_nice() {
  const int now = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), now + kNice);
}

}  // namespace

MachineSampler::MachineSampler(MachineSamplerOptions options)
    : interval_(std::max(options.interval, kIntervalMin)),
      scan_interval_(options.scan_interval),
      meter_(std::move(options)) {}

MachineSampler::~MachineSampler() = default;

void MachineSampler::set_pids(std::vector<int64_t> pids, std::vector<std::string> notes) {
  ASSAY_CHECK(!thread_.joinable(), "a load is being measured");
  meter_.set_pids(std::move(pids), std::move(notes));
}

Result<void> MachineSampler::energy_readable() {
  ASSAY_CHECK(!thread_.joinable(), "a load is being measured");
  return meter_.energy_readable();
}

void MachineSampler::measure_idle(Nanos for_so_long, const std::stop_token& stop) {
  begin();
  sleep_until(clock_.now() + for_so_long, stop);
  const MachineUse use = end();
  const bool whole = !stop.stop_requested() && use.seconds > 0;
  idle_watts_cpu_ = whole && use.cpu_joules >= 0 ? use.cpu_joules / use.seconds : -1;
  idle_watts_gpu_ = whole && use.gpu_joules >= 0 ? use.gpu_joules / use.seconds : -1;
}

void MachineSampler::begin() {
  ASSAY_CHECK(!thread_.joinable(), "begun twice");
  meter_.start(clock_.now());
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

MachineUse MachineSampler::end() {
  ASSAY_CHECK(thread_.joinable(), "not begun");
  thread_.request_stop();
  thread_.join();
  MachineUse use = meter_.finish(clock_.now());
  use.idle_watts_cpu = idle_watts_cpu_;
  use.idle_watts_gpu = idle_watts_gpu_;
  return use;
}

void MachineSampler::work(const std::stop_token& stop) {
  be_nice();
  TimePoint next = clock_.now() + interval_;
  TimePoint next_scan = clock_.now() + scan_interval_;
  while (sleep_until(next, stop)) {
    const TimePoint now = clock_.now();
    const bool scan = now >= next_scan;
    meter_.sample(now, scan);
    if (scan) next_scan = now + scan_interval_;
    // A machine that is too busy to sample in time loses readings; it does not catch up.
    next = std::max(next + interval_, clock_.now());
  }
}

bool MachineSampler::sleep_until(TimePoint until, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace assay::machine
