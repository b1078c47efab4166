// Plan: which items a run still has to ask, by lane. Keeps keys and order, never bodies: a bit for
// each item of each model, so a million samples cost 125 kB a model.
//
//   ASSAY_TRY(RunPlan plan, make_plan(store, models, suites));    // main, before the clock
//   LaneCursor cursor(plan.lanes[0], plan);
//   while (auto item = cursor.next()) { ... }
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/api/resumable_store.h"
#include "harness/api/suite.h"
#include "harness/base/result.h"

namespace assay::run {

// A suite in this run: its row in the file and which samples the file already holds.
struct SuitePlan {
  const Suite* suite = nullptr;
  SuiteInfo info;              // as stored, with its row id
  std::vector<bool> stored;    // by sample index: the sample's row exists
  std::vector<uint64_t> rows;  // sample index → row id; empty: info.id << 32 | index
  [[nodiscard]] uint64_t row(uint64_t index) const {
    return rows.empty() ? (uint64_t{info.id} << kSampleSuiteShift | index) : rows[index];
  }
};

// What one model has yet to answer of one suite.
struct LaneSuite {
  std::vector<bool> done;  // repeat * size + index: answered before
  std::unordered_map<uint64_t, uint32_t>
      attempts;  // same index → tries already stored, where there are any
  uint64_t remaining = 0;
  // Sample indices in the order of asking, all repeats of one before the next; empty: sample order,
  // repeat by repeat. Belongs to the run's stop rule.
  std::span<const uint32_t> order{};
};

struct LanePlan {
  ModelInfo model;                // as stored, with its row id
  std::vector<LaneSuite> suites;  // as RunPlan::suites
  uint64_t total = 0;
  uint64_t remaining = 0;
  uint64_t unscored = 0;  // answered before, without a score
};

struct RunPlan {
  std::vector<SuitePlan> suites;
  std::vector<LanePlan> lanes;
};

// Registers models and suites in the file and reads what it already has. A suite whose prompts,
// targets or scorers differ from the stored ones for the same sample ids is a conflict, with the
// difference. Repeats before `first_repeat` are somebody else's: not asked here.
Result<RunPlan> make_plan(ResumableStore& store, const std::vector<ModelInfo>& models,
                          const std::vector<const Suite*>& suites, uint32_t first_repeat = 0);

// SampleFact of one sample as it will be asked (not its row): request, truth, tags, hash.
Result<SampleFact> sample_fact(const Suite& suite, const Sample& sample);
SampleFact sample_fact(const Sample& sample, const Request& request);

struct PlanItem {
  uint32_t suite = 0;
  uint64_t index = 0;
  uint32_t repeat = 0;
  uint32_t attempts = 0;  // tries already stored
};

// Walks the items a lane has yet to ask: suite by suite, in the lane's order of each suite.
class LaneCursor {
 public:
  LaneCursor(const LanePlan& lane, const RunPlan& plan) : lane_(lane), plan_(plan) {}
  std::optional<PlanItem> next();
  // From now on the rest of a suite is left out once `over` says so of it.
  void skip_when(std::function<bool(uint32_t suite)> over) { over_ = std::move(over); }
  // How many items were left out since the last call.
  uint64_t take_skipped() { return std::exchange(skipped_, 0); }

 private:
  void skip_suite();
  // Where the item at position `at` of the suite's order stands in LaneSuite::done.
  [[nodiscard]] uint64_t place(const LaneSuite& suite, uint64_t at) const;

  const LanePlan& lane_;
  const RunPlan& plan_;
  std::function<bool(uint32_t suite)> over_;
  uint32_t suite_ = 0;
  uint64_t at_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace assay::run
