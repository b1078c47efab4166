// MachineSampler: what this machine and a server on it did during a load, sampled on a thread of
// its own.
//
// Where it stands: app's bench makes one for a model whose server runs on this machine, and puts
// the result into LoadInfo::machine; app's run makes one for the energy of local models. Main
// thread; the sampling thread has a nice value of +5, so that what is measured comes first.
// docs/machine.md says what each figure means.
//
//   machine::MachineSampler sampler({.pids = backend.server_pids()});
//   sampler.measure_idle(std::chrono::seconds(2));   // before anything is asked; blocks
//   sampler.begin();                                 // once for each load
//   ... the load ...
//   load.machine = sampler.end();
//
// Nothing that is absent is an error: figures stay -1 and the result's notes say why.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "harness/machine/machine_meter.h"

namespace assay::machine {

class MachineSampler {
 public:
  explicit MachineSampler(MachineSamplerOptions options);
  ~MachineSampler();  // ends the thread
  MachineSampler(const MachineSampler&) = delete;
  MachineSampler& operator=(const MachineSampler&) = delete;

  // Power of processors and GPUs with nothing asked, which later results carry as their baseline.
  // Blocks for `for_so_long`, or until stopped: then there is no baseline. Not during a load.
  void measure_idle(Nanos for_so_long, const std::stop_token& stop = {});
  // As MachineMeter's. Not during a load.
  [[nodiscard]] Result<void> energy_readable();
  // The server was started again, or another one is measured. Not during a load.
  void set_pids(std::vector<int64_t> pids, std::vector<std::string> notes = {});
  void begin();
  // What was used since begin().
  MachineUse end();

 private:
  void work(const std::stop_token& stop);
  // Sleeps until `until`; false when it was told to stop.
  bool sleep_until(TimePoint until, const std::stop_token& stop);

  const Nanos interval_;
  const Nanos scan_interval_;
  const SteadyClock clock_;
  MachineMeter meter_;  // the thread's while it runs
  double idle_watts_cpu_ = -1;
  double idle_watts_gpu_ = -1;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: everything above outlives it
};

}  // namespace assay::machine
