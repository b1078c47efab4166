#include "backends/transport/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "backends/codec/lines.h"
#include "backends/transport/process_slot.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr int kReadsPerTurn = 8;                            // of one program before the others
constexpr Nanos kDyingPoll = std::chrono::milliseconds(2);  // while waiting for an exit code
constexpr Nanos kStoppingPoll = std::chrono::milliseconds(2);
constexpr size_t kExcerptMax = 120;

std::string excerpt(std::string_view line) {
  if (line.size() <= kExcerptMax) return sanitize_utf8(line);
  return sanitize_utf8(line.substr(0, kExcerptMax)) + "...";
}

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

int poll_timeout_ms(Nanos wait) {
  if (wait.count() <= 0) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::min<int64_t>(ms, 60'000));
}

}  // namespace

// What the two threads share, and the thread that owns the programs.
class ProcessTransport::Pool {
 public:
  explicit Pool(ProcessOptions options)
      : options_(std::move(options)), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ASSAY_CHECK(wake_fd_ >= 0, "eventfd: {}", errno);
    slots_.resize(options_.processes);
  }
  ~Pool() {
    thread_.request_stop();
    wake_thread();
    if (thread_.joinable()) thread_.join();
    ::close(wake_fd_);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Result<ProcessInfo> prepare() {
    ASSAY_CHECK(!thread_.joinable(), "prepared twice");
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    std::unique_lock lock(mutex_);
    prepared_changed_.wait(lock, [&] { return prepared_.has_value(); });
    return *prepared_;
  }
  void set_clock(const Clock& clock) { clock_.store(&clock); }
  void set_wake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_loop_ = std::move(wake);
  }
  void start(AttemptPtr attempt) {
    ASSAY_CHECK(thread_.joinable(), "started before prepare()");
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(attempt));
      if (inbox_.size() > 1) return;  // the thread has been woken for the first
    }
    wake_thread();
  }
  void collect(std::vector<Piece>& out) {
    const std::lock_guard lock(mutex_);
    for (Piece& piece : outbox_) out.push_back(std::move(piece));
    outbox_.clear();
  }
  void cancel_all() {
    {
      const std::lock_guard lock(mutex_);
      cancel_ = true;
    }
    wake_thread();
  }
  std::vector<int64_t> pids() {
    const std::lock_guard lock(mutex_);
    return pids_;
  }

 private:
  // --- any thread ---
  void wake_thread() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_fd_, &one, sizeof one);  // full means awake
  }
  [[nodiscard]] TimePoint now() const { return clock_.load()->now(); }

  // --- the pool's thread ---
  void run(const std::stop_token& stop) {
    start_all();
    while (!stop.stop_requested()) {
      take_inbox();
      assign_waiting();
      publish();  // what was cancelled or refused: it must not wait for the next event
      wait_for_events();
      for (ProcessSlot& slot : slots_) serve(slot);
      settle_prepare();
      publish();
    }
    stop_all();
  }

  [[nodiscard]] std::string program() const { return fmt::format("`{}`", options_.argv.front()); }

  void start_all() {
    prepare_deadline_ = now() + options_.hello_wait;
    for (ProcessSlot& slot : slots_) {
      Result<void> started = slot.start(options_);
      if (!started) {
        answer_prepare(std::move(started).error());
        return;
      }
    }
    note_pids();
  }

  void note_pids() {
    const std::lock_guard lock(mutex_);
    pids_.clear();
    for (const ProcessSlot& slot : slots_) {
      if (!slot.stopped()) pids_.push_back(slot.pid());
    }
  }

  void answer_prepare(Result<ProcessInfo> result) {
    const std::lock_guard lock(mutex_);
    if (prepared_) return;
    prepared_ = std::move(result);
    prepared_changed_.notify_all();
    preparing_ = false;
  }

  void settle_prepare() {
    if (!preparing_) return;
    ProcessInfo info;
    info.concurrency = 0;
    bool complete = true;
    for (const ProcessSlot& slot : slots_) {
      if (!slot.running()) return;  // its burial is the answer
      complete = complete && slot.hello.has_value();
      info.concurrency += static_cast<uint32_t>(slot.hello ? slot.hello->concurrency : 1);
      if (slot.hello && info.version.empty()) info.version = slot.hello->version;
    }
    if (!complete && now() < prepare_deadline_) return;
    if (!complete && options_.hello_required) {
      answer_prepare(Error{
          ErrorCode::kInfrastructure,
          fmt::format(
              "{} did not send its hello line within {} ms", program(),
              std::chrono::duration_cast<std::chrono::milliseconds>(options_.hello_wait).count()),
          ""});
      return;
    }
    answer_prepare(std::move(info));
  }

  void take_inbox() {
    bool cancel = false;
    {
      const std::lock_guard lock(mutex_);
      for (AttemptPtr& attempt : inbox_) {
        attempt->response = Response{};
        attempt->response.outcome = Outcome::kOk;
        waiting_.push_back(std::move(attempt));
      }
      inbox_.clear();
      cancel = std::exchange(cancel_, false);
    }
    if (cancel) cancel_everything();
  }

  void cancel_everything() {
    const TimePoint at = now();
    for (AttemptPtr& attempt : waiting_) {
      attempt->stamps.sent = at;
      end(std::move(attempt), next_stream_++, at, Outcome::kCancelled, "cancelled");
    }
    waiting_.clear();
    for (ProcessSlot& slot : slots_) {
      if (slot.in_flight.empty()) continue;
      end_all(slot, at, Outcome::kCancelled, "cancelled");
      if (slot.running()) slot.begin_dying(at, true, program() + " was stopped");
    }
  }

  // The running slot with most room; else one to start; else none.
  ProcessSlot* slot_with_room() {
    ProcessSlot* best = nullptr;
    for (ProcessSlot& slot : slots_) {
      if (slot.given_up || slot.dying()) continue;
      const int64_t capacity = slot.hello ? slot.hello->concurrency : 1;
      if (static_cast<int64_t>(slot.in_flight.size()) >= capacity) continue;
      const bool better =
          best == nullptr || (best->stopped() && slot.running()) ||
          (best->running() && slot.running() && slot.in_flight.size() < best->in_flight.size());
      if (better) best = &slot;
    }
    return best;
  }

  void assign_waiting() {
    size_t taken = 0;
    while (taken < waiting_.size()) {
      ProcessSlot* slot = slot_with_room();
      if (slot == nullptr) break;
      if (slot->stopped() && !restart(*slot)) continue;
      hand_over(*slot, std::move(waiting_[taken++]));
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    const bool hopeless = std::all_of(slots_.begin(), slots_.end(),
                                      [](const ProcessSlot& slot) { return slot.given_up; });
    if (!hopeless) return;
    const TimePoint at = now();
    for (AttemptPtr& attempt : waiting_) {
      attempt->stamps.sent = at;
      end(std::move(attempt), next_stream_++, at, Outcome::kRejected,
          fmt::format("{} was given up after {} restarts in a row without a reply: {}", program(),
                      kRestartsMax, last_failure_));
    }
    waiting_.clear();
  }

  bool restart(ProcessSlot& slot) {
    const Result<void> started = slot.start(options_);
    note_pids();
    if (started) return true;
    count_death(slot, started.error().text());
    return false;
  }

  void hand_over(ProcessSlot& slot, AttemptPtr attempt) {
    InFlight request;
    request.stream = next_stream_++;
    request.id = request_id(attempt->key);
    const TimePoint at = now();
    attempt->stamps.sent = at;
    request.deadline = at + options_.timeout;
    request.attempt = std::move(attempt);
    slot.in_flight.push_back(std::move(request));
    if (!slot.send(slot.in_flight.back().attempt->wire))
      slot.begin_dying(now(), false, program() + " closed its standard input");
  }

  void wait_for_events() {
    polled_.clear();
    polled_.push_back({wake_fd_, POLLIN, 0});
    TimePoint until = preparing_ ? prepare_deadline_ : kNever;
    const TimePoint at = now();
    for (const ProcessSlot& slot : slots_) {
      if (slot.stopped()) continue;
      if (slot.dying()) {
        until = std::min(until, at + kDyingPoll);
        continue;
      }
      for (const InFlight& request : slot.in_flight) until = std::min(until, request.deadline);
      polled_.push_back({slot.stdout_fd(), POLLIN, 0});
      if (slot.stderr_fd() >= 0) polled_.push_back({slot.stderr_fd(), POLLIN, 0});
      if (slot.wants_to_write()) polled_.push_back({slot.stdin_fd(), POLLOUT, 0});
    }
    const int timeout = until == kNever ? -1 : poll_timeout_ms(until - at);
    ::poll(polled_.data(), polled_.size(), timeout);
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(wake_fd_, &count, sizeof count);
  }

  void serve(ProcessSlot& slot) {
    if (slot.running()) read_output(slot);
    if (slot.running()) slot.drain_stderr();
    if (slot.running() && slot.wants_to_write() && !slot.flush())
      slot.begin_dying(now(), false, program() + " closed its standard input");
    if (slot.running()) end_overdue(slot);
    if (slot.dying()) {
      if (const auto reason = slot.finish_dying(now())) bury(slot, *reason);
    }
  }

  void read_output(ProcessSlot& slot) {
    for (int i = 0; i < kReadsPerTurn && slot.running(); ++i) {
      const bool more = slot.read_output(scratch_);
      const TimePoint at = now();
      if (scratch_.empty() && more) return;
      slot.add_output(scratch_);
      while (slot.running()) {
        const auto line = slot.next_line();
        if (!line) break;
        take_line(slot, *line, at);
      }
      slot.drop_read_lines();
      if (slot.running() && slot.unread_bytes() > kLineBytesMax)
        violation(slot, at, fmt::format("a line longer than {} bytes", kLineBytesMax));
      if (!more && slot.running()) end_of_output(slot, at);
    }
  }

  void end_of_output(ProcessSlot& slot, TimePoint at) {
    // A last line without its newline still counts when it is whole.
    const std::string rest = slot.take_rest();
    if (!blank(rest) && peek_event(rest).has_value()) take_line(slot, rest, at);
    if (slot.running()) slot.begin_dying(at, false, program() + " ended");
  }

  void take_line(ProcessSlot& slot, std::string_view line, TimePoint at) {
    if (blank(line)) return;
    const bool first = !std::exchange(slot.said_something, true);
    Result<EventHead> head = peek_event(line);
    if (!head) {
      violation(slot, at, fmt::format("`{}` ({})", excerpt(line), head.error().text()));
    } else if (head->hello) {
      if (first) {
        slot.hello = std::move(head->hello);
      } else {
        violation(slot, at, "a hello line that is not its first line");
      }
    } else if (InFlight* request = receiver(slot, head->id); request != nullptr) {
      deliver(slot, *request, line, at, head->ends_reply);
    } else {
      violation(slot, at, what_is_wrong_with_receiver(slot, head->id, line));
    }
  }

  static InFlight* receiver(ProcessSlot& slot, const std::string& id) {
    if (id.empty()) return slot.in_flight.size() == 1 ? &slot.in_flight.front() : nullptr;
    const auto it = std::find_if(slot.in_flight.begin(), slot.in_flight.end(),
                                 [&](const InFlight& request) { return request.id == id; });
    return it == slot.in_flight.end() ? nullptr : &*it;
  }

  static std::string what_is_wrong_with_receiver(const ProcessSlot& slot, const std::string& id,
                                                 std::string_view line) {
    if (slot.in_flight.empty())
      return fmt::format("`{}` when no request was in flight", excerpt(line));
    if (id.empty())
      return fmt::format("an event without `id` while {} requests were in flight: `{}`",
                         slot.in_flight.size(), excerpt(line));
    return fmt::format("an event for `{}`, which is not in flight", excerpt(id));
  }

  void deliver(ProcessSlot& slot, InFlight& request, std::string_view line, TimePoint at,
               bool last) {
    request.bytes += line.size() + 1;
    if (request.bytes > kReplyBytesMax) {
      violation(slot, at, fmt::format("a reply longer than {} bytes", kReplyBytesMax));
      return;
    }
    Piece& piece = piece_for(request, at);
    piece.bytes += line;
    piece.bytes += '\n';
    piece.stamps.back().end_offset = static_cast<uint32_t>(piece.bytes.size());
    if (!last) return;
    slot.deaths_in_row = 0;
    request.attempt->stamps.done = at;
    piece.end = std::move(request.attempt);
    slot.in_flight.erase(slot.in_flight.begin() + (&request - slot.in_flight.data()));
  }

  // The piece that lines of one stream read at one time go into.
  Piece& piece_for(const InFlight& request, TimePoint at) {
    const bool same = !ready_.empty() && ready_.back().stream == request.stream &&
                      ready_.back().end == nullptr && ready_.back().stamps.back().at == at;
    if (!same) {
      Piece piece;
      piece.stream = request.stream;
      piece.lane = request.attempt->lane;
      piece.stamps.push_back({0, at});
      ready_.push_back(std::move(piece));
    }
    return ready_.back();
  }

  void end(AttemptPtr attempt, uint64_t stream, TimePoint at, Outcome outcome, std::string error) {
    attempt->stamps.done = at;
    attempt->response.outcome = outcome;
    attempt->response.error = std::move(error);
    Piece piece;
    piece.stream = stream;
    piece.lane = attempt->lane;
    piece.end = std::move(attempt);
    ready_.push_back(std::move(piece));
  }

  void end_all(ProcessSlot& slot, TimePoint at, Outcome outcome, const std::string& error) {
    for (InFlight& request : slot.in_flight)
      end(std::move(request.attempt), request.stream, at, outcome, error);
    slot.in_flight.clear();
  }

  // It wrote what the protocol does not have; nobody knows what it would say next.
  void violation(ProcessSlot& slot, TimePoint at, const std::string& found) {
    const std::string text = fmt::format(
        "{} wrote {} to standard output, expected one JSON event per line", program(), found);
    end_all(slot, at, Outcome::kMalformed, text);
    slot.begin_dying(at, true, text);
  }

  void end_overdue(ProcessSlot& slot) {
    const TimePoint at = now();
    bool overdue = false;
    for (size_t i = 0; i < slot.in_flight.size();) {
      InFlight& request = slot.in_flight[i];
      if (request.deadline > at) {
        ++i;
        continue;
      }
      overdue = true;
      end(std::move(request.attempt), request.stream, at, Outcome::kTimeout,
          fmt::format("{} did not end its reply within {} s", program(),
                      std::chrono::duration<double>(options_.timeout).count()));
      slot.in_flight.erase(slot.in_flight.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (overdue) slot.begin_dying(at, true, program() + " was stopped because a request timed out");
  }

  void bury(ProcessSlot& slot, const std::string& reason) {
    end_all(slot, slot.died, Outcome::kCrashed, reason);
    if (preparing_) answer_prepare(Error{ErrorCode::kInfrastructure, reason, ""});
    count_death(slot, reason);
  }

  void count_death(ProcessSlot& slot, const std::string& reason) {
    last_failure_ = reason;
    if (++slot.deaths_in_row > kRestartsMax) slot.given_up = true;
  }

  void publish() {
    if (ready_.empty()) return;
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      for (Piece& piece : ready_) outbox_.push_back(std::move(piece));
      wake = wake_loop_;
    }
    ready_.clear();
    if (wake) wake();
  }

  // End of input, then SIGTERM, then SIGKILL (the slots' destructors), stop_grace apart.
  void stop_all() {
    for (ProcessSlot& slot : slots_) slot.close_input();
    if (!all_gone_within(options_.stop_grace)) {
      for (ProcessSlot& slot : slots_) slot.request_stop(SIGTERM);
      all_gone_within(options_.stop_grace);
    }
    slots_.clear();  // here: their parent thread must outlive them
  }

  bool all_gone_within(Nanos limit) {
    // Real time, not the run's clock: this waits for programs, not for the run.
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
      bool gone = true;
      for (ProcessSlot& slot : slots_) {
        if (slot.gone()) continue;
        gone = false;
        slot.read_output(scratch_);  // or it could not end for a full pipe
        slot.drain_stderr();
      }
      if (gone || std::chrono::steady_clock::now() >= deadline) return gone;
      std::this_thread::sleep_for(kStoppingPoll);
    }
  }

  const ProcessOptions options_;
  const int wake_fd_;
  const SteadyClock steady_;
  std::atomic<const Clock*> clock_{&steady_};

  std::mutex mutex_;  // guards the next seven
  std::condition_variable prepared_changed_;
  std::optional<Result<ProcessInfo>> prepared_;
  std::vector<AttemptPtr> inbox_;
  std::vector<Piece> outbox_;
  std::function<void()> wake_loop_;
  bool cancel_ = false;
  std::vector<int64_t> pids_;

  // of the pool's thread
  std::vector<ProcessSlot> slots_;
  std::vector<AttemptPtr> waiting_;
  std::vector<Piece> ready_;
  std::vector<pollfd> polled_;
  std::string scratch_;
  std::string last_failure_;
  TimePoint prepare_deadline_{};
  bool preparing_ = true;
  uint64_t next_stream_ = 0;

  std::jthread thread_;  // last: everything above outlives it
};

ProcessTransport::ProcessTransport(ProcessOptions options)
    : pool_(std::make_unique<Pool>(std::move(options))) {}
ProcessTransport::~ProcessTransport() = default;
Result<ProcessInfo> ProcessTransport::prepare() { return pool_->prepare(); }
void ProcessTransport::set_clock(const Clock& clock) { pool_->set_clock(clock); }
std::vector<int64_t> ProcessTransport::pids() const { return pool_->pids(); }
void ProcessTransport::start(AttemptPtr attempt) { pool_->start(std::move(attempt)); }
TimePoint ProcessTransport::collect(std::vector<Piece>& out) {
  pool_->collect(out);
  return kNever;
}
void ProcessTransport::cancel_all() { pool_->cancel_all(); }
void ProcessTransport::set_wake(std::function<void()> wake) { pool_->set_wake(std::move(wake)); }

}  // namespace assay::backends
