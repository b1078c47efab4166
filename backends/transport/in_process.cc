#include "backends/transport/in_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "backends/codec/lines.h"

namespace assay::backends {
namespace {

// Events are sent on once this much has gathered: their stamps are taken when they are emitted, so
// waiting costs nothing but the place they wait in.
constexpr size_t kPieceBytes = 4096;
constexpr size_t kQueueLength = 1024;  // lanes' credits bound it already

// CPU time of the calling thread, or -1 where the system cannot say.
Nanos thread_cpu_time() {
  timespec t{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0) return Nanos(-1);
  return std::chrono::seconds(t.tv_sec) + Nanos(t.tv_nsec);
}

}  // namespace

// Turns what a worker says into stamped lines, and stops it where a limit is reached.
class InProcessTransport::Sink final : public ReplySink {
 public:
  Sink(InProcessTransport& transport, const Job& job)
      : transport_(transport), job_(job), sent_(transport.clock_->now()) {
    piece_.stream = job.stream;
    piece_.lane = job.attempt->lane;
  }

  void text(std::string_view piece) override {
    if (!accepts(piece)) return;
    append_delta_event(piece_.bytes, piece);
    stamp();
  }
  void reasoning(std::string_view piece) override {
    if (!accepts(piece)) return;
    append_reasoning_event(piece_.bytes, piece);
    stamp();
  }
  void details(std::string_view json) override {
    if (!failure_ && count(json)) details_ = json;
  }
  void usage(const Usage& usage) override { usage_ = usage; }
  void loglikelihoods(std::span<const Loglikelihood> values) override {
    loglikelihoods_.assign(values.begin(), values.end());
  }
  void finish_reason(std::string_view reason) override { finish_reason_ = reason; }
  void error(Outcome outcome, std::string_view message) override { fail(outcome, message); }
  bool should_stop() override {
    if (failure_ || stopped_) return true;
    stopped_ = transport_.is_cancelled(job_);
    if (stopped_) return true;
    const Nanos timeout = transport_.options_.timeout;
    if (timeout.count() <= 0 || transport_.clock_->now() - sent_ < timeout) return false;
    const double seconds = std::chrono::duration<double>(timeout).count();
    fail(Outcome::kTimeout, fmt::format("no end within {} s", seconds));
    return true;
  }

  // The first failure stands.
  void fail(Outcome outcome, std::string_view message) {
    if (!failure_) failure_ = Failure{outcome, std::string(message)};
  }
  [[nodiscard]] TimePoint sent() const { return sent_; }

  // The last piece: ends the reply and gives the attempt back.
  Piece end(AttemptPtr attempt, Nanos cpu) {
    attempt->stamps.sent = sent_;
    Response& response = attempt->response;
    response.outcome = Outcome::kOk;  // the decoder decides, unless one of the next two does
    if (stopped_) {
      response.outcome = Outcome::kCancelled;
      response.error = "stopped before the reply was complete";
    } else if (failure_ && failure_->from_transport()) {
      response.outcome = failure_->outcome;
      response.error = failure_->message;
    } else if (failure_) {
      append_error_event(piece_.bytes,
                         {.outcome = failure_->outcome, .message = failure_->message});
    } else {
      append_done_event(piece_.bytes, {.finish_reason = finish_reason_,
                                       .usage = usage_,
                                       .served_model = {},
                                       .details = details_,
                                       .cpu = cpu,
                                       .loglikelihoods = loglikelihoods_});
    }
    if (piece_.bytes.size() > stamped_) stamp_here();
    attempt->stamps.done = transport_.clock_->now();
    piece_.end = std::move(attempt);
    return std::move(piece_);
  }

 private:
  struct Failure {
    Outcome outcome;
    std::string message;
    // What the model cannot say itself, and the wire format therefore has no event for.
    [[nodiscard]] bool from_transport() const {
      return outcome == Outcome::kTimeout || outcome == Outcome::kCrashed ||
             outcome == Outcome::kMalformed;
    }
  };

  bool accepts(std::string_view piece) { return !failure_ && !piece.empty() && count(piece); }
  bool count(std::string_view piece) {
    // The codec refuses longer replies; stop the model instead of filling memory. An escaped byte
    // takes up to six on the wire.
    total_ += piece.size();
    const bool fits = piece.size() <= kLineBytesMax / 6 - 64 && total_ <= kReplyBytesMax / 6;
    if (!fits) {
      fail(Outcome::kMalformed,
           fmt::format("a reply of more than {} bytes, or a piece of more than {}",
                       kReplyBytesMax / 6, kLineBytesMax / 6));
    }
    return fits;
  }
  void stamp_here() {
    piece_.stamps.push_back({static_cast<uint32_t>(piece_.bytes.size()), transport_.clock_->now()});
    stamped_ = piece_.bytes.size();
  }
  void stamp() {
    stamp_here();
    if (piece_.bytes.size() < kPieceBytes) return;
    Piece full = std::exchange(piece_, Piece{});
    piece_.stream = full.stream;
    piece_.lane = full.lane;
    stamped_ = 0;
    transport_.deliver(std::move(full));
  }

  InProcessTransport& transport_;
  const Job& job_;
  const TimePoint sent_;
  Piece piece_;
  size_t stamped_ = 0;  // bytes of piece_ that have a stamp
  size_t total_ = 0;
  std::vector<Loglikelihood> loglikelihoods_;
  std::string details_;
  std::string finish_reason_ = "stop";
  Usage usage_;
  bool stopped_ = false;  // the model was told to stop; otherwise its reply is whole and counts
  std::optional<Failure> failure_;
};

InProcessTransport::InProcessTransport(InProcessModel& model, Options options)
    : model_(model), options_(options), jobs_(kQueueLength) {}

InProcessTransport::~InProcessTransport() {
  closing_ = true;
  cancel_all();
  jobs_.close();
}

Result<void> InProcessTransport::open() {
  ASSAY_CHECK(threads_.empty(), "open() twice");
  std::vector<std::unique_ptr<InProcessWorker>> workers;
  for (uint32_t i = 0; i < std::max(1U, options_.workers); ++i) {
    ASSAY_TRY(std::unique_ptr<InProcessWorker> worker, model_.make_worker());
    workers.push_back(std::move(worker));
  }
  for (std::unique_ptr<InProcessWorker>& worker : workers) {
    threads_.emplace_back([this, owned = std::move(worker)]() mutable { work(std::move(owned)); });
  }
  return {};
}

void InProcessTransport::start(AttemptPtr attempt) {
  std::vector<Job> job;
  job.push_back({std::move(attempt), next_stream_++, era_.load(std::memory_order_relaxed)});
  jobs_.push_all_unbounded(job);
}

TimePoint InProcessTransport::collect(std::vector<Piece>& out) {
  const std::lock_guard lock(arrived_mutex_);
  if (out.empty()) {
    out.swap(arrived_);
  } else {
    for (Piece& piece : arrived_) out.push_back(std::move(piece));
    arrived_.clear();
  }
  return kNever;
}

void InProcessTransport::cancel_all() { era_.fetch_add(1, std::memory_order_relaxed); }

void InProcessTransport::work(std::unique_ptr<InProcessWorker> worker) {
  std::vector<Job> jobs;
  while (jobs_.pop_some(jobs, 1)) {
    for (Job& job : jobs) answer(std::move(job), worker);
    jobs.clear();
  }
}

void InProcessTransport::answer(Job job, std::unique_ptr<InProcessWorker>& worker) {
  Sink sink(*this, job);
  const Nanos cpu_before = thread_cpu_time();
  if (!sink.should_stop()) {
    if (worker == nullptr) {
      Result<std::unique_ptr<InProcessWorker>> made = model_.make_worker();
      if (made) {
        worker = std::move(*made);
      } else {
        sink.fail(Outcome::kCrashed, made.error().text());
      }
    }
    // A model is other people's code: what it throws ends this reply, never the run.
    try {
      if (worker != nullptr) worker->answer(*job.attempt, sink);
    } catch (const std::exception& e) {
      sink.fail(Outcome::kCrashed, fmt::format("the model threw: {}", e.what()));
      worker.reset();
    } catch (...) {
      sink.fail(Outcome::kCrashed, "the model threw something that is not a std::exception");
      worker.reset();
    }
  }
  const Nanos cpu_after = thread_cpu_time();
  const bool measured = cpu_before.count() >= 0 && cpu_after.count() >= 0;
  deliver(sink.end(std::move(job.attempt), measured ? cpu_after - cpu_before : Nanos(-1)));
}

void InProcessTransport::deliver(Piece piece) {
  // Woken under the lock: whoever has collected the last piece knows that no call of wake_ is still
  // under way, and may take down what it wakes.
  const std::lock_guard lock(arrived_mutex_);
  arrived_.push_back(std::move(piece));
  if (arrived_.size() == 1 && wake_ && !closing_) wake_();
}

}  // namespace assay::backends
