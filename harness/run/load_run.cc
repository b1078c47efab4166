#include "harness/run/load_run.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "harness/base/thread_priority.h"
#include "harness/run/load_stages.h"
#include "harness/run/loop_gauge.h"
#include "harness/run/run_loop.h"
#include "harness/run/writer.h"

namespace assay::run {
namespace {

// Pieces are decoded together: the decoder wakes seldom, and the loop has the processor.
constexpr std::chrono::milliseconds kDecodeWindow{2};
constexpr size_t kDecodeAtOnce = 512;
// Between the moment when everything is ready and the load's zero: threads settle.
constexpr Nanos kSettle = std::chrono::milliseconds(50);

// Between two looks at the sockets of a loop, where the kernel stamps what arrives.
constexpr Nanos kRest = std::chrono::microseconds(100);

// Sleeps of this thread end when they should: the kernel's default allows itself 50 us.
void set_timer_slack() { prctl(PR_SET_TIMERSLACK, 1UL); }

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double process_cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return seconds_of(use.ru_utime) + seconds_of(use.ru_stime);
}

int64_t resident_bytes_max() {
  std::ifstream in("/proc/self/status");
  std::string word;
  while (in >> word) {
    int64_t kilobytes = 0;
    if (word == "VmHWM:" && in >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

std::string scheduling_text() {
  const int policy = sched_getscheduler(0);
  sched_param param{};
  sched_getparam(0, &param);
  if (policy == SCHED_FIFO) return fmt::format("SCHED_FIFO {}", param.sched_priority);
  if (policy == SCHED_RR) return fmt::format("SCHED_RR {}", param.sched_priority);
  return fmt::format("SCHED_OTHER nice {}", getpriority(PRIO_PROCESS, 0));
}

// How many bytes of encoded requests exist; the feeder waits on it.
class ReadyBytes {
 public:
  explicit ReadyBytes(uint64_t most) : most_(most) {}
  void add(uint64_t bytes) { held_ += bytes; }
  // Any thread.
  void release(uint64_t bytes) {
    const uint64_t left = held_.fetch_sub(bytes) - bytes;
    if (left * 2 > most_ || !waiting_) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_one();
  }
  [[nodiscard]] bool full() const { return held_ >= most_; }
  // Until half of it is free, or `stop()` says so; looks up now and then by itself.
  template <typename Stop>
  void wait(const Stop& stop) {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    while (held_ * 2 > most_ && !stop()) changed_.wait_for(lock, std::chrono::milliseconds(20));
    waiting_ = false;
  }

 private:
  const uint64_t most_;
  std::atomic<uint64_t> held_{0};
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

// What lasts over the loads of a model: transports may wake it at any time.
struct LoadEngine::Loop {
  explicit Loop(Backend& the_backend) : backend(the_backend) {
    if (backend.traits().virtual_clock) {
      waiter = std::make_unique<VirtualWaiter>();
    } else {
      auto real = std::make_unique<RealWaiter>();
      if (backend.transport().fd() >= 0) real->watch(backend.transport().fd());
      waiter = std::move(real);
    }
    inbox = std::make_unique<Inbox>(*waiter);
    backend.set_clock(waiter->clock());
    backend.transport().set_wake([this] { inbox->wake(); });
  }
  Backend& backend;
  std::unique_ptr<Waiter> waiter;
  std::unique_ptr<Inbox> inbox;
};

// One load: the constructor plans the slices, run() is the story.
class LoadEngine::OneLoad {
 public:
  OneLoad(LoadEngine& engine, const LoadPlan& plan, const LoadSource& source, ResumableStore& store)
      : engine_(engine), plan_(plan), source_(source), store_(store), bytes_(plan.ready_bytes_max) {
    const size_t loops = engine_.loops_.size();
    for (size_t i = 0; i < loops; ++i) {
      schedules_.push_back(std::make_unique<LoadSchedule>(
          slice_of(i), engine_.progress_, [this](uint64_t bytes) { bytes_.release(bytes); }));
      gauges_.emplace_back();
    }
  }

  Result<LoadInfo> run(const std::stop_token& stop) {
    std::vector<std::vector<AttemptPtr>> window(schedules_.size());
    ASSAY_TRY_VOID(fill_window(window));
    ASSAY_TRY_VOID(warm_up());
    std::stop_source own_stop;  // the user's wish, or the writer's failure
    const std::stop_callback forward(stop, [&own_stop] { own_stop.request_stop(); });
    Writer writer(store_, own_stop, /*steps_back=*/true);
    const double cpu_before = process_cpu_seconds();
    const TimePoint zero = begin(window);
    Result<void> fed = run_threads(writer.facts(), own_stop);
    const double cpu = process_cpu_seconds() - cpu_before;
    LoadInfo info = sum_up(zero, cpu);
    writer.facts().push(LoadFact{info});
    for (Fact& fact : engine_.backend().take_facts()) writer.facts().push(std::move(fact));
    ASSAY_TRY_VOID(writer.finish());
    ASSAY_TRY_VOID(std::move(fed));
    return info;
  }

 private:
  [[nodiscard]] size_t loops() const { return engine_.loops_.size(); }
  [[nodiscard]] bool closed() const { return plan_.info.kind == LoadKind::kClosed; }

  // Of a whole, the part of loop `i`: the first ones get what does not divide.
  [[nodiscard]] uint32_t share(uint64_t whole, size_t i) const {
    return static_cast<uint32_t>(whole / loops() + (i < whole % loops() ? 1 : 0));
  }

  [[nodiscard]] LoadSlice slice_of(size_t i) const {
    LoadSlice slice;
    slice.closed = closed();
    slice.concurrency = std::max<uint32_t>(
        1, share(static_cast<uint64_t>(std::max(1.0, plan_.info.concurrency)), i));
    for (size_t at = i; at < plan_.due.size(); at += loops()) slice.due.push_back(plan_.due[at]);
    slice.duration = Nanos(static_cast<int64_t>(plan_.info.duration_s * 1e9));
    slice.warm_up = Nanos(static_cast<int64_t>(plan_.info.warm_up_s * 1e9));
    slice.drain = plan_.drain;
    slice.in_flight_max = std::max<uint32_t>(1, share(plan_.in_flight_max, i));
    slice.saturated_at =
        plan_.saturated_at == 0 ? 0 : std::max<uint32_t>(1, share(plan_.saturated_at, i));
    slice.failures_max = plan_.failures_max;
    return slice;
  }

  Result<AttemptPtr> make(uint64_t number) {
    ASSAY_TRY(LoadTalk talk, source_.talk(number));
    auto attempt = std::make_unique<Attempt>();
    attempt->key = talk.key;
    attempt->key.model = plan_.info.model;
    attempt->suite = talk.suite;
    attempt->sample = std::move(talk.sample);
    attempt->request = std::move(talk.request);
    attempt->later_turns = std::move(talk.later_turns);
    attempt->load.load = plan_.info.id;
    attempt->load.number = number;
    attempt->load.conversation = number;
    attempt->load.input_wanted = talk.input_wanted;
    attempt->load.output_wanted = talk.output_wanted;
    attempt->wire = engine_.backend().codec().encode(*attempt);
    attempt->held_bytes = attempt->wire.size() + sizeof(Attempt);
    // What is on the wire is not kept twice, unless it is asked again or taken as it is.
    if (!attempt->wire.empty() && attempt->later_turns.empty()) attempt->request = Request{};
    bytes_.add(attempt->held_bytes);
    return attempt;
  }

  [[nodiscard]] bool all_made() const {
    return plan_.info.planned > 0 && made_ >= plan_.info.planned;
  }

  Result<void> fill_window(std::vector<std::vector<AttemptPtr>>& window) {
    // Without a number the window is as large as it may be useful: two waves of a closed loop.
    const uint64_t wanted =
        plan_.info.planned > 0
            ? plan_.info.planned
            : 2 * static_cast<uint64_t>(std::max(1.0, plan_.info.concurrency)) + kAheadMin;
    while (made_ < wanted && !bytes_.full()) {
      const uint64_t number = made_++;
      ASSAY_TRY(AttemptPtr attempt, make(number));
      window[number % loops()].push_back(std::move(attempt));
    }
    return {};
  }

  Result<void> warm_up() {
    for (size_t i = 0; i < loops(); ++i) {
      const uint32_t connections = share(plan_.connections, i);
      if (connections > 0) ASSAY_TRY_VOID(engine_.loops_[i]->backend.warm_up(connections));
    }
    return {};
  }

  TimePoint begin(std::vector<std::vector<AttemptPtr>>& window) {
    const Clock& clock = engine_.loops_.front()->waiter->clock();
    const bool is_virtual = engine_.backend().traits().virtual_clock;
    const TimePoint zero = clock.now() + (is_virtual ? Nanos(0) : kSettle);
    for (size_t i = 0; i < loops(); ++i) {
      schedules_[i]->begin(zero);
      for (AttemptPtr& attempt : window[i]) schedules_[i]->add_ready(std::move(attempt));
      if (all_made()) schedules_[i]->set_fed();
    }
    fed_in_window_ = all_made();
    return zero;
  }

  Result<void> run_threads(BoundedQueue<Fact>& facts, std::stop_source& own_stop) {
    std::atomic<size_t> running{loops()};
    const std::stop_token stop = own_stop.get_token();
    const std::stop_callback wake_all(stop, [this] {
      for (const auto& loop : engine_.loops_) loop->inbox->wake();
    });
    std::vector<std::unique_ptr<BoundedQueue<Piece>>> arrived;
    std::vector<std::jthread> decoders;
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < loops(); ++i) {
      arrived.push_back(std::make_unique<BoundedQueue<Piece>>(SIZE_MAX));
      decoders.emplace_back(
          [this, &facts, i, queue = arrived.back().get()] { decode(i, *queue, facts); });
      threads.emplace_back([this, i, stop, &running, queue = arrived.back().get()] {
        name_this_thread("loop");
        Loop& loop = *engine_.loops_[i];
        set_timer_slack();
        RunLoop{*schedules_[i],
                {&loop.backend.transport()},
                *loop.inbox,
                *loop.waiter,
                *queue,
                &gauges_[i],
                plan_.info.instrument.kernel_stamps ? kRest : Nanos(0)}
            .run(stop);
        --running;
      });
    }
    Result<void> fed = feed(running);
    if (!fed) own_stop.request_stop();
    threads.clear();
    for (const auto& queue : arrived) queue->close();
    decoders.clear();
    discard_unstarted();
    return fed;
  }

  void decode(size_t i, BoundedQueue<Piece>& arrived, BoundedQueue<Fact>& facts) {
    name_this_thread("decode");
    step_back_this_thread();
    Loop& loop = *engine_.loops_[i];
    const bool is_virtual = loop.backend.traits().virtual_clock;
    LoadDecode stage(loop.backend.codec(), engine_.prices_, engine_.progress_, facts, *loop.inbox);
    std::vector<Piece> batch;
    while (arrived.pop_all(batch)) {
      if (!is_virtual) gather(arrived, batch, kDecodeAtOnce, kDecodeWindow);
      stage.step(batch);
    }
  }

  // Main thread, during the clock: keeps the window filled.
  Result<void> feed(const std::atomic<size_t>& running) {
    const auto over = [&running] { return running == 0; };
    std::vector<std::vector<Feedback>> batch(loops());
    Result<void> made;
    while (made && !all_made() && !over()) {
      if (plan_.info.planned == 0 && ahead() >= wanted_ahead()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      bytes_.wait(over);
      for (int i = 0; i < kFeedAtOnce && made && !all_made() && !bytes_.full(); ++i) {
        const uint64_t number = made_++;
        Result<AttemptPtr> attempt = make(number);
        if (attempt) {
          batch[number % loops()].push_back({std::move(attempt).value(), 0});
        } else {
          made = std::move(attempt).error();
        }
      }
      for (size_t i = 0; i < loops(); ++i)
        if (!batch[i].empty()) engine_.loops_[i]->inbox->put_all(batch[i]);
    }
    if (!fed_in_window_)
      for (const auto& loop : engine_.loops_) loop->inbox->put_end_of_lane(0);
    return made;
  }

  // Made and not started. In a closed loop without a number the window follows what was asked.
  [[nodiscard]] uint64_t ahead() const {
    return made_ - std::min<uint64_t>(made_, engine_.progress_.asked - asked_before_);
  }
  [[nodiscard]] uint64_t wanted_ahead() const {
    return kAheadMin + static_cast<uint64_t>(std::max(1.0, plan_.info.concurrency));
  }

  // What the feeder had put into an inbox when its loop was over.
  void discard_unstarted() {
    std::vector<Feedback> left;
    for (const auto& loop : engine_.loops_) loop->inbox->drain(left);
  }

  LoadInfo sum_up(TimePoint zero, double cpu_s) {
    LoadInfo info = plan_.info;
    LoopGauge all;
    info.begin_ns = to_ns(zero);
    uint64_t in_flight = 0;
    bool capped = false;
    for (size_t i = 0; i < loops(); ++i) {
      const LoadEnd& end = schedules_[i]->ended();
      info.last_due_ns = std::max(info.last_due_ns, end.last_due_ns);
      info.end_ns = std::max(info.end_ns, end.end_ns);
      if (info.end_reason.empty() || end.reason != "count") info.end_reason = end.reason;
      in_flight += end.in_flight_max;
      capped = capped || end.in_flight_capped;
      all.add(gauges_[i]);
    }
    info.instrument = all.use();
    info.instrument.kernel_stamps = plan_.info.instrument.kernel_stamps;
    info.instrument.process_cpu_s = cpu_s;
    info.instrument.wall_s =
        info.end_ns < 0 ? 0 : static_cast<double>(info.end_ns - info.begin_ns) / 1e9;
    info.instrument.resident_bytes_max = resident_bytes_max();
    info.instrument.in_flight_max = in_flight;
    info.instrument.in_flight_capped = capped;
    info.instrument.scheduling = scheduling_text();
    return info;
  }

  static constexpr uint64_t kAheadMin = 64;
  static constexpr int kFeedAtOnce = 32;

  LoadEngine& engine_;
  const LoadPlan& plan_;
  const LoadSource& source_;
  ResumableStore& store_;
  ReadyBytes bytes_;
  std::vector<std::unique_ptr<LoadSchedule>> schedules_;
  std::vector<LoopGauge> gauges_;
  uint64_t made_ = 0;
  uint64_t asked_before_ = engine_.progress_.asked;
  bool fed_in_window_ = false;
};

LoadEngine::LoadEngine(std::vector<std::unique_ptr<Backend>> backends, ModelPrices prices,
                       LaneProgress& progress)
    : backends_(std::move(backends)), prices_(std::move(prices)), progress_(progress) {}

LoadEngine::~LoadEngine() { end(); }

Result<void> LoadEngine::prepare(std::span<const Suite* const> suites) {
  for (const auto& backend : backends_) ASSAY_TRY_VOID(backend->prepare(suites));
  return {};
}

Result<LoadInfo> LoadEngine::run(const LoadPlan& plan, const LoadSource& source,
                                 ResumableStore& store, const std::stop_token& stop) {
  // At the first load: until then others may drive the transport (a first request, to see whether
  // anybody is there).
  for (size_t i = loops_.size(); i < backends_.size(); ++i)
    loops_.push_back(std::make_unique<Loop>(*backends_[i]));
  return OneLoad(*this, plan, source, store).run(stop);
}

void LoadEngine::end() {
  for (const auto& backend : backends_) backend->end_turn();
  // Backends first: their threads may still be in a wake-up of a loop's inbox.
  backends_.clear();
  loops_.clear();
}

}  // namespace assay::run
