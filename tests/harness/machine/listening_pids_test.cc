#include "harness/machine/listening_pids.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/harness/machine/fakes.h"

namespace assay::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

std::string row(const std::string& local, int inode, const char* state = "0A", int uid = 1000) {
  const std::string other = local.size() > 14 ? std::string(32, '0') + ":0000" : "00000000:0000";
  return fmt::format(
      "   0: {} {} {} 00000000:00000000 00:00000000 00000000 {:5} 0 {} 1 0000 100 0\n", local,
      other, state, uid, inode);
}

class ListeningPids : public ::testing::Test {
 protected:
  void tables(const std::string& tcp, const std::string& tcp6 = "") const {
    proc.dir().write("net/tcp", kHead + tcp);
    if (!tcp6.empty()) proc.dir().write("net/tcp6", kHead + tcp6);
  }
  void holds(int pid, int inode, int parent = 1, const std::string& name = "server") const {
    proc.put({.pid = pid, .parent = parent});
    proc.dir().write(fmt::format("{}/comm", pid), name + "\n");
    std::filesystem::create_directories(proc.dir().file(fmt::format("{}/fd", pid)));
    std::filesystem::create_symlink("/dev/null", proc.dir().file(fmt::format("{}/fd/0", pid)));
    std::filesystem::create_symlink(fmt::format("socket:[{}]", inode),
                                    proc.dir().file(fmt::format("{}/fd/3", pid)));
  }
  [[nodiscard]] std::vector<int64_t> found(const std::string& host, uint16_t port) const {
    const auto pids = listening_pids(host, port, proc.path());
    EXPECT_TRUE(pids.has_value()) << (pids ? "" : pids.error().text());
    return pids ? *pids : std::vector<int64_t>{};
  }
  [[nodiscard]] std::string error(const std::string& host, uint16_t port) const {
    const auto pids = listening_pids(host, port, proc.path());
    return pids ? "" : pids.error().text();
  }
  FakeProc proc;
};

TEST_F(ListeningPids, TheListenerOfTheAddress) {
  tables(row("0100007F:1F40", 501) + row("0100007F:1F41", 502) +
         row("0100007F:1F40", 503, "01"));  // a connection, not a listener
  holds(20, 501);
  holds(21, 502);
  holds(22, 503);
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(20));
  EXPECT_THAT(found("localhost", 8001), ElementsAre(21));
}

TEST_F(ListeningPids, ItsOwnAddressComesBeforeEveryAddress) {
  tables(row("00000000:1F40", 501) + row("0100007F:1F40", 502));
  holds(20, 501);
  holds(21, 502);
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(21));
  tables(row("00000000:1F40", 501));
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(20));
}

TEST_F(ListeningPids, Ipv6) {
  const std::string one = "00000000000000000000000001000000:1F40";
  const std::string any = std::string(32, '0') + ":1F40";
  tables("", row(one, 501));
  holds(20, 501);
  EXPECT_THAT(found("::1", 8000), ElementsAre(20));
  EXPECT_EQ(error("127.0.0.1", 8000), "nothing listens at 127.0.0.1:8000");
  tables("", row(any, 501));  // takes IPv4 too
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(20));
  tables(row("00000000:1F40", 501), "x\n");  // but not the other way round
  EXPECT_EQ(error("::1", 8000), "nothing listens at ::1:8000");
  tables("", row("0000000000000000FFFF00000100007F:1F40", 501));  // ::ffff:127.0.0.1
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(20));
}

TEST_F(ListeningPids, WorkersOfOneServerCountAsTheirParent) {
  tables(row("0100007F:1F40", 501));
  holds(20, 501);
  holds(21, 501, 20);
  proc.put({.pid = 30, .parent = 20});  // holds nothing itself
  holds(31, 501, 30);
  holds(40, 501, 1);
  EXPECT_THAT(found("127.0.0.1", 8000), ElementsAre(20, 40));
}

TEST_F(ListeningPids, WhatCannotBeHadIsSaid) {
  tables(row("0100007F:1F40", 501, "0A", 33));
  EXPECT_EQ(error("127.0.0.1", 8001), "nothing listens at 127.0.0.1:8001");
  EXPECT_EQ(error("127.0.0.1", 8000),
            "the process that listens at 127.0.0.1:8000 belongs to user 33 and cannot be seen by "
            "this one, or runs in another container");
  EXPECT_EQ(error("192.0.2.1", 8000),
            "192.0.2.1 is not this machine, so its server is not measured");
  EXPECT_THAT(error(std::string(300, 'a'), 8000), HasSubstr("has no address"));
  holds(20, 501, 1, "docker-proxy");
  EXPECT_EQ(error("127.0.0.1", 8000),
            "127.0.0.1:8000 is held by `docker-proxy` (process 20), which only passes bytes on to "
            "the server");
}

TEST_F(ListeningPids, TablesThatAreNoneGiveNothing) {
  EXPECT_TRUE(parse_listeners("").empty());
  EXPECT_TRUE(parse_listeners(kHead).empty());
  const std::string good = row("0100007F:1F40", 501);
  ASSERT_EQ(parse_listeners(good).size(), 1U);
  for (size_t cut = 0; cut < good.find("501"); ++cut) {
    EXPECT_TRUE(parse_listeners(good.substr(0, cut)).empty()) << cut;
  }
  EXPECT_TRUE(parse_listeners(row("0100007F", 501)).empty());
  EXPECT_TRUE(parse_listeners(row("0100007G:1F40", 501)).empty());
  EXPECT_TRUE(parse_listeners(row("01:1F40", 501)).empty());
  EXPECT_TRUE(parse_listeners(row("0100007F:1F4000", 501)).empty());
}

// Of this machine: a socket that this test holds itself.
TEST(ListeningPidsOfThisMachine, FindThisProcess) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto pids = listening_pids("127.0.0.1", ntohs(address.sin_port));
  ::close(fd);
  if (!std::filesystem::exists("/proc/net/tcp")) GTEST_SKIP() << "no /proc/net/tcp here";
  ASSERT_TRUE(pids.has_value()) << pids.error().text();
  EXPECT_THAT(*pids, ElementsAre(::getpid()));
}

}  // namespace
}  // namespace assay::machine
