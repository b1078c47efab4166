// What flags of a command say about energy: which counters, how long the idle machine is measured,
// what the user states. Shared by `assay run`, `assay bench` and `assay doctor`.
//
//   ASSAY_TRY(const EnergySettings settings, energy_settings(flags));
//   options.rapl_root = settings.rapl_root;
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay::app {

struct EnergyFlags {
  std::string rapl_root;              // folder of the kernel's energy counters
  std::string nvml_library;           // name or path
  std::string idle_time;              // how long the idle machine is measured
  std::optional<double> power_watts;  // of this machine under load, given by the user
  std::optional<double> grid_factor;  // grams of CO2 equivalent per kWh, given by the user
  bool no_energy = false;
};

struct EnergySettings {
  std::string rapl_root;
  std::string nvml_library;
  Nanos idle{0};
  std::optional<double> power_watts;
  std::optional<double> grid_factor;
  bool off = false;
};

// --rapl-root and --nvml, in every command that reads counters, under `group` in its help.
void declare_counter_flags(CLI::App& command, std::string& rapl_root, std::string& nvml_library,
                           const std::string& group = "Options");
// The flag, else $ASSAY_RAPL_ROOT, else /sys/class/powercap.
std::string rapl_root_or_default(const std::string& flag);
// The flag, else libnvidia-ml.so.1.
std::string nvml_library_or_default(const std::string& flag);
// Errors: no time; a power or a factor that is not above zero, or beyond what exists; a power
// beside
// --no-energy.
Result<EnergySettings> energy_settings(const EnergyFlags& flags);
// Of --grid-factor alone, for commands that only read run files.
Result<void> check_grid_factor(const std::optional<double>& grams_per_kwh);

}  // namespace assay::app
