#include "app/mock/mock_server.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <functional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/mock/mock_connection.h"
#include "app/mock/mock_log.h"
#include "app/mock/mock_service.h"
#include "backends/transport/receive_stamp.h"
#include "harness/base/check.h"

namespace assay::app::mock {
namespace {

constexpr size_t kConnectionsMax = 65'536;
constexpr int kBacklog = 4096;
constexpr timeval kTick{0, 200'000};
// After so many sockets the loop looks whether a timer is due: streams before new requests.
constexpr int kEventsPerLook = 8;
// Rounds of timers before sockets have their turn.
constexpr int kRoundsPerTurn = 16;
// What is due so soon is waited for awake: going to sleep and being woken takes longer.
constexpr Nanos kSpinMax = std::chrono::microseconds(30);
constexpr int kTimerPriority = 0;
constexpr int kSocketPriority = 1;

struct Free {
  void operator()(event* e) const { event_free(e); }
  void operator()(event_base* b) const { event_base_free(b); }
  void operator()(event_config* c) const { event_config_free(c); }
  void operator()(evconnlistener* l) const { evconnlistener_free(l); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Connections are named from 1 on; timers of the whole server have this name, and a turn that says
// what they are for.
constexpr uint64_t kServer = 0;
constexpr uint64_t kStallTurn = 1;
constexpr uint64_t kDieTurn = 2;

struct Timer {
  TimePoint due;
  uint64_t connection;
  uint64_t turn;
  bool operator>(const Timer& other) const { return due > other.due; }
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address address_of(const std::string& host, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  }
  return address;
}

uint16_t port_of(int fd) {
  Address address;
  address.size = sizeof address.storage;
  auto* any = reinterpret_cast<sockaddr*>(&address.storage);
  if (getsockname(fd, any, &address.size) != 0) return 0;
  return ntohs(any->sa_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(any)->sin6_port
                                          : reinterpret_cast<sockaddr_in*>(any)->sin_port);
}

// Thousands of connections need thousands of descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Error system_error(const std::string& where, const std::string& what) {
  return Error{ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)), where};
}

}  // namespace

struct MockServer::Impl final : ConnectionHost {
  struct Client {
    Client(int fd, uint64_t name, Impl& host)
        : server(&host), id(name), connection(fd, name, host) {}
    Impl* server;
    uint64_t id;
    MockConnection connection;
    Owned<event> readable;  // after the connection: freed before its descriptor is closed
    Owned<event> writable;
  };

  Impl(const MockOptions& given, std::unique_ptr<MockLog> log)
      : options(given), mock_service(options, std::move(log)), scratch_bytes(kScratchBytes) {}

  MockService& service() override { return mock_service; }
  [[nodiscard]] TimePoint now() const override { return clock.now(); }
  char* scratch() override { return scratch_bytes.data(); }
  TimePoint arrival_of(int64_t wall_ns, TimePoint read) override;
  void wake_at(uint64_t connection, uint64_t turn, TimePoint due) override;
  [[nodiscard]] TimePoint held_from() const override { return stall_from; }
  void want_writable(uint64_t connection, bool wanted) override;

  Result<void> listen();
  Owned<event> make_event(int fd, short what, event_callback_fn callback, void* argument,
                          int priority);
  void accept(int fd);
  void fire_timers();
  bool take_due();
  [[nodiscard]] bool wait_awake() const;
  void fire_server_timer(const Timer& timer);
  static void stall(TimePoint end);
  void die();
  void arm();
  // What follows from what a connection just did.
  void settle();
  template <typename Act>
  void act(uint64_t connection, Act&& act);

  static void on_accept(evconnlistener*, int fd, sockaddr*, int, void* self);
  static void on_accept_error(evconnlistener* listener, void* self);
  static void on_readable(int, short, void* client);
  static void on_writable(int, short, void* client);
  static void on_timerfd(int, short, void* self);
  static void on_tick(int, short, void* self);
  static void on_signal(int, short, void* self);

  MockOptions options;
  SteadyClock clock;
  MockService mock_service;
  std::vector<char> scratch_bytes;
  uint16_t port = 0;
  Owned<event_base> base;
  Owned<evconnlistener> listener;
  Descriptor timer_fd{timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  Owned<event> timer_event;
  Owned<event> tick_event;
  Owned<event> interrupt_event;
  Owned<event> terminate_event;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
  std::vector<Timer> firing;  // of one round
  backends::WallClock wall;
  TimePoint stall_from = kNever;   // while it is to come
  bool planned_accidents = false;  // the first request has come
  TimePoint armed = kNever;
  uint64_t last_id = 0;
  std::unordered_map<uint64_t, std::unique_ptr<Client>> clients;  // last: they use the others
};

Owned<event> MockServer::Impl::make_event(int fd, short what, event_callback_fn callback,
                                          void* argument, int priority) {
  Owned<event> made(event_new(base.get(), fd, what, callback, argument));
  ASSAY_CHECK(made != nullptr, "no memory for an event");
  event_priority_set(made.get(), priority);
  return made;
}

Result<void> MockServer::Impl::listen() {
  const std::string where = fmt::format("{}:{}", options.host, options.port);
  const Owned<event_config> config(event_config_new());
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_PRECISE_TIMER);
  event_config_set_max_dispatch_interval(config.get(), nullptr, kEventsPerLook, kSocketPriority);
  base.reset(event_base_new_with_config(config.get()));
  if (!base || timer_fd.get() < 0) return system_error(where, "no event loop");
  event_base_priority_init(base.get(), 2);

  const Address address = address_of(options.host, options.port);
  const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
  listener.reset(evconnlistener_new_bind(base.get(), on_accept, this, flags, kBacklog,
                                         reinterpret_cast<const sockaddr*>(&address.storage),
                                         static_cast<int>(address.size)));
  if (!listener) return system_error(where, "cannot listen");
  evconnlistener_set_error_cb(listener.get(), on_accept_error);
  // Accepted sockets inherit it, so that it holds for bytes that are there before accept().
  backends::request_receive_stamps(evconnlistener_get_fd(listener.get()));
  port = port_of(evconnlistener_get_fd(listener.get()));

  const short persistent = EV_PERSIST;
  timer_event = make_event(timer_fd.get(), EV_READ | persistent, on_timerfd, this, kTimerPriority);
  event_add(timer_event.get(), nullptr);
  tick_event = make_event(-1, persistent, on_tick, this, kSocketPriority);
  event_add(tick_event.get(), &kTick);
  interrupt_event = make_event(SIGINT, EV_SIGNAL | persistent, on_signal, this, kTimerPriority);
  terminate_event = make_event(SIGTERM, EV_SIGNAL | persistent, on_signal, this, kTimerPriority);
  event_add(interrupt_event.get(), nullptr);
  event_add(terminate_event.get(), nullptr);
  return {};
}

void MockServer::Impl::accept(int fd) {
  if (clients.size() >= kConnectionsMax) {
    close(fd);
    return;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const uint64_t id = ++last_id;
  auto client = std::make_unique<Client>(fd, id, *this);
  client->readable =
      make_event(fd, EV_READ | EV_PERSIST, on_readable, client.get(), kSocketPriority);
  client->writable =
      make_event(fd, EV_WRITE | EV_PERSIST, on_writable, client.get(), kSocketPriority);
  event_add(client->readable.get(), nullptr);
  clients.emplace(id, std::move(client));
}

TimePoint MockServer::Impl::arrival_of(int64_t wall_ns, TimePoint read) {
  if (wall_ns < 0) return read;
  wall.sample();
  const Nanos lag = wall.lag(wall_ns, to_ns(read));
  return lag < Nanos(0) ? read : read - lag;
}

void MockServer::Impl::want_writable(uint64_t connection, bool wanted) {
  event* e = clients.at(connection)->writable.get();
  if (wanted) {
    event_add(e, nullptr);
  } else {
    event_del(e);
  }
}

void MockServer::Impl::wake_at(uint64_t connection, uint64_t turn, TimePoint due) {
  timers.push({due, connection, turn});
  if (due < armed) arm();
}

void MockServer::Impl::arm() {
  armed = timers.empty() ? kNever : timers.top().due;
  if (armed == kNever) return;
  // A zero would disarm it; what is past fires at once.
  const int64_t ns = std::max<int64_t>(1, to_ns(armed));
  itimerspec spec{};
  spec.it_value.tv_sec = ns / 1'000'000'000;
  spec.it_value.tv_nsec = ns % 1'000'000'000;
  timerfd_settime(timer_fd.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

template <typename Act>
void MockServer::Impl::act(uint64_t connection, Act&& act) {
  const auto found = clients.find(connection);
  if (found != clients.end() && !act(found->second->connection)) clients.erase(connection);
}

void MockServer::Impl::settle() {
  while (const auto grant = mock_service.take_grant()) {
    act(grant->connection, [&](MockConnection& c) { return c.on_grant(grant->start); });
  }
  const auto first = mock_service.first_arrival();
  if (planned_accidents || !first) return;
  planned_accidents = true;
  if (options.stall_at) {
    stall_from = *first + *options.stall_at;
    wake_at(kServer, kStallTurn, stall_from);
  }
  if (options.die_at) wake_at(kServer, kDieTurn, *first + *options.die_at);
}

void MockServer::Impl::fire_timers() {
  uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t n = read(timer_fd.get(), &expirations, sizeof expirations);
  armed = TimePoint::min();  // until all are looked at: no one arms in between
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    if (!take_due()) {
      if (!wait_awake()) break;
      continue;
    }
    // A timer of the server is the last of its round.
    const bool of_server = firing.back().connection == kServer;
    const Timer last = firing.back();
    if (of_server) firing.pop_back();
    for (const Timer& timer : firing) {
      act(timer.connection, [&](MockConnection& c) { return c.send_due(timer.turn); });
    }
    for (const Timer& timer : firing) {
      act(timer.connection, [&](MockConnection& c) { return c.on_timer(timer.turn); });
    }
    settle();
    if (of_server) fire_server_timer(last);
  }
  arm();
}

// Fills `firing` with what is due, in its order; false where nothing is.
bool MockServer::Impl::take_due() {
  firing.clear();
  const TimePoint until = clock.now();
  while (!timers.empty() && timers.top().due <= until) {
    firing.push_back(timers.top());
    timers.pop();
    if (firing.back().connection == kServer) break;
  }
  return !firing.empty();
}

// Up to the next timer; false where that is too far away.
bool MockServer::Impl::wait_awake() const {
  if (timers.empty() || timers.top().due > clock.now() + kSpinMax) return false;
  while (clock.now() < timers.top().due) {
  }
  return true;
}

void MockServer::Impl::fire_server_timer(const Timer& timer) {
  if (timer.turn == kStallTurn) {
    stall_from = kNever;
    stall(timer.due + options.stall_for);
  } else {
    die();
  }
}

// Nothing is read, accepted or sent, as when the process does not run. A signal ends it.
void MockServer::Impl::stall(TimePoint end) {
  const int64_t ns = to_ns(end);
  const timespec until{ns / 1'000'000'000, ns % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

void MockServer::Impl::die() {
  listener.reset();
  for (auto& [id, client] : clients) client->connection.reset_on_close();
  clients.clear();
  event_base_loopbreak(base.get());
}

void MockServer::Impl::on_accept(evconnlistener* /*listener*/, int fd, sockaddr* /*from*/,
                                 int /*size*/, void* self) {
  static_cast<Impl*>(self)->accept(fd);
}

// Out of descriptors: the tick tries again.
void MockServer::Impl::on_accept_error(evconnlistener* listener, void* /*self*/) {
  evconnlistener_disable(listener);
}

void MockServer::Impl::on_readable(int /*fd*/, short /*what*/, void* client) {
  auto* c = static_cast<Client*>(client);
  Impl* server = c->server;
  if (!c->connection.on_readable()) server->clients.erase(c->id);
  server->settle();
}

void MockServer::Impl::on_writable(int /*fd*/, short /*what*/, void* client) {
  auto* c = static_cast<Client*>(client);
  Impl* server = c->server;
  if (!c->connection.on_writable()) server->clients.erase(c->id);
  server->settle();
}

void MockServer::Impl::on_timerfd(int /*fd*/, short /*what*/, void* self) {
  static_cast<Impl*>(self)->fire_timers();
}

void MockServer::Impl::on_tick(int /*fd*/, short /*what*/, void* self) {
  auto* impl = static_cast<Impl*>(self);
  impl->mock_service.tick();
  if (impl->listener) evconnlistener_enable(impl->listener.get());
}

void MockServer::Impl::on_signal(int /*signal*/, short /*what*/, void* self) {
  event_base_loopbreak(static_cast<Impl*>(self)->base.get());
}

MockServer::MockServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MockServer::~MockServer() = default;

Result<std::unique_ptr<MockServer>> MockServer::start(const MockOptions& options) {
  ASSAY_TRY_VOID(check_options(options));
  std::unique_ptr<MockLog> log;
  if (!options.log.empty()) {
    ASSAY_TRY(log, MockLog::open(options.log));
  }
  raise_descriptor_limit();
  auto impl = std::make_unique<Impl>(options, std::move(log));
  ASSAY_TRY_VOID(impl->listen());
  return std::unique_ptr<MockServer>(new MockServer(std::move(impl)));
}

std::string MockServer::url() const {
  const bool v6 = impl_->options.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/v1", v6 ? "[" + impl_->options.host + "]" : impl_->options.host,
                     impl_->port);
}

void MockServer::run() { event_base_dispatch(impl_->base.get()); }

std::string MockServer::stats_json() const { return impl_->mock_service.stats().to_json(); }

}  // namespace assay::app::mock
