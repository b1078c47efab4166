// SqliteStore: the run file. One SQLite database in WAL mode; docs/run-file.md describes it for
// users.
//
// Written by one process (it holds a lock on the file), one thread at a time: the writer thread
// during a run, the main thread before and after. Readers open it read-only at any time, also while
// it is written.
//
//   ASSAY_TRY(auto store, SqliteStore::open_for_writing("out.assay", {}));   // creates it when
//   absent ASSAY_TRY(auto reader, SqliteStore::open_for_reading("out.assay"));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "harness/api/resumable_store.h"

namespace assay::store {

struct WriteOptions {
  bool durable = false;  // synchronous=FULL: survives power loss, not only kill -9
};

class SqliteStore final : public ResumableStore {
 public:
  // Errors: not a run file, from a newer version, cut short, locked by another process, folder not
  // writable.
  static Result<std::unique_ptr<SqliteStore>> open_for_writing(const std::string& path,
                                                               const WriteOptions& options);
  static Result<std::unique_ptr<SqliteStore>> open_for_reading(const std::string& path);
  ~SqliteStore() override;

  [[nodiscard]] const std::string& path() const override;
  [[nodiscard]] Result<Manifest> manifest() const override;
  Result<void> append(std::span<const Fact> facts) override;
  [[nodiscard]] Result<void> read_records(
      const std::function<void(const Record&)>& take) const override;
  [[nodiscard]] Result<void> read_items(
      const ItemQuery& query, const std::function<bool(const ItemDetail&)>& take) const override;
  [[nodiscard]] Result<void> read_samples(
      const std::string& suite,
      const std::function<bool(uint64_t row, std::string_view id, std::string_view truth)>& take)
      const override;
  [[nodiscard]] Result<void> read_gauges(
      const std::function<void(uint32_t session, const GaugeFact&)>& take) const override;
  [[nodiscard]] Result<void> read_events(
      const std::string& kind,
      const std::function<void(uint32_t session, const EventFact&)>& take) const override;

  Result<void> transact(const std::function<Result<void>()>& work) override;
  Result<uint32_t> begin_session(const SessionInfo& session) override;
  Result<void> set_run_settings(uint64_t seed, const std::string& machine_price_per_hour,
                                const std::string& currency) override;
  Result<ModelInfo> ensure_model(const ModelInfo& wanted) override;
  Result<SuiteInfo> ensure_suite(const SuiteInfo& wanted) override;
  [[nodiscard]] Result<std::optional<SuiteInfo>> find_suite(const std::string& name) const override;
  [[nodiscard]] Result<void> read_progress(
      uint32_t model, uint32_t suite,
      const std::function<void(const ItemProgress&)>& take) const override;
  [[nodiscard]] Result<void> read_samples(
      uint32_t suite, const std::function<void(const StoredSample&)>& take) const override;
  Result<void> move_sample(uint64_t sample, uint64_t position) override;
  [[nodiscard]] Result<std::pair<std::string, std::string>> read_sample_texts(
      uint64_t sample) const override;
  [[nodiscard]] Result<Money> spent() const override;
  Result<uint32_t> begin_load(const LoadInfo& load) override;
  [[nodiscard]] Result<uint32_t> next_repeat(uint32_t model) const override;
  [[nodiscard]] Result<void> read_loads(
      const std::function<void(const LoadInfo&)>& take) const override;
  [[nodiscard]] Result<void> read_load_records(
      uint32_t load, const std::function<void(const LoadRecord&)>& take) const override;
  Result<void> begin_scoring(const SuiteInfo& suite) override;
  Result<void> finish_scoring(const SuiteInfo& suite) override;

  // Thorough check of the whole file; empty when it is sound, otherwise what is wrong. For `assay
  // doctor RUN`.
  [[nodiscard]] Result<std::string> integrity_problems() const;
  // Writes everything into the one file (no -wal beside it). Called at the end of a run.
  Result<void> checkpoint();

 private:
  struct Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::store
