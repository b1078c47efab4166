#include "harness/machine/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace assay::machine {
namespace {

constexpr int kSuccess = 0;
constexpr size_t kNameBytes = 96;  // NVML_DEVICE_NAME_V2_BUFFER_SIZE

// The library's structures, as its guide lays them out.
struct Utilization {
  unsigned gpu = 0;
  unsigned memory = 0;
};
struct Memory {
  unsigned long long total = 0;
  unsigned long long free = 0;
  unsigned long long used = 0;
};

struct Closer {
  void operator()(void* library) const { ::dlclose(library); }
};

}  // namespace

struct Nvml::Functions {
  std::unique_ptr<void, Closer> library;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_string)(int) = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, void**) = nullptr;
  int (*name)(void*, char*, unsigned) = nullptr;
  int (*utilization)(void*, Utilization*) = nullptr;
  int (*memory)(void*, Memory*) = nullptr;
  int (*power)(void*, unsigned*) = nullptr;
  int (*energy)(void*, unsigned long long*) = nullptr;  // absent from drivers before 387

  template <typename Function>
  bool find(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(::dlsym(library.get(), symbol));
    return function != nullptr;
  }
  // The first symbol that is needed and missing; null: none.
  const char* find_all() {
    find(energy, "nvmlDeviceGetTotalEnergyConsumption");
    if (!find(init, "nvmlInit_v2")) return "nvmlInit_v2";
    if (!find(shutdown, "nvmlShutdown")) return "nvmlShutdown";
    if (!find(error_string, "nvmlErrorString")) return "nvmlErrorString";
    if (!find(count, "nvmlDeviceGetCount_v2")) return "nvmlDeviceGetCount_v2";
    if (!find(handle, "nvmlDeviceGetHandleByIndex_v2")) return "nvmlDeviceGetHandleByIndex_v2";
    if (!find(name, "nvmlDeviceGetName")) return "nvmlDeviceGetName";
    if (!find(utilization, "nvmlDeviceGetUtilizationRates")) return "nvmlDeviceGetUtilizationRates";
    if (!find(memory, "nvmlDeviceGetMemoryInfo")) return "nvmlDeviceGetMemoryInfo";
    if (!find(power, "nvmlDeviceGetPowerUsage")) return "nvmlDeviceGetPowerUsage";
    return nullptr;
  }
};

Nvml::Nvml(std::unique_ptr<Functions> functions) : functions_(std::move(functions)) {}

Nvml::~Nvml() { functions_->shutdown(); }

Result<std::unique_ptr<Nvml>> Nvml::open(const std::string& library) {
  auto functions = std::make_unique<Functions>();
  functions->library.reset(::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (functions->library == nullptr) {
    const char* text = ::dlerror();
    const std::string_view why = text == nullptr ? "" : text;
    const bool absent = why.find("No such file") != std::string_view::npos;
    return Error{ErrorCode::kNotFound,
                 absent ? fmt::format("{} is not installed", library)
                        : fmt::format("{} cannot be opened ({})", library, why),
                 ""};
  }
  if (const char* missing = functions->find_all()) {
    return Error{ErrorCode::kNotFound, fmt::format("{} has no {}", library, missing), ""};
  }
  const int started = functions->init();
  if (started != kSuccess) {
    const char* text = functions->error_string(started);
    return Error{ErrorCode::kInfrastructure,
                 fmt::format("{} does not start ({})", library, text == nullptr ? "" : text), ""};
  }
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(functions)));
  ASSAY_TRY_VOID(nvml->find_devices());
  return nvml;
}

Result<void> Nvml::find_devices() {
  unsigned count = 0;
  const int counted = functions_->count(&count);
  if (counted != kSuccess) {
    return Error{ErrorCode::kInfrastructure,
                 fmt::format("the GPUs cannot be counted ({})", message_of(counted)), ""};
  }
  for (unsigned index = 0; index < std::min(count, kGpusMax); ++index) {
    Device device;
    const int opened = functions_->handle(index, &device.handle);
    if (opened != kSuccess) {
      return Error{ErrorCode::kInfrastructure,
                   fmt::format("GPU {} cannot be used ({})", index, message_of(opened)), ""};
    }
    std::array<char, kNameBytes> name{};
    if (functions_->name(device.handle, name.data(), name.size()) == kSuccess) {
      name.back() = '\0';
      device.name = name.data();
    }
    devices_.push_back(std::move(device));
  }
  if (devices_.empty()) return Error{ErrorCode::kNotFound, "NVML shows no GPU", ""};
  return {};
}

GpuReading Nvml::read(uint32_t index) {
  GpuReading reading;
  void* const device = devices_.at(index).handle;
  Utilization utilization;
  if (good(functions_->utilization(device, &utilization), index, "utilisation")) {
    reading.utilisation = std::min(utilization.gpu, 100U) / 100.0;
  }
  Memory memory;
  if (good(functions_->memory(device, &memory), index, "memory")) {
    reading.memory_bytes = static_cast<int64_t>(memory.used);
  }
  unsigned milliwatts = 0;
  if (good(functions_->power(device, &milliwatts), index, "power")) {
    reading.power_watts = milliwatts * 1e-3;
  }
  unsigned long long millijoules = 0;
  if (functions_->energy != nullptr &&
      good(functions_->energy(device, &millijoules), index, "energy counter")) {
    reading.energy_joules = static_cast<double>(millijoules) * 1e-3;
  }
  return reading;
}

bool Nvml::good(int code, uint32_t index, std::string_view what) {
  if (code == kSuccess) return true;
  std::string note = fmt::format("GPU {}: no {} ({})", index, what, message_of(code));
  if (noted_.insert(note).second) notes_.push_back(std::move(note));
  return false;
}

std::string Nvml::message_of(int code) const {
  const char* text = functions_->error_string(code);
  return text == nullptr ? fmt::format("error {}", code) : text;
}

}  // namespace assay::machine
