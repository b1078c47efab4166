// LoadEngine: puts loads on one model, one after another: loops, decoding and writing around
// LoadSchedule. The story of a load: feed a window → warm connections → clock → loops → file.
//
// Where it stands: the load side of harness/run, as run.h is the quality side. Called by app's
// bench on the main thread, which feeds during the load. One backend per loop; loops share nothing.
//
//   LoadEngine engine(std::move(backends), progress);
//   ASSAY_TRY_VOID(engine.prepare(suites));
//   ASSAY_TRY(LoadInfo done, engine.run(plan, source, store, stop));   // as often as wanted
//   engine.end();
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "harness/api/backend.h"
#include "harness/api/resumable_store.h"
#include "harness/run/load_schedule.h"
#include "harness/run/load_source.h"
#include "harness/run/progress.h"

namespace assay::run {

// One load, all loops together. `info.id`, `model` and `session` are rows of the file.
struct LoadPlan {
  LoadInfo info;           // kind, concurrency or rate, planned, duration_s, warm_up_s ...
  std::vector<Nanos> due;  // open loops: offsets, ascending; as many as are planned
  Nanos drain{0};
  uint32_t in_flight_max = 1024;
  uint32_t saturated_at = 0;
  uint32_t failures_max = 50;
  uint32_t connections = 0;                        // to open before the clock
  uint64_t ready_bytes_max = uint64_t{256} << 20;  // of encoded requests, ahead of the clock
};

class LoadEngine {
 public:
  // One backend per loop, all of the same model. `progress` outlives the engine.
  LoadEngine(std::vector<std::unique_ptr<Backend>> backends, ModelPrices prices,
             LaneProgress& progress);
  ~LoadEngine();
  LoadEngine(const LoadEngine&) = delete;
  LoadEngine& operator=(const LoadEngine&) = delete;

  // Before the first load: engines and servers are started, models that learn learn.
  Result<void> prepare(std::span<const Suite* const> suites);
  // Blocks until the load is over and stored. The load's own failures are in the records; an error
  // is of this program: the file, a request that cannot be made.
  Result<LoadInfo> run(const LoadPlan& plan, const LoadSource& source, ResumableStore& store,
                       const std::stop_token& stop);
  // After the last load.
  void end();

  [[nodiscard]] Backend& backend() { return *backends_.front(); }
  [[nodiscard]] size_t loops() const { return backends_.size(); }

 private:
  struct Loop;  // one loop's lasting parts
  class OneLoad;

  std::vector<std::unique_ptr<Backend>> backends_;
  ModelPrices prices_;
  LaneProgress& progress_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace assay::run
