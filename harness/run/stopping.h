// Stopping: between a run and its stop rule: turns attempts and stored records into places of the
// plan, and remembers for the other threads which suites of which models are over.
//
// Where it stands: made by run() when there is a rule. replay() on the main thread before the
// clock; on_item() on the loop thread, through Schedule; over() from any thread (feeder, loop).
//
//   Stopping stopping(rule, plan);
//   ASSAY_TRY_VOID(stopping.replay(store));
//   if (stopping.on_item(*attempt, Stopping::End::kAnswered)) drop_waiting(lane, attempt->suite);
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/api/stop_rule.h"
#include "harness/run/plan.h"
#include "harness/types/attempt.h"

namespace assay::run {

class Stopping {
 public:
  // Gives the plan's lanes the rule's order. Rule and plan outlive it.
  Stopping(StopRule& rule, RunPlan& plan);

  // Tells the rule what the file already holds. An item that got no reply is asked again by a
  // resumed run, unless the suite was decided with that item left out: then it stays so.
  Result<void> replay(const RunStore& store);

  enum class End : uint8_t { kAnswered, kGaveUp };
  // True: with this item the model's part of the suite has just become over.
  bool on_item(const Attempt& attempt, End end);

  [[nodiscard]] bool over(size_t model, size_t suite) const {
    return over_[model * suites_ + suite].load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool over(const Attempt& attempt) const;
  // As StopRule::ahead(). Loop thread.
  [[nodiscard]] uint64_t ahead(const Attempt& attempt) const;

 private:
  struct Stored {
    ResultPlace place;
    bool answered = false;
    std::optional<JudgedValue> judged;
  };
  [[nodiscard]] std::optional<size_t> model_of(uint32_t row) const;
  [[nodiscard]] std::optional<uint64_t> index_of(size_t suite, uint64_t sample) const;
  void take_stored(const std::vector<Stored>& group);
  bool note(size_t model, size_t suite);

  StopRule& rule_;
  RunPlan& plan_;
  size_t suites_;
  std::map<uint32_t, size_t> model_of_row_;
  std::map<uint32_t, size_t> suite_of_row_;
  // By suite, row id of the sample → index; empty where the row says it by itself.
  std::vector<std::unordered_map<uint64_t, uint64_t>> index_of_row_;
  std::deque<std::atomic<bool>> over_;  // model * suites + suite
};

}  // namespace assay::run
