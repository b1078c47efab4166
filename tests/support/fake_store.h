// FakeStore: a RunStore in memory, for tests of what reads run files.
//
//   FakeStore store("a.assay");
//   store.info.suites = {...};
//   store.add({.model = 1, .suite = 1, .index = 0, .scores = {{.value = 1}}});   // any order
//
// Records come back sorted by (suite, model, index, repeat), as the contract says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/api/run_store.h"

namespace assay::test {

// A Record that owns its texts.
struct FakeRecord {
  uint32_t model = 1;
  uint32_t suite = 1;
  uint64_t index = 0;
  uint32_t repeat = 0;
  uint32_t attempts = 1;
  uint32_t session = 1;
  std::string cluster{};
  std::string tags{};
  Outcome outcome = Outcome::kOk;
  int64_t sent_ns = 0;
  int64_t first_token_ns = -1;
  int64_t done_ns = 0;
  int64_t cpu_ns = -1;
  Usage usage{};
  bool in_load = false;
  std::vector<RecordScore> scores{};
  std::string sample_id{};  // for read_items; "s<index>" when empty
  std::string truth{};
  std::optional<Money> cost{};
};

// A LoadRecord that owns its bytes.
struct FakeRequest {
  LoadRecord record{};
  std::string chunks{};
};

class FakeStore : public RunStore {
 public:
  explicit FakeStore(std::string path) : path_(std::move(path)) {}

  Manifest info;
  std::vector<std::pair<uint32_t, GaugeFact>> gauges;
  std::vector<std::pair<uint32_t, EventFact>> events;
  void add(FakeRecord record) { records_.push_back(std::move(record)); }
  // Loads and their requests come back in the order they were added.
  std::vector<LoadInfo> loads;
  void add_request(uint32_t load, FakeRequest request) {
    requests_[load].push_back(std::move(request));
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] Result<Manifest> manifest() const override { return info; }
  Result<void> append(std::span<const Fact> facts) override {
    return facts.empty()
               ? Result<void>()
               : Result<void>(Error{ErrorCode::kIo, "a fake store is filled by add()", path_});
  }

  [[nodiscard]] Result<void> read_records(
      const std::function<void(const Record&)>& take) const override {
    for (const FakeRecord* r : sorted()) take(view(*r));
    return {};
  }

  [[nodiscard]] Result<void> read_items(
      const ItemQuery& query, const std::function<bool(const ItemDetail&)>& take) const override {
    for (const FakeRecord* r : sorted()) {
      ItemDetail item;
      item.model = name_of(info.models, r->model);
      item.suite = name_of(info.suites, r->suite);
      if (!query.model.empty() && query.model != item.model) continue;
      if (!query.suite.empty() && query.suite != item.suite) continue;
      item.sample_id = sample_id(*r);
      item.truth = r->truth;
      item.sample_row = row_of(*r);
      item.repeat = r->repeat;
      if (!take(item)) break;
    }
    return {};
  }

  [[nodiscard]] Result<void> read_gauges(
      const std::function<void(uint32_t session, const GaugeFact&)>& take) const override {
    for (const auto& [session, gauge] : gauges) take(session, gauge);
    return {};
  }

  [[nodiscard]] Result<void> read_events(
      const std::string& kind,
      const std::function<void(uint32_t session, const EventFact&)>& take) const override {
    for (const auto& [session, event] : events) {
      if (event.kind == kind) take(session, event);
    }
    return {};
  }

  [[nodiscard]] Result<void> read_loads(
      const std::function<void(const LoadInfo&)>& take) const override {
    for (const LoadInfo& load : loads) take(load);
    return {};
  }
  [[nodiscard]] Result<void> read_load_records(
      uint32_t load, const std::function<void(const LoadRecord&)>& take) const override {
    const auto found = requests_.find(load);
    if (found == requests_.end()) return {};
    for (const FakeRequest& request : found->second) {
      LoadRecord record = request.record;
      record.chunks = request.chunks;
      take(record);
    }
    return {};
  }

 private:
  static uint64_t row_of(const FakeRecord& r) { return uint64_t{r.suite} << 32 | r.index; }
  static std::string sample_id(const FakeRecord& r) {
    return r.sample_id.empty() ? "s" + std::to_string(r.index) : r.sample_id;
  }
  template <typename Infos>
  static std::string name_of(const Infos& infos, uint32_t id) {
    for (const auto& one : infos) {
      if (one.id == id) return one.name;
    }
    return {};
  }
  static Record view(const FakeRecord& r) {
    Record out;
    out.model = r.model;
    out.suite = r.suite;
    out.sample = row_of(r);
    out.index = r.index;
    out.repeat = r.repeat;
    out.attempts = r.attempts;
    out.session = r.session;
    out.cluster = r.cluster;
    out.tags = r.tags;
    out.outcome = r.outcome;
    out.scheduled_ns = r.sent_ns;
    out.sent_ns = r.sent_ns;
    out.first_token_ns = r.first_token_ns;
    out.done_ns = r.done_ns;
    out.cpu_ns = r.cpu_ns;
    out.usage = r.usage;
    out.in_load = r.in_load;
    out.cost = r.cost;
    out.scores = r.scores;
    return out;
  }
  [[nodiscard]] std::vector<const FakeRecord*> sorted() const {
    std::vector<const FakeRecord*> out;
    for (const FakeRecord& r : records_) out.push_back(&r);
    std::sort(out.begin(), out.end(), [](const FakeRecord* a, const FakeRecord* b) {
      return std::tie(a->suite, a->model, a->index, a->repeat) <
             std::tie(b->suite, b->model, b->index, b->repeat);
    });
    return out;
  }

  std::string path_;
  std::vector<FakeRecord> records_;
  std::map<uint32_t, std::vector<FakeRequest>> requests_;
};

}  // namespace assay::test
