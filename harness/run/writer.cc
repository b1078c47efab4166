#include "harness/run/writer.h"

#include "harness/base/thread_priority.h"

namespace assay::run {
namespace {

// A batch this small may wait a moment for company: the group-commit window.
constexpr std::chrono::milliseconds kCommitWindow{5};
constexpr size_t kCommitAtOnce = 256;

}  // namespace

Writer::Writer(RunStore& store, std::stop_source& stop, bool steps_back)
    : steps_back_(steps_back), stage_(store, [this, &stop](const Error& error) {
        const std::lock_guard lock(mutex_);
        failure_ = error;
        stop.request_stop();
      }) {
  thread_ = std::jthread([this] { work(); });
}

// The thread is joined by its own destructor, which must find the queue closed.
Writer::~Writer() { facts_.close(); }

Result<void> Writer::finish() {
  facts_.close();
  thread_.join();
  if (failure_) return *failure_;
  return {};
}

void Writer::work() {
  name_this_thread("writer");
  if (steps_back_) step_back_this_thread();
  std::vector<Fact> batch;
  while (facts_.pop_all(batch)) {
    gather(facts_, batch, kCommitAtOnce, kCommitWindow);
    stage_.step(batch);
  }
}

}  // namespace assay::run
