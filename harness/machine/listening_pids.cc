#include "harness/machine/listening_pids.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>

#include "harness/base/process_stat.h"

namespace assay::machine {
namespace {

namespace fs = std::filesystem;
using Address = std::array<uint8_t, 16>;

constexpr size_t kIpv4At = 12;  // in ::ffff:a.b.c.d
constexpr size_t kTableBytesMax = size_t{64} << 20;
constexpr size_t kDescriptorsMax = 1'000'000;  // of one process
constexpr std::string_view kListenState = "0A";
// Programs that hold a port for somebody else, as /proc/PID/comm names them.
constexpr std::array<std::string_view, 7> kForwarders{
    "docker-proxy", "rootlessport", "pasta", "slirp4netns", "ssh", "socat", "kubectl"};

Address ipv4_address(uint32_t network_order) {
  Address address{};
  address[10] = address[11] = 0xFF;
  std::memcpy(address.data() + kIpv4At, &network_order, sizeof network_order);
  return address;
}

bool is_mapped_ipv4(const Address& address) {
  return address[10] == 0xFF && address[11] == 0xFF &&
         std::all_of(address.begin(), address.begin() + 10, [](uint8_t b) { return b == 0; });
}

bool is_loopback(const Address& address) {
  if (is_mapped_ipv4(address)) return address[kIpv4At] == 127;
  Address one{};
  one.back() = 1;
  return address == one;
}

std::optional<Address> address_of(const sockaddr* from) {
  if (from == nullptr) return std::nullopt;
  if (from->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, from, sizeof v4);
    return ipv4_address(v4.sin_addr.s_addr);
  }
  if (from->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, from, sizeof v6);
    Address address{};
    std::memcpy(address.data(), &v6.sin6_addr, address.size());
    return address;
  }
  return std::nullopt;
}

Result<std::set<Address>> addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("`{}` has no address ({})", host, ::gai_strerror(code)), ""};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
  std::set<Address> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (const auto address = address_of(one->ai_addr)) addresses.insert(*address);
  }
  return addresses;
}

std::set<Address> addresses_of_this_machine() {
  std::set<Address> addresses;
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return addresses;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(found, &::freeifaddrs);
  for (const ifaddrs* one = found; one != nullptr; one = one->ifa_next) {
    if (const auto address = address_of(one->ifa_addr)) addresses.insert(*address);
  }
  return addresses;
}

template <typename T>
std::optional<T> number(std::string_view text, int base) {
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

// "0100007F": each group of eight digits is a 32-bit word of the address as the machine holds it.
std::optional<Address> address_in_hex(std::string_view text) {
  constexpr size_t kDigits = 8;
  if (text.size() != kDigits && text.size() != 4 * kDigits) return std::nullopt;
  Address address{};
  for (size_t at = 0; at < text.size(); at += kDigits) {
    const auto word = number<uint32_t>(text.substr(at, kDigits), 16);
    if (!word) return std::nullopt;
    if (text.size() == kDigits) return ipv4_address(*word);
    std::memcpy(address.data() + at / 2, &*word, sizeof *word);
  }
  return address;
}

bool is_any(const Address& address) {
  return std::all_of(address.begin(), address.end(), [](uint8_t b) { return b == 0; }) ||
         address == ipv4_address(0);
}

std::optional<Listener> parse_listener(std::string_view line) {
  next_word(line);  // its number
  const std::string_view local = next_word(line);
  next_word(line);  // the other end
  if (next_word(line) != kListenState) return std::nullopt;
  next_word(line);  // queues
  next_word(line);  // timer
  next_word(line);  // retransmits
  const auto uid = number<uint32_t>(next_word(line), 10);
  next_word(line);  // timeout
  const auto inode = number<uint64_t>(next_word(line), 10);
  const size_t colon = local.find(':');
  if (!uid || !inode || colon == std::string_view::npos) return std::nullopt;
  const auto address = address_in_hex(local.substr(0, colon));
  const auto port = number<uint16_t>(local.substr(colon + 1), 16);
  if (!address || !port) return std::nullopt;
  return Listener{*address, is_any(*address), colon > 8, *port, *uid, *inode};
}

std::string read_table(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 64 * 1024> block{};
  while (in && text.size() < kTableBytesMax) {
    in.read(block.data(), block.size());
    text.append(block.data(), static_cast<size_t>(in.gcount()));
  }
  return text;
}

// Those that a connection to one of `addresses` reaches.
std::vector<Listener> listeners_at(const std::set<Address>& addresses, uint16_t port,
                                   const std::string& proc) {
  std::vector<Listener> exact;
  std::vector<Listener> any;
  const bool ipv4 = std::any_of(addresses.begin(), addresses.end(), is_mapped_ipv4);
  for (const char* table : {"/net/tcp", "/net/tcp6"}) {
    for (const Listener& listener : parse_listeners(read_table(proc + table))) {
      if (listener.port != port) continue;
      if (addresses.contains(listener.address)) exact.push_back(listener);
      // A socket bound to [::] takes IPv4 too, unless it was told not to, which is not shown.
      if (listener.any && (listener.ipv6 || ipv4)) any.push_back(listener);
    }
  }
  return exact.empty() ? any : exact;
}

bool holds_one_of(const fs::path& descriptors, const std::set<std::string>& sockets) {
  std::error_code failed;
  size_t seen = 0;
  for (fs::directory_iterator entry(descriptors, failed), end;
       !failed && entry != end && seen < kDescriptorsMax; entry.increment(failed), ++seen) {
    std::error_code unreadable;
    const fs::path target = fs::read_symlink(entry->path(), unreadable);
    if (!unreadable && sockets.contains(target.string())) return true;
  }
  return false;
}

std::set<pid_t> holders_of(const std::vector<Listener>& listeners,
                           const std::vector<ProcessStat>& processes, const std::string& proc) {
  std::set<std::string> sockets;
  for (const Listener& listener : listeners) {
    sockets.insert(fmt::format("socket:[{}]", listener.inode));
  }
  std::set<pid_t> holders;
  for (const ProcessStat& process : processes) {
    if (holds_one_of(fmt::format("{}/{}/fd", proc, process.pid), sockets)) {
      holders.insert(process.pid);
    }
  }
  return holders;
}

// Without those whose ancestor holds the socket too.
std::vector<int64_t> topmost(const std::set<pid_t>& holders,
                             const std::vector<ProcessStat>& processes) {
  std::map<pid_t, pid_t> parent_of;
  for (const ProcessStat& process : processes) parent_of[process.pid] = process.parent;
  std::vector<int64_t> top;
  for (const pid_t pid : holders) {
    bool below = false;
    pid_t above = parent_of[pid];
    for (size_t steps = 0; above > 0 && !below && steps < processes.size(); ++steps) {
      below = holders.contains(above);
      const auto next = parent_of.find(above);
      above = next == parent_of.end() ? 0 : next->second;
    }
    if (!below) top.push_back(pid);
  }
  return top;
}

std::string name_of(int64_t pid, const std::string& proc) {
  std::string name = read_small_file(fmt::format("{}/{}/comm", proc, pid));
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

Result<void> check_is_here(const std::set<Address>& addresses, const std::string& host) {
  const std::set<Address> own = addresses_of_this_machine();
  const bool here = std::any_of(addresses.begin(), addresses.end(), [&](const Address& address) {
    return is_loopback(address) || own.contains(address);
  });
  if (here) return {};
  return Error{ErrorCode::kNotFound,
               fmt::format("{} is not this machine, so its server is not measured", host), ""};
}

}  // namespace

std::vector<Listener> parse_listeners(std::string_view table) {
  std::vector<Listener> listeners;
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    if (const auto listener = parse_listener(line)) listeners.push_back(*listener);
  }
  return listeners;
}

Result<std::vector<int64_t>> listening_pids(const std::string& host, uint16_t port,
                                            const std::string& proc) {
  ASSAY_TRY(const std::set<Address> addresses, addresses_of(host));
  ASSAY_TRY_VOID(check_is_here(addresses, host));
  const std::vector<Listener> listeners = listeners_at(addresses, port, proc);
  if (listeners.empty()) {
    return Error{ErrorCode::kNotFound, fmt::format("nothing listens at {}:{}", host, port), ""};
  }
  const std::vector<ProcessStat> processes = read_process_stats(proc);
  const std::set<pid_t> holders = holders_of(listeners, processes, proc);
  if (holders.empty()) {
    return Error{ErrorCode::kIo,
                 fmt::format("the process that listens at {}:{} belongs to user {} and cannot be "
                             "seen by this one, or runs in another container",
                             host, port, listeners.front().uid),
                 ""};
  }
  std::vector<int64_t> pids = topmost(holders, processes);
  for (const int64_t pid : pids) {
    const std::string name = name_of(pid, proc);
    if (std::find(kForwarders.begin(), kForwarders.end(), name) == kForwarders.end()) continue;
    return Error{
        ErrorCode::kNotFound,
        fmt::format("{}:{} is held by `{}` (process {}), which only passes bytes on to the "
                    "server",
                    host, port, name, pid),
        ""};
  }
  return pids;
}

}  // namespace assay::machine
