// EnergyCounters: joules used by the machine's processors, from the kernel's RAPL counters.
//
// Where it stands: harness/cost. Called by whoever runs models, on one thread: at the start, now
// and then (see wrap-around) and at the end. Reads small files, never blocks for long.
//
//   cost::EnergyCounters counters;                       // /sys/class/powercap
//   ASSAY_TRY_VOID(counters.start());                    // the error says why it cannot be
//   measured
//   ...
//   ASSAY_TRY(const double joules, counters.joules());   // since start()
//
// What is counted: every top-level zone `intel-rapl:N` (one per processor package; AMD processors
// use the same name) whose `name` is a package; sub-zones `intel-rapl:N:M` are parts of it, `psys`
// (the whole platform) contains it and `intel-rapl-mmio:N` is the same package read another way, so
// none of them is added. The counters hold everything the machine did, other programs included.
// Formula: Σ over packages of Σ over readings of (now - before), where now < before means that the
// counter went past max_energy_range_uj: (max - before)
// + now. One wrap between two readings is seen, two are not: read at least every few minutes on a
// busy machine (typical range 65 to 262 kJ). Source: Linux
// Documentation/power/powercap/powercap.rst. Units: counters in microjoules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace assay::cost {

class EnergyCounters {
 public:
  explicit EnergyCounters(std::string root = "/sys/class/powercap");

  // Finds the counters and starts counting from zero. An error is the reason why energy is not
  // measured: no such folder, no package, permission denied.
  Result<void> start();
  // Joules since start(). When a counter stops being readable this is an error from then on,
  // because a part of the energy is unknown.
  Result<double> joules();
  [[nodiscard]] size_t packages() const { return packages_.size(); }
  // Of each package its name and the joules after which its counter starts again: "package-0 (wraps
  // every 262 kJ)".
  [[nodiscard]] std::vector<std::string> descriptions() const;

 private:
  struct Package {
    std::string folder;
    std::string name;
    uint64_t range_uj = 0;  // largest value before the counter starts again
    uint64_t last_uj = 0;
    uint64_t used_uj = 0;
  };
  Result<void> find_packages();
  Result<void> advance(Package& package);

  std::string root_;
  std::vector<Package> packages_;
  Result<void> state_ = Error{ErrorCode::kInput, "energy counters were not started", ""};
};

}  // namespace assay::cost
