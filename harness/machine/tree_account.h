// TreeAccount: processor time and memory of some processes with everything they start, kept also
// for those that have ended.
//
// Where it stands: behind MachineMeter. One thread at a time; reads small files.
//
//   TreeAccount account({server_pid});
//   account.refresh();                             // now and then: who belongs to it
//   const TreeSample now = account.sample();       // as often as wanted: members only
//   now.cpu - before.cpu
//
// Members are the given processes and their descendants; a member stays one when its parent ends.
// refresh() reads /proc/PID/stat of every process of the machine, sample() of members only. A child
// that starts and ends between two refreshes is never seen itself; its time counts where its parent
// has waited for it.
//
// Processor time = Σ over members of (utime + stime + cutime + cstime) + what ended members had
// used as far as it was seen, where nobody inside has it: an ended child's time is in the cutime of
// the parent that waited for it, and nowhere if the parent ignores SIGCHLD, or ended too. So for
// each living parent: lost = max(0, Σ last seen time of its ended children - growth of its child
// time). Where both kinds of children end at once, the growth may hide a loss: the result is then
// too small, never too large. Resident memory = Σ resident pages; pages that members share count in
// each. Both move in the kernel's steps: clock ticks (usually 10 ms), pages.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/process_stat.h"

namespace assay::machine {

struct TreeSample {
  Nanos cpu{0};  // never less than in the sample before
  int64_t resident_bytes = 0;
  uint32_t processes = 0;  // members that are there
};

class TreeAccount {
 public:
  explicit TreeAccount(const std::vector<int64_t>& pids, std::string proc = "/proc");
  void refresh();
  TreeSample sample();

 private:
  struct Member {
    ProcessStat last;           // as last seen
    uint64_t child_ticks_base;  // its child time before its children were read last
    bool there = true;
  };
  [[nodiscard]] std::optional<ProcessStat> read(const ProcessStat& known) const;
  void settle_ended();
  [[nodiscard]] pid_t living_ancestor(pid_t pid) const;

  std::string proc_;
  std::set<pid_t> roots_;  // that have not been found yet
  std::map<pid_t, Member> members_;
  std::vector<pid_t> order_;  // parents before their children
  uint64_t lost_ticks_ = 0;
  Nanos highest_{0};
};

}  // namespace assay::machine
