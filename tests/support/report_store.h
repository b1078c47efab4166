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
  // How many items read_items has handed out: reports must stay bounded.
  [[nodiscard]] uint64_t items_read() const { return items_read_; }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] Result<Manifest> manifest() const override { return Manifest{}; }
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
  mutable uint64_t items_read_ = 0;
};

}  // namespace assay::test
