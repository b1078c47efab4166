// ResumableStore: what a run needs of its file beyond appending: who it is, what is done, what
// lacks a score. Used by harness/run before and after the clock; implemented by harness/store.
//
//   ASSAY_TRY(ModelInfo model, store.ensure_model(wanted));      // row id of the model, new or
//   known ASSAY_TRY_VOID(store.read_progress(model.id, suite.id, [&](const ItemProgress& p) { ...
//   }));
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/money.h"

namespace assay {

// One item of the file, whatever its state.
struct ItemProgress {
  uint64_t sample = 0;  // row id
  uint32_t repeat = 0;
  uint32_t attempts = 0;  // tries stored
  bool answered = false;  // the last one is an answer: never asked again
  bool scored = false;    // and judged under the suite's newest scoring
};

// A stored sample's identity, for resume against data that changed.
struct StoredSample {
  uint64_t sample = 0;    // row id
  uint64_t position = 0;  // in the data it came from
  std::string id;
};

class ResumableStore : public RunStore {
 public:
  // Runs `work` in one transaction: an error undoes everything it wrote. append() in it is part of
  // it.
  virtual Result<void> transact(const std::function<Result<void>()>& work) = 0;
  // Opens a new session row and returns its id; facts appended from now on belong to it.
  virtual Result<uint32_t> begin_session(const SessionInfo& session) = 0;
  // Settings that hold for the whole file; set by the first session, later ones must agree on the
  // seed. Empty ones are left as they are.
  virtual Result<void> set_run_settings(uint64_t seed, const std::string& machine_price_per_hour,
                                        const std::string& currency) = 0;
  // The row of the model of this name; the same name with another config_hash is a conflict.
  virtual Result<ModelInfo> ensure_model(const ModelInfo& wanted) = 0;
  // The row of the suite of this name, its hashes updated to `wanted` (the caller has checked them
  // against the row).
  virtual Result<SuiteInfo> ensure_suite(const SuiteInfo& wanted) = 0;
  [[nodiscard]] virtual Result<std::optional<SuiteInfo>> find_suite(
      const std::string& name) const = 0;
  [[nodiscard]] virtual Result<void> read_progress(
      uint32_t model, uint32_t suite,
      const std::function<void(const ItemProgress&)>& take) const = 0;
  using RunStore::read_samples;  // by id and truth
  // In row order.
  [[nodiscard]] virtual Result<void> read_samples(
      uint32_t suite, const std::function<void(const StoredSample&)>& take) const = 0;
  // The sample's position in the data changed (rows were added before it); reports go by it.
  virtual Result<void> move_sample(uint64_t sample, uint64_t position) = 0;
  // The stored request (JSON) and truth (JSON) of one sample.
  [[nodiscard]] virtual Result<std::pair<std::string, std::string>> read_sample_texts(
      uint64_t sample) const = 0;
  // What all stored attempts cost together, where prices were known.
  [[nodiscard]] virtual Result<Money> spent() const = 0;
  // A new row for a load that is about to begin; what is known of it at its end comes as a
  // LoadFact.
  virtual Result<uint32_t> begin_load(const LoadInfo& load) = 0;
  // The smallest repeat that no attempt of this model has used yet.
  [[nodiscard]] virtual Result<uint32_t> next_repeat(uint32_t model) const = 0;
  // Starts a new scoring of a suite (`assay score`): scores appended from now on belong to it. It
  // counts once finish_scoring() was called; until then readers see the one before.
  virtual Result<void> begin_scoring(const SuiteInfo& suite) = 0;
  virtual Result<void> finish_scoring(const SuiteInfo& suite) = 0;
};

// Sample row ids are suite << 32 | position, so that the file is in plan order and the order needs
// no sort.
inline constexpr int kSampleSuiteShift = 32;

}  // namespace assay
