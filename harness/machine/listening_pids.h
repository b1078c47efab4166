// Which processes of this machine listen at an address: the server behind a URL.
//
// Where it stands: set-up work of app's bench, before the clock, for servers that Assay did not
// start itself. Blocks for as long as a name takes to resolve.
//
//   auto pids = machine::listening_pids("127.0.0.1", 8000);   // {4711}
//   if (!pids) notes.push_back(pids.error().text());           // why the server is not measured
//
// /proc/net/tcp and tcp6 say which sockets listen, /proc/PID/fd who holds them. A socket bound to
// the address itself comes before one bound to every address, as in the kernel. Several processes
// may hold one socket (workers that were forked); those whose ancestor is among them are left out,
// because whoever measures counts descendants. A program that only passes bytes on (a container's
// port proxy, ssh) is no server: it is an error that names it.
// Source: Linux Documentation/networking/proc_net_tcp.rst; proc(5).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::machine {

// Errors: `host` is not this machine; nothing listens there; who does cannot be seen (another
// user's process, another container). `proc`: for tests.
Result<std::vector<int64_t>> listening_pids(const std::string& host, uint16_t port,
                                            const std::string& proc = "/proc");

// A socket that listens, of a line of /proc/net/tcp or tcp6.
struct Listener {
  std::array<uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  bool any = false;                   // bound to every address
  bool ipv6 = false;
  uint16_t port = 0;
  uint32_t uid = 0;
  uint64_t inode = 0;
};
// Lines of other states, and what is no such line, are left out.
std::vector<Listener> parse_listeners(std::string_view table);

}  // namespace assay::machine
