// RunStore: the stored facts of one execution. Written by the writer thread, read by anybody after.
//
//   ASSAY_TRY_VOID(store.append(facts));                    // one transaction
//   ASSAY_TRY_VOID(store.read_records([&](const Record& r) { ... }));
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/types/fact.h"
#include "harness/types/manifest.h"
#include "harness/types/record.h"

namespace assay {

class RunStore {
 public:
  virtual ~RunStore() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;
  [[nodiscard]] virtual Result<Manifest> manifest() const = 0;
  // One transaction; all or nothing.
  virtual Result<void> append(std::span<const Fact> facts) = 0;
  // Every item's last attempt with its scores of the newest scoring, sorted by (suite, model,
  // index, repeat).
  [[nodiscard]] virtual Result<void> read_records(
      const std::function<void(const Record&)>& take) const = 0;
  // Items with texts; `take` returns false to stop.
  [[nodiscard]] virtual Result<void> read_items(
      const ItemQuery& query, const std::function<bool(const ItemDetail&)>& take) const = 0;
  // Samples of a suite, whoever was asked: row id, id and truth (as ItemDetail has them), for those
  // who need no more of an item than what it is. `take` returns false to stop; a sample may come
  // more than once.
  [[nodiscard]] virtual Result<void> read_samples(
      const std::string& suite,
      const std::function<bool(uint64_t row, std::string_view id, std::string_view truth)>& take)
      const {
    ItemQuery query;
    query.suite = suite;
    return read_items(query, [&](const ItemDetail& item) {
      return take(item.sample_row, item.sample_id, item.truth);
    });
  }
  // Gauges in order of time.
  [[nodiscard]] virtual Result<void> read_gauges(
      const std::function<void(uint32_t session, const GaugeFact&)>& take) const = 0;
  // Events of one kind in the order they were appended; nothing where the file has none.
  [[nodiscard]] virtual Result<void> read_events(
      const std::string& /*kind*/,
      const std::function<void(uint32_t session, const EventFact&)>& /*take*/) const {
    return {};
  }
  // Loads of `assay bench` in the order they ran; nothing where the file has none.
  [[nodiscard]] virtual Result<void> read_loads(
      const std::function<void(const LoadInfo&)>& /*take*/) const {
    return {};
  }
  // One load's requests, by number and turn.
  [[nodiscard]] virtual Result<void> read_load_records(
      uint32_t /*load*/, const std::function<void(const LoadRecord&)>& /*take*/) const {
    return {};
  }
};

}  // namespace assay
