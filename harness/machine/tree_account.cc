#include "harness/machine/tree_account.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace assay::machine {

TreeAccount::TreeAccount(const std::vector<int64_t>& pids, std::string proc)
    : proc_(std::move(proc)) {
  for (const int64_t pid : pids) {
    if (pid > 0 && pid <= std::numeric_limits<pid_t>::max()) roots_.insert(static_cast<pid_t>(pid));
  }
}

// Nothing when it is gone, or another process has its number by now.
std::optional<ProcessStat> TreeAccount::read(const ProcessStat& known) const {
  auto stat = read_process_stat(proc_, known.pid);
  if (stat && stat->start_ticks != known.start_ticks) return std::nullopt;
  return stat;
}

void TreeAccount::refresh() {
  std::multimap<pid_t, ProcessStat> by_parent;
  std::vector<ProcessStat> next;  // members whose children are still to be looked for
  for (const ProcessStat& stat : read_process_stats(proc_)) {
    const auto known = members_.find(stat.pid);
    const bool same = known != members_.end() && known->second.last.start_ticks == stat.start_ticks;
    if (roots_.erase(stat.pid) > 0 || same) {
      next.push_back(stat);
    } else {
      by_parent.emplace(stat.parent, stat);
    }
  }
  while (!next.empty()) {
    const ProcessStat stat = next.back();
    next.pop_back();
    // What a known member has used since is found by sample().
    members_.emplace(stat.pid, Member{stat, stat.child_ticks});
    const auto [first, last] = by_parent.equal_range(stat.pid);
    for (auto child = first; child != last; ++child) next.push_back(child->second);
    by_parent.erase(first, last);
  }
  // A child has started after its parent; in the same tick, most likely with the higher number.
  order_.clear();
  for (const auto& [pid, member] : members_) order_.push_back(pid);
  std::sort(order_.begin(), order_.end(), [this](pid_t a, pid_t b) {
    const uint64_t start_a = members_.at(a).last.start_ticks;
    const uint64_t start_b = members_.at(b).last.start_ticks;
    return start_a != start_b ? start_a < start_b : a < b;
  });
}

TreeSample TreeAccount::sample() {
  std::map<pid_t, uint64_t> child_ticks_now;
  TreeSample sample;
  uint64_t ticks = 0;
  // A parent is read before its children: what moved into its child time later is then counted with
  // the child now, and with the parent next time, never twice.
  for (const pid_t pid : order_) {
    Member& member = members_.at(pid);
    const auto stat = read(member.last);
    member.there = stat.has_value();
    if (!stat) continue;
    member.last = *stat;
    child_ticks_now[pid] = stat->child_ticks;
    ticks += stat->cpu_ticks;
    sample.resident_bytes += static_cast<int64_t>(resident_bytes(*stat));
    ++sample.processes;
  }
  settle_ended();
  for (const auto& [pid, base] : child_ticks_now) members_.at(pid).child_ticks_base = base;
  highest_ = std::max(highest_, process_time(ticks + lost_ticks_));
  sample.cpu = highest_;
  return sample;
}

// Takes ended members out, and keeps what they had used unless a living parent has it.
void TreeAccount::settle_ended() {
  constexpr pid_t kNobody = 0;
  std::map<pid_t, uint64_t> due;
  for (const pid_t pid : order_) {
    if (members_.at(pid).there) continue;
    due[living_ancestor(pid)] += members_.at(pid).last.cpu_ticks;
  }
  if (due.empty()) return;
  for (const auto& [parent, ticks] : due) {
    uint64_t growth = 0;
    if (parent != kNobody) {
      // Read again: it may have waited for the child since it was read. If it has ended meanwhile,
      // what it had of its child is found with its own parent.
      const Member& member = members_.at(parent);
      const auto now = read(member.last);
      growth = now ? now->child_ticks - std::min(now->child_ticks, member.child_ticks_base) : ticks;
    }
    lost_ticks_ += ticks - std::min(ticks, growth);
  }
  std::erase_if(members_, [](const auto& entry) { return !entry.second.there; });
  std::erase_if(order_, [this](pid_t pid) { return !members_.contains(pid); });
}

// The member that waits for an ended one, or for the ended one above it; 0: nobody inside.
pid_t TreeAccount::living_ancestor(pid_t pid) const {
  for (size_t steps = 0; steps < members_.size(); ++steps) {
    const auto parent = members_.find(members_.at(pid).last.parent);
    if (parent == members_.end()) return 0;
    if (parent->second.there) return parent->first;
    pid = parent->first;
  }
  return 0;
}

}  // namespace assay::machine
