// Nvml: what NVIDIA's management library says of the GPUs of this machine.
//
// Where it stands: behind MachineMeter. The library is opened when it is asked for: neither its
// header nor a driver is needed to build or to start. One thread at a time; a reading takes about a
// millisecond a GPU.
//
//   auto nvml = Nvml::open("libnvidia-ml.so.1");     // the error says why there are no GPU figures
//   for (uint32_t gpu = 0; gpu < (*nvml)->count(); ++gpu) (*nvml)->read(gpu).power_watts;
//
// Units: the library gives percent, bytes, milliwatts and millijoules. What a GPU cannot say
// (utilisation under MIG, energy before Volta) is empty, and a note says so once. Figures are the
// device's: other programs that use it count too. Utilisation is the share of the driver's last
// sampling period (1/6 s to 1 s) in which any kernel ran; power is the driver's own average, over a
// second on most boards since Ampere. The energy counter counts since the driver was loaded.
// Source: NVIDIA, "NVML API Reference Guide": Initialization and Cleanup, Device Queries.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::machine {

struct GpuReading {
  std::optional<double> utilisation;  // 0..1
  std::optional<int64_t> memory_bytes;
  std::optional<double> power_watts;
  std::optional<double> energy_joules;  // a counter; differences mean something
};

inline constexpr uint32_t kGpusMax = 64;

class Nvml {
 public:
  // `library`: a name for the loader, or a path. Errors: it is not installed, is none, finds no
  // driver, shows no GPU.
  static Result<std::unique_ptr<Nvml>> open(const std::string& library);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(devices_.size()); }
  [[nodiscard]] const std::string& name(uint32_t index) const { return devices_[index].name; }
  GpuReading read(uint32_t index);
  // What could not be read so far, each once: "GPU 0: no power (Not Supported)".
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Functions;
  struct Device {
    void* handle = nullptr;
    std::string name;
  };
  explicit Nvml(std::unique_ptr<Functions> functions);
  Result<void> find_devices();
  // Whether a call went well; what went wrong becomes a note.
  bool good(int code, uint32_t index, std::string_view what);
  [[nodiscard]] std::string message_of(int code) const;

  std::unique_ptr<Functions> functions_;
  std::vector<Device> devices_;
  std::vector<std::string> notes_;
  std::set<std::string> noted_;
};

}  // namespace assay::machine
