#include "backends/managed/process_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace assay::backends {
namespace {

// "VmHWM:      5120 kB" in /proc/PID/status.
uint64_t peak_bytes(const std::string& status) {
  const size_t at = status.find("\nVmHWM:");
  if (at == std::string::npos) return 0;
  const size_t begin = status.find_first_of("0123456789", at);
  if (begin == std::string::npos) return 0;
  uint64_t kib = 0;
  std::from_chars(status.data() + begin, status.data() + status.size(), kib);
  return kib * 1024;
}

}  // namespace

ProcessTree::ProcessTree(pid_t root, std::string proc) : root_(root), proc_(std::move(proc)) {
  refresh();
}

void ProcessTree::refresh() {
  const std::vector<ProcessStat> all = read_process_stats(proc_);
  // What was seen as a descendant stays one, also after its parent ended and init adopted it.
  std::set<pid_t> inside{root_};
  for (const Member& member : members_) {
    if (read_member(member)) inside.insert(member.pid);
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const ProcessStat& stat : all) {
      const bool belongs = stat.group == root_ || inside.contains(stat.parent);
      if (belongs && inside.insert(stat.pid).second) grew = true;
    }
  }
  members_.clear();
  for (const ProcessStat& stat : all) {
    if (inside.contains(stat.pid)) members_.push_back({stat.pid, stat.start_ticks});
  }
}

// Nothing when it is gone, or another process has its number by now.
std::optional<ProcessStat> ProcessTree::read_member(const Member& member) const {
  auto stat = read_process_stat(proc_, member.pid);
  if (stat && stat->start_ticks != member.start_ticks) return std::nullopt;
  return stat;
}

TreeUsage ProcessTree::usage() const {
  TreeUsage usage;
  for (const Member& member : members_) {
    const auto stat = read_member(member);
    if (!stat) continue;
    usage.rss_bytes += resident_bytes(*stat);
    const std::string status = read_small_file(fmt::format("{}/{}/status", proc_, member.pid));
    usage.rss_peak_bytes = std::max(usage.rss_peak_bytes, peak_bytes(status));
    ++usage.processes;
  }
  usage.cpu = cpu();
  return usage;
}

Nanos ProcessTree::cpu() const {
  uint64_t ticks = 0;
  for (const Member& member : members_) {
    if (const auto stat = read_member(member)) ticks += stat->cpu_ticks;
  }
  return process_time(ticks);
}

std::vector<pid_t> ProcessTree::living() const {
  std::vector<pid_t> pids;
  for (const Member& member : members_) {
    const auto stat = read_member(member);
    if (stat && stat->state != 'Z') pids.push_back(member.pid);
  }
  return pids;
}

}  // namespace assay::backends
