// What the kernel says of processes in /proc/PID/stat: whose child, how much processor time, how
// much memory.
//
// Where it stands: below everything that watches processes (backends/managed/process_tree.h,
// harness/machine/tree_account.h). Any thread; each call reads small files.
//
//   if (const auto stat = read_process_stat("/proc", pid))
//     fmt::print("{} s\n", process_time(stat->cpu_ticks));
//
// Times are in clock ticks of sysconf(_SC_CLK_TCK), usually 10 ms: finer than that nothing is
// known. Source: Linux Documentation/filesystems/proc.rst, table 1-4; proc(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"

namespace assay {

struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';
  uint64_t cpu_ticks = 0;    // user and system, its own and that of children it has waited for
  uint64_t child_ticks = 0;  // of these, the children's
  uint64_t start_ticks = 0;  // since boot: with the pid, the identity of a process
  int64_t rss_pages = 0;
};

// A line of /proc/PID/stat; nothing when it is none.
std::optional<ProcessStat> parse_process_stat(std::string_view line);
// Nothing when there is no such process. `proc`: "/proc", or a copy of one in tests.
std::optional<ProcessStat> read_process_stat(const std::string& proc, pid_t pid);
// Every process that can be seen, at most kProcessesMax of them.
inline constexpr size_t kProcessesMax = 100'000;
std::vector<ProcessStat> read_process_stats(const std::string& proc);

Nanos process_time(uint64_t ticks);
uint64_t resident_bytes(const ProcessStat& stat);

// The first 4 KiB of a file; empty when it cannot be read.
std::string read_small_file(const std::string& path);

}  // namespace assay
