// InProcessTransport: models that answer inside this process, on the transport's own worker
// threads.
//
// Where it stands: a transport. The loop thread calls start, collect and cancel_all; each worker
// thread owns one InProcessWorker, stamps `sent` when it takes an attempt up and every event as the
// model emits it, and writes the reply in the assay-lines format (backends/codec/lines.h).
// Replies do not depend on the number of workers: a worker must answer the same whatever it
// answered before.
//
//   InProcessTransport transport(model, {.workers = 2});
//   ASSAY_TRY_VOID(transport.open());                // makes the workers, before the clock
//   transport.start(std::move(attempt));
//   transport.collect(pieces);
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/api/backend.h"
#include "harness/api/suite.h"
#include "harness/api/transport.h"
#include "harness/base/bounded_queue.h"
#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay::backends {

// Where a worker says its reply. Valid during one answer() call, on that worker's thread. A reply
// without text is an empty answer; after error() the reply is a failure and the rest is ignored.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void text(std::string_view piece) = 0;       // more of the answer
  virtual void reasoning(std::string_view piece) = 0;  // more of the thinking
  virtual void details(std::string_view json) = 0;     // extras as JSON text; the last one counts
  virtual void usage(const Usage& usage) = 0;          // the last one counts
  // Of the request's continuations, all at once.
  virtual void loglikelihoods(std::span<const Loglikelihood> values) = 0;
  virtual void finish_reason(std::string_view reason) = 0;  // default "stop"
  // The reply failed: kRejected when the request can never succeed, kServerError otherwise.
  virtual void error(Outcome outcome, std::string_view message) = 0;
  // True once the reply is not wanted any more (cancelled, past its time, too long): return soon.
  [[nodiscard]] virtual bool should_stop() = 0;
};

// One engine, used by one thread at a time.
class InProcessWorker {
 public:
  virtual ~InProcessWorker() = default;
  // Blocks until the reply is complete. An exception becomes outcome kCrashed, and the worker is
  // replaced.
  virtual void answer(const Attempt& attempt, ReplySink& sink) = 0;
};

class InProcessModel {
 public:
  virtual ~InProcessModel() = default;
  // What the run must know; complete but for train_size before prepare().
  [[nodiscard]] virtual const BackendTraits& traits() const = 0;
  // Learns from the suites' train splits, where the model learns. Once, before make_worker().
  virtual Result<void> prepare(std::span<const Suite* const> suites) = 0;
  // Called before the clock for each worker, and from a worker thread after a crash.
  virtual Result<std::unique_ptr<InProcessWorker>> make_worker() = 0;
};

class InProcessTransport final : public Transport {
 public:
  struct Options {
    uint32_t workers = 1;  // threads, each with an engine; at least 1
    Nanos timeout{0};      // per request, from its sent stamp; 0: none
  };

  // `model` outlives the transport.
  InProcessTransport(InProcessModel& model, Options options);
  ~InProcessTransport() override;  // stops what runs and joins the workers
  InProcessTransport(const InProcessTransport&) = delete;
  InProcessTransport& operator=(const InProcessTransport&) = delete;

  // Makes every worker and starts the threads. Once, before start().
  Result<void> open();
  void set_clock(const Clock& clock) { clock_ = &clock; }  // before start()

  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  class Sink;
  struct Job {
    AttemptPtr attempt;
    uint64_t stream = 0;
    uint64_t era = 0;  // cancel_all ends all jobs of the eras before it
  };

  void work(std::unique_ptr<InProcessWorker> worker);
  void answer(Job job, std::unique_ptr<InProcessWorker>& worker);
  void deliver(Piece piece);
  [[nodiscard]] bool is_cancelled(const Job& job) const {
    return era_.load(std::memory_order_relaxed) != job.era;
  }

  InProcessModel& model_;
  const Options options_;
  SteadyClock steady_clock_;
  const Clock* clock_ = &steady_clock_;
  std::function<void()> wake_;
  std::atomic<uint64_t> era_{0};
  std::atomic<bool> closing_{false};
  uint64_t next_stream_ = 0;  // loop thread only
  BoundedQueue<Job> jobs_;
  std::mutex arrived_mutex_;
  std::vector<Piece> arrived_;         // guarded by arrived_mutex_
  std::vector<std::jthread> threads_;  // last: joined before anything they use goes
};

}  // namespace assay::backends
