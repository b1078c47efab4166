/* A library with NVML's functions and figures that a test sets: fake_nvml() gives its state, which
 * tests/harness/machine/fakes.h declares once more. In a program that knows no such function the
 * environment variable FAKE_NVML_ENERGY names a file: then there is one device, whose energy
 * counter is the number of millijoules in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kDevicesMax = 4, kSuccess = 0, kInvalid = 2, kNotSupported = 3, kNoDriver = 9 };

struct FakeDevice {
  unsigned utilisation;
  unsigned long long memory_used;
  unsigned power_milliwatts;
  unsigned long long energy_millijoules;
  int no_utilisation;
  int no_memory;
  int no_power;
  int no_energy;
};

struct FakeNvml {
  unsigned count;
  int no_driver;
  int running; /* starts minus shutdowns */
  struct FakeDevice devices[kDevicesMax];
};

static struct FakeNvml state;

struct FakeNvml* fake_nvml(void) {
  return &state;
}

struct Utilization {
  unsigned gpu;
  unsigned memory;
};
struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

static unsigned long long counter_in(const char* path) {
  unsigned long long value = 0;
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  char text[32] = "";
  if (fgets(text, sizeof text, file) != NULL) value = strtoull(text, NULL, 10);
  fclose(file);
  return value;
}

int nvmlInit_v2(void) {
  if (state.no_driver) return kNoDriver;
  if (getenv("FAKE_NVML_ENERGY") != NULL) state.count = 1;
  ++state.running;
  return kSuccess;
}
int nvmlShutdown(void) {
  --state.running;
  return kSuccess;
}
const char* nvmlErrorString(int code) {
  switch (code) {
    case kSuccess:
      return "Success";
    case kNotSupported:
      return "Not Supported";
    case kNoDriver:
      return "Driver Not Loaded";
    default:
      return "Invalid Argument";
  }
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = state.count;
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= state.count || index >= kDevicesMax) return kInvalid;
  *device = &state.devices[index];
  return kSuccess;
}
int nvmlDeviceGetName(void* device, char* name, unsigned length) {
  if (length < 8) return kInvalid;
  memcpy(name, "Fake 0", 7);
  name[5] = (char)('0' + ((struct FakeDevice*)device - state.devices));
  return kSuccess;
}
int nvmlDeviceGetUtilizationRates(void* device, struct Utilization* out) {
  const struct FakeDevice* fake = device;
  if (fake->no_utilisation) return kNotSupported;
  out->gpu = fake->utilisation;
  out->memory = 0;
  return kSuccess;
}
int nvmlDeviceGetMemoryInfo(void* device, struct Memory* out) {
  const struct FakeDevice* fake = device;
  if (fake->no_memory) return kNotSupported;
  out->total = 80ULL << 30;
  out->used = fake->memory_used;
  out->free = out->total - out->used;
  return kSuccess;
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* out) {
  const struct FakeDevice* fake = device;
  if (fake->no_power) return kNotSupported;
  *out = fake->power_milliwatts;
  return kSuccess;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* out) {
  const struct FakeDevice* fake = device;
  if (fake->no_energy) return kNotSupported;
  const char* path = getenv("FAKE_NVML_ENERGY");
  if (path != NULL) {
    *out = counter_in(path);
    return kSuccess;
  }
  *out = fake->energy_millijoules;
  return kSuccess;
}
