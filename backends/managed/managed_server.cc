#include "backends/managed/managed_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "backends/managed/guarded_process.h"
#include "backends/managed/local_port.h"
#include "backends/managed/output_tail.h"
#include "backends/managed/server_probe.h"
#include "backends/transport/http.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock;

constexpr milliseconds kTick{20};  // how soon a death is noticed
constexpr milliseconds kProbeFirst{50};
constexpr milliseconds kProbeSlowest{500};
constexpr milliseconds kProbeTimeout{2000};
constexpr milliseconds kMeasureEvery{1000};
constexpr milliseconds kNoticeEvery{1000};
constexpr milliseconds kVersionTimeout{10'000};
constexpr size_t kTailLinesInErrors = 12;
constexpr size_t kTailLinesInEvents = 20;
constexpr size_t kProgressColumnsMax = 80;
constexpr size_t kLastLineColumnsMax = 200;
constexpr size_t kVersionColumnsMax = 200;

bool is_success(int status) { return status >= 200 && status < 300; }

std::string with_port(std::string text, uint16_t port) {
  constexpr std::string_view kMark = "{port}";
  const std::string number = std::to_string(port);
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at))
    text.replace(at, kMark.size(), number);
  return text;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return text.ends_with(end); });
}

// The command as it may be stored: what follows --api-key, --hf-token and the like is left out.
std::string shown_command(const std::vector<std::string>& argv) {
  std::string shown;
  bool secret = false;
  for (const std::string& word : argv) {
    if (!shown.empty()) shown += ' ';
    const size_t equals = word.find('=');
    const bool names_secret =
        word.starts_with('-') &&
        ends_with_any(word.substr(0, equals), {"key", "token", "secret", "password"});
    if (secret) {
      shown += "***";
    } else if (names_secret && equals != std::string::npos) {
      shown += word.substr(0, equals) + "=***";
    } else {
      shown +=
          word.find_first_of(" \t\n'\"") == std::string::npos ? word : fmt::format("'{}'", word);
    }
    secret = !secret && names_secret && equals == std::string::npos;
  }
  return shown;
}

std::string indented(const std::string& lines) {
  std::string out = "\n  ";
  for (const char c : lines) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

// What a server that is not ready yet says of it: {"error": {"message": "Loading model"}}.
std::string reason_in(const std::string& body) {
  const Result<Json> document = parse_json(body, "health");
  if (!document || !document->is_object()) return {};
  const Json* error = find_member(*document, "error");
  const Json& holder = error != nullptr && error->is_object() ? *error : *document;
  for (const char* key : {"message", "status"}) {
    const Json* text = find_member(holder, key);
    if (text != nullptr && text->is_string()) return to_lower(text->get<std::string>());
  }
  return {};
}

// Reads what a pipe holds now; closes nothing.
void read_into(int fd, OutputTail& tail) {
  std::array<char, 16 * 1024> block{};
  while (fd >= 0) {
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n <= 0) return;
    tail.add({block.data(), static_cast<size_t>(n)});
  }
}

std::string first_line(const std::string& text) {
  return truncate_to_width(sanitize_utf8(text.substr(0, text.find('\n'))), kVersionColumnsMax);
}

// What `PROGRAM --version` prints, in one line; empty: nothing usable.
std::string version_by_command(const std::vector<std::string>& argv) {
  if (argv.empty()) return {};
  SubprocessOptions options;
  options.argv = argv;
  options.in = StdioMode::kNull;
  options.nonblocking = true;
  const Result<std::unique_ptr<Subprocess>> child = Subprocess::start(options);
  if (!child) return {};
  OutputTail out;
  OutputTail err;
  const auto deadline = SteadyTime::now() + kVersionTimeout;
  std::optional<int> status;
  while (!status && SteadyTime::now() < deadline) {
    status = (*child)->wait_for(kTick);
    read_into((*child)->stdout_fd(), out);
    read_into((*child)->stderr_fd(), err);
  }
  if (status != 0) return {};
  // llama.cpp's programs print theirs to standard error.
  const std::string lines = out.lines(3).empty() ? err.lines(3) : out.lines(3);
  return first_line(lines);
}

}  // namespace

// The server's thread and everything that is shared with it.
class ManagedServer::Worker {
 public:
  Worker(ManagedServerOptions options, std::optional<LocalPort> port)
      : options_(std::move(options)), reserved_(std::move(port)) {
    if (reserved_) options_.port = reserved_->number();
    for (std::string& word : options_.argv) word = with_port(std::move(word), options_.port);
    for (auto& [key, value] : options_.env) value = with_port(std::move(value), options_.port);
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ASSAY_CHECK(wake_ >= 0, "no event descriptor");
  }
  ~Worker() {
    stop();
    ::close(wake_);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Result<void> start();
  void stop();

  const ManagedServerOptions& options() const { return options_; }
  std::string origin() const { return fmt::format("http://127.0.0.1:{}", options_.port); }

  // What other threads see; under mutex_.
  struct Shared {
    ServerState state = ServerState::kDown;
    uint32_t deaths = 0;
    std::string last_failure;
    std::string version;
    std::string progress;
    bool attached = false;
    std::optional<Result<void>> started;
    std::optional<ProcessTree> tree;  // of the process that runs now
    Nanos dead_cpu{0};                // of the processes before it
    Nanos cpu_at_start{0};            // when it was first healthy
    Nanos cpu_last{0};
    uint64_t rss = 0;
    uint64_t rss_peak = 0;
    std::vector<EventFact> events;
  };
  template <typename Read>
  auto read(Read what) const {
    const std::lock_guard lock(mutex_);
    return what(shared_);
  }
  std::vector<EventFact> take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(shared_.events, {});
  }
  void set_on_change(std::function<void()> on_change) {
    const std::lock_guard lock(callback_mutex_);
    on_change_ = std::move(on_change);
  }
  Nanos cpu_locked(const Shared& shared) const {
    return shared.tree ? shared.dead_cpu + shared.tree->cpu() : shared.cpu_last;
  }

 private:
  // Main thread.
  Result<bool> attach_if_there();
  Result<void> await_first_start();
  void say(const std::string& text) const {
    if (options_.notice) options_.notice(text);
  }

  // The server's thread.
  void work();
  Result<void> launch();
  Result<void> await_health(SteadyTime::time_point began);
  std::optional<int> watch();
  bool handle_death(int status);
  void end_process();
  void pump(milliseconds limit);
  void measure();
  void publish_tree();
  void retire_tree();
  std::string describe_early_end(int status) const;
  Json event_of_process() const;

  template <typename Change>
  void change(Change what) {
    {
      const std::lock_guard lock(mutex_);
      what(shared_);
    }
    changed_.notify_all();
    const std::lock_guard lock(callback_mutex_);
    if (on_change_) on_change_();
  }
  static void add_event(Shared& shared, std::string kind, const Json& json) {
    shared.events.push_back({to_ns(SteadyClock().now()), std::move(kind), dump_json(json)});
  }
  bool stopping() const { return stop_requested_.load(); }

  ManagedServerOptions options_;
  std::optional<LocalPort> reserved_;  // until the first launch
  int wake_ = -1;
  std::atomic<bool> stop_requested_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Shared shared_;
  std::mutex callback_mutex_;
  std::function<void()> on_change_;

  // The thread's own.
  std::unique_ptr<GuardedProcess> process_;
  OutputTail tail_;
  SteadyTime::time_point measured_{};
  std::jthread thread_;
};

// --- main thread ---

Result<void> ManagedServer::Worker::start() {
  ASSAY_CHECK(!thread_.joinable(), "start() was called before");
  if (!reserved_) {
    ASSAY_TRY(const bool attached, attach_if_there());
    if (attached) return {};
  }
  thread_ = std::jthread([this] { work(); });
  return await_first_start();
}

// A healthy server at the wanted port is used as it is; one that still loads is waited for; a port
// that is free becomes ours.
Result<bool> ManagedServer::Worker::attach_if_there() {
  const std::string url = origin() + options_.health_path;
  const auto deadline = SteadyTime::now() + options_.start_timeout;
  Result<HttpReply> reply = http_get(url, kProbeTimeout);
  while (reply && reply->status == 503 && SteadyTime::now() < deadline &&
         !options_.stop.stop_requested()) {
    say(fmt::format("waiting for the {} at {}: {}", options_.name, origin(),
                    reason_in(reply->body)));
    std::this_thread::sleep_for(kProbeSlowest);
    reply = http_get(url, kProbeTimeout);
  }
  if (reply && is_success(reply->status)) {
    const auto probed = probe_server(origin(), kProbeTimeout);
    say(fmt::format("using the {} that already listens at {}; it will not be stopped",
                    options_.name, origin()));
    change([&](Shared& shared) {
      shared.attached = true;
      shared.state = ServerState::kHealthy;
      if (probed) shared.version = probed->version;
      add_event(shared, "managed_attached",
                {{"server", options_.name}, {"address", origin()}, {"version", shared.version}});
    });
    return true;
  }
  Result<LocalPort> port = LocalPort::reserve(options_.port);
  if (port) {
    reserved_ = std::move(port).value();
    return false;
  }
  return Error{port.error().code,
               fmt::format("{}, but it is not a healthy {}: GET {} gives {}", port.error().message,
                           options_.name, options_.health_path,
                           reply ? fmt::format("status {}", reply->status) : reply.error().message),
               port.error().where};
}

Result<void> ManagedServer::Worker::await_first_start() {
  const auto began = SteadyTime::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kNoticeEvery / 5, [&] { return shared_.started.has_value(); })) {
    if (options_.stop.stop_requested()) {
      lock.unlock();
      stop();
      return Error{ErrorCode::kInterrupted, "stopped while it was starting", options_.name};
    }
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(SteadyTime::now() - began);
    const std::string progress = shared_.progress;
    lock.unlock();
    say(fmt::format("starting {}: {} s{}{}", options_.name, seconds.count(),
                    progress.empty() ? "" : ", ", progress));
    lock.lock();
  }
  return *shared_.started;
}

void ManagedServer::Worker::stop() {
  stop_requested_ = true;
  const uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

// --- the server's thread ---

void ManagedServer::Worker::work() {
  Result<void> up = launch();
  change([&](Shared& shared) {
    shared.started = up;
    if (!up) return;
    shared.state = ServerState::kHealthy;
    shared.cpu_at_start = cpu_locked(shared);
    add_event(shared, "managed_started", event_of_process());
  });
  while (up) {
    const std::optional<int> status = watch();
    if (!status || !handle_death(*status)) break;
    up = launch();
    if (stopping()) break;
    change([&](Shared& shared) {
      shared.state = up ? ServerState::kHealthy : ServerState::kFailed;
      if (up) {
        add_event(shared, "managed_restarted", event_of_process());
      } else {
        shared.last_failure = up.error().text();
        add_event(shared, "managed_restart_failed",
                  {{"server", options_.name}, {"error", shared.last_failure}});
      }
    });
  }
  end_process();
}

Result<void> ManagedServer::Worker::launch() {
  const auto began = SteadyTime::now();
  tail_ = OutputTail();
  SubprocessOptions child;
  child.argv = options_.argv;
  child.cwd = options_.cwd;
  child.env = options_.env;
  child.nonblocking = true;
  if (reserved_) reserved_->release();
  ASSAY_TRY(process_, GuardedProcess::start(std::move(child)));
  publish_tree();
  Result<void> healthy = await_health(began);
  if (!healthy) {
    process_->stop(options_.stop_grace, [this] { pump(milliseconds(0)); });
    retire_tree();
    process_ = nullptr;
    return healthy;
  }
  const auto probed = probe_server(origin(), kProbeTimeout);
  std::string version = probed ? probed->version : std::string();
  if (version.empty()) version = version_by_command(options_.version_argv);
  change([&](Shared& shared) { shared.version = std::move(version); });
  measure();
  return {};
}

Result<void> ManagedServer::Worker::await_health(SteadyTime::time_point began) {
  const std::string url = origin() + options_.health_path;
  const auto deadline = began + options_.start_timeout;
  milliseconds pause = kProbeFirst;
  auto next_probe = began + pause;
  std::string found = "not asked";
  while (true) {
    pump(kTick);
    if (stopping())
      return Error{ErrorCode::kInterrupted, "stopped while it was starting", options_.name};
    if (SteadyTime::now() >= next_probe) {
      const Result<HttpReply> reply = http_get(url, kProbeTimeout);
      // Another program may have taken the port: then ours is dead or about to be.
      const bool healthy = reply && is_success(reply->status);
      if (healthy && !process_->process().try_wait()) return {};
      found = reply ? fmt::format("status {}", reply->status) : reply.error().message;
      std::string progress = reply ? reason_in(reply->body) : std::string();
      if (progress.empty()) progress = truncate_to_width(tail_.lines(1), kProgressColumnsMax);
      const std::lock_guard lock(mutex_);
      shared_.progress = std::move(progress);
      pause = std::min(pause * 3 / 2, kProbeSlowest);
      next_probe = SteadyTime::now() + pause;
    }
    if (const auto status = process_->process().try_wait()) {
      pump(milliseconds(0));
      return Error{ErrorCode::kInfrastructure, describe_early_end(*status), options_.name};
    }
    if (SteadyTime::now() >= deadline) {
      return Error{ErrorCode::kInfrastructure,
                   fmt::format("was not healthy within {:.0f} s (GET {}: {}); its last lines:{}",
                               std::chrono::duration<double>(options_.start_timeout).count(), url,
                               found, indented(tail_.lines(kTailLinesInErrors))),
                   options_.name};
    }
  }
}

// Until the process ends by itself (its status) or it is to be stopped (nothing).
std::optional<int> ManagedServer::Worker::watch() {
  while (!stopping()) {
    pump(kTick);
    if (const auto status = process_->process().try_wait()) return status;
    if (SteadyTime::now() - measured_ >= kMeasureEvery) measure();
  }
  return std::nullopt;
}

// Says whether to start it again.
bool ManagedServer::Worker::handle_death(int status) {
  pump(milliseconds(0));
  const std::string last_line = truncate_to_width(tail_.lines(1), kLastLineColumnsMax);
  Json event = event_of_process();
  event["exit"] = describe_exit(status);
  event["output"] = tail_.lines(kTailLinesInEvents);
  retire_tree();
  process_ = nullptr;  // what it left behind goes too
  bool again = false;
  change([&](Shared& shared) {
    ++shared.deaths;
    again = options_.restart && shared.deaths == 1;
    shared.state = again ? ServerState::kDown : ServerState::kFailed;
    // Short: every request that was cut off keeps a copy. The event has the output.
    shared.last_failure = fmt::format("ended while it was serving, {}{}{}", describe_exit(status),
                                      shared.deaths > 1 ? ", after it had been restarted" : "",
                                      last_line.empty() ? "" : "; its last line: " + last_line);
    add_event(shared, "managed_crashed", event);
  });
  return again;
}

void ManagedServer::Worker::end_process() {
  if (process_ == nullptr) return;
  measure();
  Json event = event_of_process();
  const int status = process_->stop(options_.stop_grace, [this] { pump(milliseconds(0)); });
  event["exit"] = describe_exit(status);
  retire_tree();
  process_ = nullptr;
  change([&](Shared& shared) {
    shared.state = ServerState::kDown;
    add_event(shared, "managed_stopped", event);
  });
}

// Waits for output, a stop or `limit`, and takes what the server wrote.
void ManagedServer::Worker::pump(milliseconds limit) {
  Subprocess& child = process_->process();
  std::array<pollfd, 3> fds{{{child.stdout_fd(), POLLIN, 0},
                             {child.stderr_fd(), POLLIN, 0},
                             {stopping() ? -1 : wake_, POLLIN, 0}}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(limit.count())) <= 0) return;
  read_into(child.stdout_fd(), tail_);
  read_into(child.stderr_fd(), tail_);
  // A pipe that was closed would be readable for ever.
  if ((fds[0].revents & POLLHUP) != 0) child.close_stdout();
  if ((fds[1].revents & POLLHUP) != 0) child.close_stderr();
}

void ManagedServer::Worker::measure() {
  measured_ = SteadyTime::now();
  ProcessTree& tree = process_->tree();
  tree.refresh();
  const TreeUsage usage = tree.usage();
  const std::lock_guard lock(mutex_);
  shared_.tree = tree;
  // A member whose parent died with it was waited for by nobody we see: its time must not vanish.
  shared_.cpu_last = std::max(shared_.cpu_last, shared_.dead_cpu + usage.cpu);
  if (usage.rss_bytes > 0) shared_.rss = usage.rss_bytes;
  shared_.rss_peak = std::max({shared_.rss_peak, usage.rss_bytes, usage.rss_peak_bytes});
}

void ManagedServer::Worker::publish_tree() {
  const std::lock_guard lock(mutex_);
  shared_.tree = process_->tree();
}

// Before the process is reaped, while /proc still knows what it used.
void ManagedServer::Worker::retire_tree() {
  measure();
  const std::lock_guard lock(mutex_);
  shared_.dead_cpu = shared_.cpu_last;
  shared_.tree.reset();
}

std::string ManagedServer::Worker::describe_early_end(int status) const {
  const std::string lines = tail_.lines(kTailLinesInErrors);
  return fmt::format("ended while it was starting, {}{}", describe_exit(status),
                     lines.empty() ? "; it wrote nothing" : "; its last lines:" + indented(lines));
}

Json ManagedServer::Worker::event_of_process() const {
  return {{"server", options_.name},
          {"address", origin()},
          {"command", shown_command(options_.argv)},
          {"pid", process_ == nullptr ? 0 : process_->process().pid()},
          {"version", shared_.version}};
}

// --- the public face ---

Result<std::unique_ptr<ManagedServer>> ManagedServer::make(ManagedServerOptions options) {
  std::optional<LocalPort> port;
  if (options.port == 0) {
    ASSAY_TRY(port, LocalPort::reserve());
  }
  return std::unique_ptr<ManagedServer>(
      new ManagedServer(std::make_unique<Worker>(std::move(options), std::move(port))));
}

ManagedServer::ManagedServer(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
ManagedServer::~ManagedServer() = default;

Result<void> ManagedServer::start() { return worker_->start(); }
void ManagedServer::stop() { worker_->stop(); }
const std::string& ManagedServer::name() const { return worker_->options().name; }
uint16_t ManagedServer::port() const { return worker_->options().port; }
std::string ManagedServer::origin() const { return worker_->origin(); }

bool ManagedServer::attached() const {
  return worker_->read([](const auto& shared) { return shared.attached; });
}
std::string ManagedServer::version() const {
  return worker_->read([](const auto& shared) { return shared.version; });
}
pid_t ManagedServer::pid() const {
  return worker_->read(
      [](const auto& shared) { return shared.tree ? shared.tree->root() : pid_t{0}; });
}
ServerState ManagedServer::state() const {
  return worker_->read([](const auto& shared) { return shared.state; });
}
uint32_t ManagedServer::deaths() const {
  return worker_->read([](const auto& shared) { return shared.deaths; });
}
std::string ManagedServer::last_failure() const {
  return worker_->read([](const auto& shared) { return shared.last_failure; });
}
void ManagedServer::set_on_change(std::function<void()> on_change) {
  worker_->set_on_change(std::move(on_change));
}
std::vector<EventFact> ManagedServer::take_events() { return worker_->take_events(); }

Nanos ManagedServer::cpu() const {
  return worker_->read([&](const auto& shared) {
    return shared.attached ? Nanos(-1) : worker_->cpu_locked(shared);
  });
}

std::vector<GaugeFact> ManagedServer::measure(const std::string& label) {
  return worker_->read([&](const auto& shared) -> std::vector<GaugeFact> {
    if (shared.attached || shared.rss == 0) return {};
    const int64_t now = to_ns(SteadyClock().now());
    const std::chrono::duration<double> cpu = worker_->cpu_locked(shared) - shared.cpu_at_start;
    return {{now, "cpu_seconds:" + label, cpu.count()},
            {now, "rss_bytes:" + label, static_cast<double>(shared.rss)},
            {now, "rss_peak_bytes:" + label, static_cast<double>(shared.rss_peak)}};
  });
}

}  // namespace assay::backends
