#include "backends/transport/http_loop.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace assay::backends {
namespace {

// Of a turn; few, so that slots that became free are filled before the rest of a burst is read.
// What is left keeps fd() readable.
constexpr int kEventsMax = 32;
constexpr long kIdleConnectionsMax = 16'384;

void add_edge(int epoll_fd, int fd) {
  // Edge-triggered: one event per expiry or signal, and nothing has to be read back.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = fd;
  ASSAY_CHECK(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl: {}", errno);
}

}  // namespace

void ensure_curl() {
  static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
  ASSAY_CHECK(kDone == CURLE_OK, "curl_global_init: {}", static_cast<int>(kDone));
}

CurlLoop::CurlLoop()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  ASSAY_CHECK(epoll_fd_ >= 0 && timer_fd_ >= 0 && event_fd_ >= 0, "no descriptors: {}", errno);
  ensure_curl();
  multi_ = curl_multi_init();
  ASSAY_CHECK(multi_ != nullptr, "curl_multi_init");
  add_edge(epoll_fd_, timer_fd_);
  add_edge(epoll_fd_, event_fd_);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);
  ::close(event_fd_);
  ::close(timer_fd_);
  ::close(epoll_fd_);
}

void CurlLoop::adopt(CURL* easy, bool stamps) {
  if (stamps) stamps_.open();
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                   stamps ? &CurlLoop::open_stamped : &CurlLoop::open_plain);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(kReceiveBytes));
}

void CurlLoop::add(CURL* easy, CurlClient& client) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &client);
  const CURLMcode code = curl_multi_add_handle(multi_, easy);
  signal();
  ASSAY_CHECK(code == CURLM_OK, "curl_multi_add_handle: {}", curl_multi_strerror(code));
}

void CurlLoop::remove(CURL* easy, CurlClient& client) {
  arm(client, kNever);
  curl_multi_remove_handle(multi_, easy);
}

TimePoint CurlLoop::turn() {
  signalled_ = false;
  wall_clock_.sample();
  std::array<epoll_event, kEventsMax> events;
  const int count = ::epoll_wait(epoll_fd_, events.data(), kEventsMax, 0);
  reading_.woke = now();
  for (int i = 0; i < count; ++i) serve(events.at(static_cast<size_t>(i)));
  if (curl_due_ <= reading_.woke) run_curl_timer();
  take_finished();
  limits_.end_overdue(now());
  const TimePoint next = std::min(limits_.next(), curl_due_);
  arm_timer(next);
  return next;
}

void CurlLoop::signal() {
  if (std::exchange(signalled_, true)) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(event_fd_, &one, sizeof one);
}

void CurlLoop::serve(const epoll_event& event) {
  const int fd = event.data.fd;
  if (fd == timer_fd_) {
    timer_at_ = kNever;
    return;
  }
  if (fd == event_fd_) return;
  Socket& entry = socket(fd);
  if (entry.wanted == 0) {  // an idle connection that the server closed, or noise on it
    update(fd, 0);
    return;
  }
  ++reading_.number;
  reading_.arrival = {};
  const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
  int ready = 0;
  if ((event.events & EPOLLIN) != 0 || broken) ready |= CURL_CSELECT_IN;
  if ((event.events & EPOLLOUT) != 0 || broken) ready |= CURL_CSELECT_OUT;
  if ((event.events & EPOLLIN) != 0 && entry.stamped)
    reading_.arrival = peek_arrival(fd, peeked_, entry.history);
  int running = 0;
  curl_multi_socket_action(multi_, fd, ready, &running);
  reading_.arrival = {};
}

void CurlLoop::run_curl_timer() {
  curl_due_ = kNever;
  ++reading_.number;
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlLoop::take_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;  // the message ends with its handle's removal
    CurlClient* client = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &client);
    remove(easy, *client);
    client->on_done(code);
  }
}

void CurlLoop::arm_timer(TimePoint next) {
  // A later time needs no call: the timer fires early once, and is set again then.
  if (next >= timer_at_) return;
  const int64_t ns = std::max<int64_t>(to_ns(next), 1);
  itimerspec spec{};
  spec.it_value.tv_sec = ns / 1'000'000'000;
  spec.it_value.tv_nsec = ns % 1'000'000'000;
  ::timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
  timer_at_ = next;
}

int CurlLoop::on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*unused*/) {
  uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  static_cast<CurlLoop*>(self)->want(fd, events);
  return 0;
}

int CurlLoop::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  loop->curl_due_ =
      timeout_ms < 0 ? kNever : loop->now() + Nanos(std::chrono::milliseconds(timeout_ms));
  return 0;
}

curl_socket_t CurlLoop::open_stamped(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  return static_cast<CurlLoop*>(self)->open_socket(*address, true);
}

curl_socket_t CurlLoop::open_plain(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  return static_cast<CurlLoop*>(self)->open_socket(*address, false);
}

curl_socket_t CurlLoop::open_socket(const curl_sockaddr& address, bool stamps) {
  const int fd = ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  Socket& entry = socket(fd);
  entry = Socket{};
  entry.ours = true;
  entry.stamped = stamps && request_receive_stamps(fd);
  return fd;
}

int CurlLoop::close_socket(void* self, curl_socket_t fd) {
  static_cast<CurlLoop*>(self)->socket(fd) = Socket{};  // closing takes it out of the set
  return ::close(fd);
}

CurlLoop::Socket& CurlLoop::socket(int fd) {
  const auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  return sockets_[index];
}

void CurlLoop::want(int fd, uint32_t events) {
  Socket& entry = socket(fd);
  // A transfer takes the connection up. What came on it while idle, or was read by libcurl right
  // after it had sent, without an event, is no part of the first read to come.
  if (entry.wanted == 0 && events != 0 && entry.stamped) skip_arrival(fd, entry.history);
  entry.wanted = events;
  // An idle connection of ours stays in the set: most are used again at once, which then costs no
  // system call. Other descriptors (the resolver's) end without a word and must leave it.
  if (events == 0 && entry.ours) return;
  update(fd, events);
}

void CurlLoop::update(int fd, uint32_t events) {
  Socket& entry = socket(fd);
  if (events == entry.registered) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  int how = EPOLL_CTL_MOD;
  if (events == 0) how = EPOLL_CTL_DEL;
  if (entry.registered == 0) how = EPOLL_CTL_ADD;
  const int done = ::epoll_ctl(epoll_fd_, how, fd, &event);
  ASSAY_CHECK(done == 0 || how == EPOLL_CTL_DEL, "epoll_ctl {} of {}: {}", how, fd, errno);
  entry.registered = events;
}

}  // namespace assay::backends
