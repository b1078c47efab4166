#include "app/energy_flags.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "harness/base/duration.h"

namespace assay::app {
namespace {

constexpr const char* kRaplRoot = "/sys/class/powercap";
constexpr const char* kNvmlLibrary = "libnvidia-ml.so.1";
constexpr const char* kIdleTime = "1s";
constexpr Nanos kIdleMax = std::chrono::hours(1);
constexpr double kWattsMax = 1e7;  // a hall of machines
constexpr double kGramsMax = 1e5;  // the worst power stations emit about 1,500 g/kWh

Result<void> check_range(const char* flag, const std::optional<double>& value, double most,
                         const char* unit) {
  if (!value || (std::isfinite(*value) && *value > 0 && *value <= most)) return {};
  return input_error(
      flag, fmt::format("is {} {}, expected above 0 and at most {:.0f}", *value, unit, most));
}

}  // namespace

void declare_counter_flags(CLI::App& command, std::string& rapl_root, std::string& nvml_library,
                           const std::string& group) {
  command
      .add_option("--rapl-root", rapl_root,
                  "Folder of the processors' energy counters (default: $ASSAY_RAPL_ROOT or "
                  "/sys/class/powercap)")
      ->type_name("DIR")
      ->group(group);
  command
      .add_option("--nvml", nvml_library,
                  "NVIDIA's management library, for the GPUs' energy (default: libnvidia-ml.so.1)")
      ->type_name("LIB")
      ->group(group);
}

std::string rapl_root_or_default(const std::string& flag) {
  if (!flag.empty()) return flag;
  const char* set = std::getenv("ASSAY_RAPL_ROOT");
  return set != nullptr && *set != '\0' ? set : kRaplRoot;
}

std::string nvml_library_or_default(const std::string& flag) {
  return flag.empty() ? kNvmlLibrary : flag;
}

Result<void> check_grid_factor(const std::optional<double>& grams_per_kwh) {
  return check_range("--grid-factor", grams_per_kwh, kGramsMax, "g/kWh");
}

Result<EnergySettings> energy_settings(const EnergyFlags& flags) {
  const std::string idle = flags.idle_time.empty() ? kIdleTime : flags.idle_time;
  const Result<Nanos> time = parse_duration(idle);
  if (!time || *time > kIdleMax) {
    return input_error(
        "--idle",
        fmt::format("`{}` is no time, expected for example 2s, 0 for none, at most 1h", idle));
  }
  ASSAY_TRY_VOID(check_range("--power-watts", flags.power_watts, kWattsMax, "W"));
  ASSAY_TRY_VOID(check_grid_factor(flags.grid_factor));
  if (flags.no_energy && flags.power_watts) {
    return input_error("--power-watts", "is given beside --no-energy, which wants no energy");
  }
  return EnergySettings{.rapl_root = rapl_root_or_default(flags.rapl_root),
                        .nvml_library = nvml_library_or_default(flags.nvml_library),
                        .idle = *time,
                        .power_watts = flags.power_watts,
                        .grid_factor = flags.grid_factor,
                        .off = flags.no_energy};
}

}  // namespace assay::app
