#include "app/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "harness/base/json.h"

namespace assay::app {
namespace {

// "key : value" of the first line that begins with `key`.
std::string proc_value(const char* path, std::string_view key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? std::string() : line.substr(start);
  }
  return {};
}

}  // namespace

std::string describe_host() {
  utsname kernel{};
  uname(&kernel);
  return dump_json(Json{{"cpu", proc_value("/proc/cpuinfo", "model name")},
                        {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
                        {"memory", proc_value("/proc/meminfo", "MemTotal")},
                        {"kernel", std::string(kernel.sysname) + " " + kernel.release},
                        {"arch", kernel.machine}});
}

}  // namespace assay::app
