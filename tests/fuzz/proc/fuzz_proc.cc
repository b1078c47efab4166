// What is read of /proc: any bytes as a process's stat line and as a table of sockets. What is
// taken as a listener has a port and an inode that stand in the text.
#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/process_stat.h"
#include "harness/machine/listening_pids.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto stat = assay::parse_process_stat(text)) {
    ASSAY_CHECK(text.find(fmt::format("{}", stat->start_ticks)) != std::string_view::npos,
                "start {} of nowhere", stat->start_ticks);
    (void)assay::process_time(stat->cpu_ticks);
    (void)assay::resident_bytes(*stat);
  }
  size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  const auto listeners = assay::machine::parse_listeners(text);
  ASSAY_CHECK(listeners.size() <= lines + 1, "{} listeners in {} lines", listeners.size(), lines);
  for (const auto& listener : listeners) {
    ASSAY_CHECK(text.find(fmt::format("{}", listener.inode)) != std::string_view::npos,
                "inode {} of nowhere", listener.inode);
  }
  return 0;
}
