// Writer: the thread and queue behind which facts become rows; one for a whole run, or for one
// load.
//
//   Writer writer(store, own_stop);
//   writer.facts().push(std::move(fact));      // any thread
//   ASSAY_TRY_VOID(writer.finish());           // everything is written, or why not
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/bounded_queue.h"
#include "harness/run/stages.h"

namespace assay::run {

// Waits a moment for company unless `batch` is `enough` already.
template <typename T>
void gather(BoundedQueue<T>& queue, std::vector<T>& batch, size_t enough,
            std::chrono::milliseconds window) {
  if (batch.size() >= enough) return;
  std::this_thread::sleep_for(window);
  (void)queue.try_pop_all(batch);
}

class Writer {
 public:
  // A file that cannot be written requests `stop`. `steps_back`: the loop comes first.
  Writer(RunStore& store, std::stop_source& stop, bool steps_back);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  BoundedQueue<Fact>& facts() { return facts_; }
  // Waits until everything is written.
  Result<void> finish();

 private:
  static constexpr size_t kFactsMax = 2048;
  void work();

  const bool steps_back_;
  BoundedQueue<Fact> facts_{kFactsMax};
  std::mutex mutex_;
  std::optional<Error> failure_;
  WriteStage stage_;
  std::jthread thread_;
};

}  // namespace assay::run
