// ReportStore: a RunStore in memory for tests of reports. Items are given, or made on demand by a
// function (for runs too large to keep); worst_first sorts as the run file does: no score,
// unscored, then by the headline.
//
//   test::ReportStore store("quick.assay");
//   store.add(item);
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/run_store.h"

namespace assay::test {

class ReportStore final : public RunStore {
 public:
  explicit ReportStore(std::string path, bool higher_is_better = true)
      : path_(std::move(path)), higher_is_better_(higher_is_better) {}
  void add(ItemDetail item) { items_.push_back(std::move(item)); }
  void set_manifest(Manifest manifest) { manifest_ = std::move(manifest); }
  // The records' texts must outlive the store.
  void add_load(LoadInfo load, std::vector<LoadRecord> records) {
    loads_.emplace_back(std::move(load), std::move(records));
  }
  // How many items read_items has handed out: reports must stay bounded.
  [[nodiscard]] uint64_t items_read() const { return items_read_; }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] Result<Manifest> manifest() const override { return manifest_; }
  Result<void> append(std::span<const Fact>) override {
    return Error{ErrorCode::kConflict, "is read only", path_};
  }
  [[nodiscard]] Result<void> read_records(
      const std::function<void(const Record&)>&) const override {
    return {};
  }
  [[nodiscard]] Result<void> read_items(
      const ItemQuery& query, const std::function<bool(const ItemDetail&)>& take) const override {
    std::vector<const ItemDetail*> found;
    for (const ItemDetail& item : items_) {
      if (!query.model.empty() && query.model != item.model) continue;
      if (!query.suite.empty() && query.suite != item.suite) continue;
      if (!query.sample_id.empty() && query.sample_id != item.sample_id) continue;
      found.push_back(&item);
    }
    if (query.worst_first) {
      std::stable_sort(found.begin(), found.end(),
                       [&](const auto* a, const auto* b) { return badness(*a) < badness(*b); });
    }
    for (size_t i = 0; i < found.size() && (query.limit == 0 || i < query.limit); ++i) {
      ++items_read_;
      if (!take(*found[i])) break;
    }
    return {};
  }
  [[nodiscard]] Result<void> read_gauges(
      const std::function<void(uint32_t, const GaugeFact&)>&) const override {
    return {};
  }
  [[nodiscard]] Result<void> read_loads(
      const std::function<void(const LoadInfo&)>& take) const override {
    for (const auto& [load, records] : loads_) take(load);
    return {};
  }
  [[nodiscard]] Result<void> read_load_records(
      uint32_t id, const std::function<void(const LoadRecord&)>& take) const override {
    for (const auto& [load, records] : loads_) {
      if (load.id != id) continue;
      for (const LoadRecord& record : records) take(record);
    }
    return {};
  }

 private:
  [[nodiscard]] std::pair<int, double> badness(const ItemDetail& item) const {
    if (item.scores.empty()) return {0, 0};
    if (item.scores.front().status != ScoreStatus::kScored) return {1, 0};
    const double value = item.scores.front().value;
    return {2, higher_is_better_ ? value : -value};
  }

  std::string path_;
  bool higher_is_better_;
  std::vector<ItemDetail> items_;
  Manifest manifest_;
  std::vector<std::pair<LoadInfo, std::vector<LoadRecord>>> loads_;
  mutable uint64_t items_read_ = 0;
};

}  // namespace assay::test
