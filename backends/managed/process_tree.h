// ProcessTree: CPU time and memory of a server with everything it started, from /proc.
//
// Where it stands: behind ManagedServer. refresh() looks for new members and costs one read for
// every process of the machine; usage() reads only the members known so far. One thread at a time.
//
//   ProcessTree tree(server_pid);
//   tree.refresh();                       // now and then
//   const TreeUsage now = tree.usage();   // as often as wanted
//
// Members are the process itself, its descendants, and the members of its process group. CPU time
// is Σ over members of (utime + stime + cutime + cstime) of /proc/PID/stat: what children that were
// waited for have used counts in their parent. It moves in clock ticks (usually 10 ms). Resident
// memory is the sum of the members' resident pages: pages that members share count in each.
// Source: Linux Documentation/filesystems/proc.rst, table 1-4.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/process_stat.h"

namespace assay::backends {

struct TreeUsage {
  Nanos cpu{0};
  uint64_t rss_bytes = 0;
  uint64_t rss_peak_bytes = 0;  // the largest peak of a single member (VmHWM)
  uint32_t processes = 0;
};

class ProcessTree {
 public:
  // `root` leads a process group of its own. `proc`: for tests.
  explicit ProcessTree(pid_t root, std::string proc = "/proc");
  void refresh();
  [[nodiscard]] TreeUsage usage() const;
  [[nodiscard]] Nanos cpu() const;  // usage().cpu alone: one small read a member
  [[nodiscard]] pid_t root() const { return root_; }
  // Members that are no zombies.
  [[nodiscard]] std::vector<pid_t> living() const;

 private:
  struct Member {
    pid_t pid;
    uint64_t start_ticks;
  };
  [[nodiscard]] std::optional<ProcessStat> read_member(const Member& member) const;

  pid_t root_;
  std::string proc_;
  std::vector<Member> members_;
};

}  // namespace assay::backends
