#include "backends/managed/process_tree.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

namespace assay::backends {
namespace {

// Fields of /proc/PID/stat behind the name, counted from `state`.
constexpr size_t kState = 0;
constexpr size_t kParent = 1;
constexpr size_t kGroup = 2;
constexpr size_t kUserTicks = 11;
constexpr size_t kSystemTicks = 12;
constexpr size_t kChildUserTicks = 13;
constexpr size_t kChildSystemTicks = 14;
constexpr size_t kStartTicks = 19;
constexpr size_t kRssPages = 21;
constexpr size_t kFields = 22;
constexpr size_t kProcessesMax = 100'000;

template <typename T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc() && end == text.data() + text.size();
}

std::optional<std::array<std::string_view, kFields>> split_fields(std::string_view text) {
  std::array<std::string_view, kFields> fields;
  for (std::string_view& field : fields) {
    const size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin);
    field = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(field.size());
  }
  return fields;
}

std::string read_small_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> block{};
  in.read(block.data(), block.size());
  text.assign(block.data(), static_cast<size_t>(in.gcount()));
  return text;
}

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

Nanos ticks_to_time(uint64_t ticks) {
  static const auto kTicksPerSecond = static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  return Nanos(static_cast<int64_t>(ticks * (1'000'000'000 / kTicksPerSecond)));
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const size_t open = line.find(" (");
  const size_t close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  ProcessStat stat;
  const auto fields = split_fields(line.substr(close + 1));
  if (!fields || !parse_number(line.substr(0, open), stat.pid)) return std::nullopt;
  stat.state = (*fields)[kState].front();
  uint64_t user = 0;
  uint64_t system = 0;
  int64_t child_user = 0;
  int64_t child_system = 0;
  const bool sound = parse_number((*fields)[kParent], stat.parent) &&
                     parse_number((*fields)[kGroup], stat.group) &&
                     parse_number((*fields)[kUserTicks], user) &&
                     parse_number((*fields)[kSystemTicks], system) &&
                     parse_number((*fields)[kChildUserTicks], child_user) &&
                     parse_number((*fields)[kChildSystemTicks], child_system) &&
                     parse_number((*fields)[kStartTicks], stat.start_ticks) &&
                     parse_number((*fields)[kRssPages], stat.rss_pages);
  if (!sound) return std::nullopt;
  stat.cpu_ticks = user + system + static_cast<uint64_t>(std::max<int64_t>(0, child_user)) +
                   static_cast<uint64_t>(std::max<int64_t>(0, child_system));
  return stat;
}

ProcessTree::ProcessTree(pid_t root, std::string proc) : root_(root), proc_(std::move(proc)) {
  refresh();
}

std::optional<ProcessStat> ProcessTree::read_stat(pid_t pid) const {
  return parse_process_stat(read_small_file(fmt::format("{}/{}/stat", proc_, pid)));
}

std::vector<ProcessStat> ProcessTree::read_all() const {
  std::vector<ProcessStat> all;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(proc_, failed), end;
       !failed && entry != end && all.size() < kProcessesMax; entry.increment(failed)) {
    pid_t pid = 0;
    if (!parse_number(entry->path().filename().string(), pid)) continue;
    if (auto stat = read_stat(pid)) all.push_back(*stat);
  }
  return all;
}

void ProcessTree::refresh() {
  const std::vector<ProcessStat> all = read_all();
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
  auto stat = read_stat(member.pid);
  if (stat && stat->start_ticks != member.start_ticks) return std::nullopt;
  return stat;
}

TreeUsage ProcessTree::usage() const {
  static const auto kPageBytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  TreeUsage usage;
  for (const Member& member : members_) {
    const auto stat = read_member(member);
    if (!stat) continue;
    usage.rss_bytes += static_cast<uint64_t>(std::max<int64_t>(0, stat->rss_pages)) * kPageBytes;
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
  return ticks_to_time(ticks);
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
