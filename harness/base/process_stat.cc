#include "harness/base/process_stat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace assay {
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
  stat.child_ticks = static_cast<uint64_t>(std::max<int64_t>(0, child_user)) +
                     static_cast<uint64_t>(std::max<int64_t>(0, child_system));
  stat.cpu_ticks = user + system + stat.child_ticks;
  return stat;
}

std::optional<ProcessStat> read_process_stat(const std::string& proc, pid_t pid) {
  return parse_process_stat(read_small_file(fmt::format("{}/{}/stat", proc, pid)));
}

std::vector<ProcessStat> read_process_stats(const std::string& proc) {
  std::vector<ProcessStat> all;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(proc, failed), end;
       !failed && entry != end && all.size() < kProcessesMax; entry.increment(failed)) {
    pid_t pid = 0;
    if (!parse_number(entry->path().filename().string(), pid)) continue;
    if (auto stat = read_process_stat(proc, pid)) all.push_back(*stat);
  }
  return all;
}

Nanos process_time(uint64_t ticks) {
  static const auto kTicksPerSecond = static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  return Nanos(static_cast<int64_t>(ticks * (1'000'000'000 / kTicksPerSecond)));
}

uint64_t resident_bytes(const ProcessStat& stat) {
  static const auto kPageBytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return static_cast<uint64_t>(std::max<int64_t>(0, stat.rss_pages)) * kPageBytes;
}

std::string read_small_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> block{};
  in.read(block.data(), block.size());
  text.assign(block.data(), static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace assay
