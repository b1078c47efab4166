// Collector: reads run files into groups, one per suite and model, merging what belongs together.
//
// Where it stands: harness/aggregate; used by summarize.cc and compare.cc. One thread. A group is
// handed on as soon as its last record was read, so that one run file of any number of models never
// keeps more than one group in memory; groups that several files share wait for the last file.
//
//   Collector collector(stores, names, /*keep_rows=*/false);
//   ASSAY_TRY_VOID(collector.plan());
//   ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) { ... }));
//
// Two files hold the same suite when its prompt, data and scorer hashes are the same; otherwise the
// suite has variants, whose models are never compared silently. A model is the same when name,
// configuration hash and train size are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/aggregate/energy_readings.h"
#include "harness/aggregate/group.h"
#include "harness/api/run_store.h"

namespace assay::aggregate {

struct Source {
  const RunStore* store = nullptr;
  std::string name;
  Manifest manifest;
  EnergyReadings energy;
};

struct SuitePlan {
  std::string name;
  std::vector<SuiteInfo> variants;     // different prompt, data or scorer under one name
  std::vector<size_t> variant_source;  // the first source that has it
};

// A place for one model on one variant of one suite, filled when there are records.
struct Slot {
  size_t suite = 0;    // index into suites()
  size_t variant = 0;  // index into SuitePlan::variants
  ModelInfo model;
  std::vector<size_t> sources;  // whose manifests name it, ascending
};

bool same_definition(const SuiteInfo& a, const SuiteInfo& b);
bool same_model(const ModelInfo& a, const ModelInfo& b);

class Collector {
 public:
  using Done = std::function<void(size_t slot, Group&& group)>;
  Collector(std::span<const RunStore* const> stores, std::span<const std::string> names,
            bool keep_rows);

  // Reads manifests and what was measured of energy.
  Result<void> plan();
  // Reads records. `done` gets every group that has any, sealed, in no particular order.
  Result<void> read(const Done& done);

  [[nodiscard]] const std::vector<Source>& sources() const { return sources_; }
  [[nodiscard]] const std::vector<SuitePlan>& suites() const { return suites_; }
  // Run order within a suite.
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }

 private:
  using RowKey = std::pair<uint32_t, uint32_t>;  // row ids of suite and model
  void plan_source(size_t source);
  std::pair<size_t, size_t> place_suite(size_t source, const SuiteInfo& suite);
  size_t place_model(size_t source, std::pair<size_t, size_t> suite, const ModelInfo& model);
  Result<void> read_source(size_t source, const Done& done);
  Result<void> take(size_t source, const Record& record, const Done& done);
  Result<void> open_group(size_t source, RowKey key, const Done& done);
  void close_group(size_t source, const Done& done);
  void hand_on(size_t slot, const Done& done);

  bool keep_rows_;
  std::vector<Source> sources_;
  std::vector<SuitePlan> suites_;
  std::vector<Slot> slots_;
  std::vector<std::map<RowKey, size_t>> slot_of_;  // by source
  std::vector<std::unique_ptr<Group>> groups_;     // by slot, while it is open
  Group* current_ = nullptr;
  RowKey current_key_{};
  size_t current_slot_ = 0;
};

}  // namespace assay::aggregate
