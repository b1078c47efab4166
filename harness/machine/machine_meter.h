// MachineMeter: adds up what a server's processes, the processor packages and the GPUs used between
// two moments. The arithmetic of MachineSampler, without its thread and its clock.
//
// Where it stands: harness/machine. One thread at a time.
//
//   MachineMeter meter(options);          // opens NVML and the energy counters
//   meter.start(now);                     // a reading of everything
//   meter.sample(now, false);             // as often as wanted; true: look for new processes too
//   MachineUse use = meter.finish(now);   // a last reading
//
// Formulas (n readings at t_0 = start .. t_n = finish):
//   server CPU          C(t_n) - C(t_0), C of TreeAccount
//   server resident     max over readings of TreeAccount's sum
//   GPU utilisation     mean over readings; GPU memory: max over readings
//   GPU energy          counter: E(t_n) - E(t_0); without a counter, or when it went back:
//                       Σ (P_i + P_i+1) / 2 · (t_i+1 - t_i) (trapezoid; a reading without power:
//                       none). The result says which in `notes`
//   GPU power mean      energy / (t_n - t_0); over no time at all: mean over readings
//   CPU energy          RAPL, harness/cost/energy.h
// Sums over GPUs are -1 when a GPU is missing in them: a part would be taken for the whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/cost/energy.h"
#include "harness/machine/nvml.h"
#include "harness/machine/tree_account.h"
#include "harness/types/load.h"

namespace assay::machine {

struct MachineSamplerOptions {
  std::vector<int64_t> pids;  // of the server; empty: not known
  std::string nvml_library = "libnvidia-ml.so.1";
  std::string rapl_root = "/sys/class/powercap";
  std::string proc_root = "/proc";
  Nanos interval = std::chrono::milliseconds(100);
  Nanos scan_interval = std::chrono::seconds(1);  // between looks for new processes
  std::vector<std::string> notes;  // to be said with the result: why no pids are known
  bool of_server = true;           // false: the machine alone, so no pids are missed
  bool energy = true;              // false: the user wants none
};

class MachineMeter {
 public:
  explicit MachineMeter(MachineSamplerOptions options);
  void set_pids(std::vector<int64_t> pids, std::vector<std::string> notes);
  // Whether processors or GPUs have a counter to read; the error says why neither has. Not between
  // start() and finish().
  Result<void> energy_readable();
  void start(TimePoint now);
  void sample(TimePoint now, bool look_for_processes);
  MachineUse finish(TimePoint now);

 private:
  struct Gpu {
    double utilisation_sum = 0;
    uint64_t utilisation_n = 0;
    int64_t memory_max = -1;
    double power_sum = 0;
    uint64_t power_n = 0;
    std::optional<double> power_last;
    double integrated = 0;       // joules
    bool power_complete = true;  // every reading had power
    std::optional<double> counter_first;
    std::optional<double> counter_last;
    bool counter_back = false;
  };
  void take_tree(bool look_for_processes);
  void take_gpu(Gpu& gpu, const GpuReading& reading, double seconds_since_last);
  void finish_tree(MachineUse& use) const;
  void finish_gpus(MachineUse& use);
  void finish_energy(MachineUse& use);
  GpuUse result_of(uint32_t index, const Gpu& gpu, double seconds, std::set<std::string>& notes);

  MachineSamplerOptions options_;
  std::optional<TreeAccount> tree_;
  std::optional<TreeSample> tree_first_;
  TreeSample tree_last_;
  int64_t resident_max_ = -1;
  bool tree_seen_ = false;
  std::unique_ptr<Nvml> nvml_;
  std::string no_gpus_;  // why nvml_ is null
  std::vector<Gpu> gpus_;
  cost::EnergyCounters energy_;
  Result<void> energy_state_;
  TimePoint started_{};
  TimePoint last_{};
};

}  // namespace assay::machine
