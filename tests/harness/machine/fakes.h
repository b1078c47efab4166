// What the machine's tests share: a /proc made of files, RAPL zones, and the state of
// tests/support/fake_nvml.c.
#pragma once

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <string>

#include "harness/base/check.h"
#include "tests/support/temp_dir.h"

namespace assay::machine {

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
  int running;
  std::array<FakeDevice, 4> devices;
};

// The state of the one library of this process; all zero until a test sets it.
inline FakeNvml& fake_nvml() {
  static void* const kLibrary = ::dlopen(ASSAY_FAKE_NVML, RTLD_NOW | RTLD_LOCAL);
  ASSAY_CHECK(kLibrary != nullptr, "{} cannot be opened", ASSAY_FAKE_NVML);
  const auto state = reinterpret_cast<FakeNvml* (*)()>(::dlsym(kLibrary, "fake_nvml"));
  return *state();
}

struct FakeProcess {
  int pid = 0;
  int parent = 1;
  unsigned own_ticks = 0;
  unsigned child_ticks = 0;
  unsigned start = 100;
  unsigned pages = 0;
  char state = 'S';
};

class FakeProc {
 public:
  void put(const FakeProcess& process) const {
    dir_.write(fmt::format("{}/stat", process.pid),
               fmt::format("{} (a b) {} {} {} 0 0 -1 0 0 0 0 0 {} 0 {} 0 20 0 1 0 {} 0 {} 0 0\n",
                           process.pid, process.state, process.parent, process.pid,
                           process.own_ticks, process.child_ticks, process.start, process.pages));
  }
  void end(int pid) const { std::filesystem::remove_all(dir_.file(std::to_string(pid))); }
  [[nodiscard]] std::string path() const { return dir_.path(); }
  [[nodiscard]] const test::TempDir& dir() const { return dir_; }

 private:
  test::TempDir dir_;
};

class FakeRapl {
 public:
  FakeRapl() { set(0); }
  void set(uint64_t microjoules) const {
    dir_.write("intel-rapl:0/name", "package-0\n");
    dir_.write("intel-rapl:0/energy_uj", fmt::format("{}\n", microjoules));
    dir_.write("intel-rapl:0/max_energy_range_uj", "1000000000\n");
  }
  void remove() const { std::filesystem::remove_all(dir_.file("intel-rapl:0")); }
  [[nodiscard]] std::string path() const { return dir_.path(); }

 private:
  test::TempDir dir_;
};

}  // namespace assay::machine
