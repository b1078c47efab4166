#include "backends/transport/plain_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "backends/transport/plain_transfer.h"
#include "backends/url.h"
#include "harness/base/check.h"

namespace assay::backends {
namespace {

// Of a turn; few, so that what has become due is sent before the rest of a burst is read. What is
// left keeps fd() readable.
constexpr size_t kEventsMax = 64;
constexpr uint32_t kConnectionEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr uint64_t kSignal = std::numeric_limits<uint64_t>::max();
constexpr int kPlainPort = 80;

void watch(int epoll_fd, int how, int fd, uint32_t events, uint64_t name) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = name;
  ASSAY_CHECK(::epoll_ctl(epoll_fd, how, fd, &event) == 0, "epoll_ctl: {}", errno);
}

}  // namespace

PlainLoop::PlainLoop(const HttpOptions& options)
    : options_(options),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      buffer_(std::make_unique<std::array<char, kReceiveBytes>>()) {
  ASSAY_CHECK(epoll_fd_ >= 0 && event_fd_ >= 0, "no descriptors: {}", errno);
  watch(epoll_fd_, EPOLL_CTL_ADD, event_fd_, EPOLLIN | EPOLLET, kSignal);
  if (options_.kernel_stamps) stamps_.open();
  if (const Result<Url> url = parse_url(options_.url)) {
    host_ = url->host;
    port_ = url->port == 0 ? kPlainPort : url->port;
  }
}

PlainLoop::~PlainLoop() {
  ::close(event_fd_);
  ::close(epoll_fd_);
}

const std::vector<SocketAddress>& PlainLoop::addresses() {
  if (!resolved_) (void)resolve();
  return addresses_;
}

// What failed is not asked again by addresses(): each time might block the loop for seconds.
Result<void> PlainLoop::resolve() {
  resolved_ = true;
  ASSAY_TRY(addresses_, resolve_host(host_, port_));
  preferred_address = 0;
  return {};
}

PlainConnection* PlainLoop::take_idle() {
  while (!idle_.empty()) {
    PlainConnection* const connection = idle_.back();
    idle_.pop_back();
    if (!connection->is_stale()) return connection;
    close(*connection);
  }
  return nullptr;
}

PlainConnection* PlainLoop::open(size_t address, PlainTransfer& transfer, int& error) {
  if (closed_.empty()) {
    closed_.push_back(static_cast<uint32_t>(connections_.size()));
    connections_.push_back(std::make_unique<PlainConnection>());
    connections_.back()->place = closed_.back();
  }
  PlainConnection& connection = *connections_[closed_.back()];
  error = connection.open(addresses_[address], options_.kernel_stamps);
  if (!connection.is_open()) return nullptr;
  closed_.pop_back();
  connection.address = address;
  connection.transfer = &transfer;
  watch(epoll_fd_, EPOLL_CTL_ADD, connection.fd(), kConnectionEvents, name_of(connection));
  return &connection;
}

void PlainLoop::release(PlainConnection& connection) {
  connection.transfer = nullptr;
  idle_.push_back(&connection);
}

void PlainLoop::close(PlainConnection& connection) {
  connection.close();
  closed_.push_back(connection.place);
}

void PlainLoop::read_again(const PlainConnection& connection) {
  watch(epoll_fd_, EPOLL_CTL_MOD, connection.fd(), kConnectionEvents, name_of(connection));
}

TimePoint PlainLoop::turn() {
  signalled_ = false;
  if (options_.kernel_stamps) wall_clock_.sample();
  std::array<epoll_event, kEventsMax> events;
  const int count = ::epoll_wait(epoll_fd_, events.data(), kEventsMax, 0);
  woke_ = now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<size_t>(i));
    if (event.data.u64 != kSignal) serve(event.data.u64, event.events);
  }
  limits.end_overdue(woke_);
  return limits.next();
}

void PlainLoop::serve(uint64_t name, uint32_t events) {
  PlainConnection& connection = *connections_[static_cast<uint32_t>(name)];
  if (name_of(connection) != name) return;  // closed since, perhaps opened again
  if (connection.transfer != nullptr) return connection.transfer->on_events(events);
  // Idle: the other side has closed it, or says what nobody asked for.
  if (!connection.is_stale()) return;
  std::erase(idle_, &connection);
  close(connection);
}

uint64_t PlainLoop::name_of(const PlainConnection& connection) {
  return uint64_t{connection.generation} << 32 | connection.place;
}

void PlainLoop::signal() {
  if (std::exchange(signalled_, true)) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(event_fd_, &one, sizeof one);
}

}  // namespace assay::backends
