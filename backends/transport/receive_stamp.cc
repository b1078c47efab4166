#include "backends/transport/receive_stamp.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace assay::backends {
namespace {

constexpr int64_t kStepNs = 1'000'000;          // between two samples; slewing is far slower
constexpr int64_t kSampleErrorNs = 50'000;      // a lag below zero by at most this is zero
constexpr int64_t kLagMaxNs = 300'000'000'000;  // no byte waits longer in a kernel that is read
constexpr int64_t kSampleGapNs = 20'000;        // a sample that took longer is taken again
constexpr int kSampleTries = 3;
constexpr unsigned kTcpEstablished = 1;  // TCP_ESTABLISHED of the kernel

int64_t read_clock(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Data segments that the connection has received; the number known before when the kernel does not
// say.
uint32_t segments_received(int fd, uint32_t before) {
  tcp_info info{};
  socklen_t size = sizeof info;
  constexpr size_t kNeeded = offsetof(tcp_info, tcpi_data_segs_in) + sizeof(uint32_t);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < kNeeded) return before;
  return info.tcpi_data_segs_in;
}

}  // namespace

int64_t stamp_of(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec t{};
    std::memcpy(&t, CMSG_DATA(c), sizeof t);
    return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  }
  return -1;
}

StampKeeper::~StampKeeper() {
  if (fd_ >= 0) ::close(fd_);
}

void StampKeeper::open() {
  if (fd_ >= 0) return;
  fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd_ >= 0) (void)request_receive_stamps(fd_);
}

bool request_receive_stamps(int fd) {
  const int on = 1;
  return ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0;
}

bool read_is_coalesced(uint32_t segments, size_t pending, size_t read_bytes_max,
                       ReadHistory& history) {
  const uint32_t fresh = segments - history.segments;
  // No new segment: these bytes were counted with the read before.
  const bool coalesced = fresh == 0 ? history.coalesced : fresh > 1 || history.left_over;
  history = {segments, pending >= read_bytes_max, coalesced};
  return coalesced;
}

Arrival peek_arrival(int fd, std::span<char> buffer, ReadHistory& history) {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  // MSG_TRUNC: TCP walks over the bytes without copying them.
  const ssize_t n = ::recvmsg(fd, &message, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (n <= 0) return {};
  Arrival arrival;
  arrival.wall_ns = stamp_of(message);
  arrival.coalesced = read_is_coalesced(segments_received(fd, history.segments),
                                        static_cast<size_t>(n), buffer.size(), history);
  return arrival;
}

void skip_arrival(int fd, ReadHistory& history) {
  history = {segments_received(fd, history.segments), false, false};
}

bool SegmentLedger::merged(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  constexpr size_t kNeeded = offsetof(tcp_info, tcpi_data_segs_in) + sizeof(uint32_t);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < kNeeded) return false;
  // The other side's close counts as a byte.
  const bool closed = info.tcpi_state != kTcpEstablished;
  return merged(info.tcpi_data_segs_in, info.tcpi_bytes_received - (closed ? 1 : 0));
}

bool SegmentLedger::merged(uint32_t segments, uint64_t bytes_received) {
  const uint32_t waiting = bytes_received > bytes_read_ ? 1 : 0;
  const uint32_t fresh = segments - segments_;
  const uint32_t read = fresh >= waiting ? fresh - waiting : 0;
  const bool merged = read > reads_;
  segments_ += read;
  reads_ = 0;
  return merged;
}

void WallClock::sample() {
  int64_t before = 0;
  int64_t wall = 0;
  int64_t after = 0;
  for (int i = 0; i < kSampleTries; ++i) {
    before = read_clock(CLOCK_MONOTONIC);
    wall = read_clock(CLOCK_REALTIME);
    after = read_clock(CLOCK_MONOTONIC);
    if (after - before <= kSampleGapNs) break;
  }
  sample(before, wall, after);
}

void WallClock::sample(int64_t before_ns, int64_t wall_ns, int64_t after_ns) {
  const int64_t low = wall_ns - after_ns;
  const int64_t high = wall_ns - before_ns;
  const int64_t offset = sampled_ ? std::clamp(offset_ns_, low, high) : low + (high - low) / 2;
  stepped_ = sampled_ && std::llabs(offset - offset_ns_) > kStepNs;
  offset_ns_ = offset;
  sampled_ = true;
}

Nanos WallClock::lag(int64_t wall_ns, int64_t steady_now_ns) const {
  if (wall_ns < 0 || !sampled_ || stepped_) return Nanos(-1);
  const int64_t lag = steady_now_ns - (wall_ns - offset_ns_);
  if (lag < -kSampleErrorNs || lag > kLagMaxNs) return Nanos(-1);
  return Nanos(lag < 0 ? 0 : lag);
}

}  // namespace assay::backends
