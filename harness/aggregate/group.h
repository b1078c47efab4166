// Group: the records of one model on one suite, as they stream by, in a few bytes each. What needs
// no order (counts, busy time, usage) is summed at once in integers; the rest waits in columns
// until the group is complete, then is read in order of (sample index, repeat) whatever the order
// of files.
//
// Where it stands: harness/aggregate; filled by collect.h, read by samples.h and latency.h. One
// thread.
//
//   Group group(model, suite);
//   group.begin_store(0);
//   ASSAY_TRY_VOID(group.add(record));
//   group.seal();                     // after the last record
//   for (size_t i = 0; i < group.size(); ++i) use(group.row(i));
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/aggregate/account.h"
#include "harness/aggregate/columns.h"
#include "harness/aggregate/tag_sets.h"
#include "harness/types/manifest.h"
#include "harness/types/record.h"

namespace assay::aggregate {

inline constexpr size_t kOutcomeCount = static_cast<size_t>(Outcome::kCancelled) + 1;

// What the records of one run file add to a group; money needs it file by file (each has its
// price).
struct StoreShare {
  size_t store = 0;
  int64_t busy_ns = 0;
  uint32_t model = 0;             // row id of the model in that file
  std::set<uint32_t> sessions{};  // that asked something of the model
};

class Group {
 public:
  // `keep_rows`: also keep row ids of samples, when they were sent, what they cost and how long the
  // machine was busy with them, for those who need their names, their order in time or their own
  // price later.
  Group(ModelInfo model, SuiteInfo suite, bool keep_rows = false);

  // Before the records of run file number `store`, which come sorted by (index, repeat).
  void begin_store(size_t store);
  // Errors: records out of order; tags that are not a JSON object; index beyond 32 bits. An item
  // that an earlier file already gave is skipped and counted.
  Result<void> add(const Record& record);
  // After the last record: fixes the order of reading.
  void seal();

  [[nodiscard]] size_t size() const { return index_.size(); }
  // The i-th item in order of (index, repeat) is in this row of the columns.
  [[nodiscard]] size_t row(size_t i) const { return order_.empty() ? i : order_[i]; }

  // Columns, by row.
  [[nodiscard]] uint32_t index(size_t row) const { return index_[row]; }
  [[nodiscard]] uint32_t cluster(size_t row) const { return cluster_.at(row); }  // 0: its own
  [[nodiscard]] bool has_clusters() const { return !cluster_.all_default(); }
  [[nodiscard]] uint16_t tag_set(size_t row) const { return tag_set_.at(row); }
  [[nodiscard]] uint64_t sample_row(size_t row) const { return sample_rows_[row]; }
  [[nodiscard]] bool has_sample_rows() const { return keep_rows_; }
  [[nodiscard]] int64_t sent_ns(size_t row) const { return sent_ns_[row]; }     // with sample rows
  [[nodiscard]] Outcome outcome(size_t row) const { return outcome_.at(row); }  // the same
  [[nodiscard]] uint32_t repeat(size_t row) const { return repeat_.at(row); }
  [[nodiscard]] const TallyColumn& metric(size_t metric) const { return metrics_[metric]; }
  // Of a metric that votes: equal for equal answers.
  [[nodiscard]] uint64_t answer(size_t metric, size_t row) const {
    return answers_[metric].at(row);
  }
  // Of a corpus-level metric; empty where the reply was not scored.
  [[nodiscard]] std::span<const double> parts(size_t metric, size_t row) const {
    return parts_[metric].at(row);
  }

  ModelInfo model;
  SuiteInfo suite;
  TagSets tags;
  DurationColumn latency;
  DurationColumn ttft;
  DurationColumn ttfa;
  DurationColumn cpu;
  // With sample rows, of failed items too: nano-units of money of all tries (kNone: no price was
  // known), and sent to done of the last one (0: never sent, or asked under load).
  DurationColumn item_cost;
  DurationColumn busy;
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t unjudged = 0;
  uint64_t retries = 0;
  uint64_t duplicates = 0;  // items that two files gave
  uint64_t in_load = 0;     // items asked by `assay bench`: without times of their own
  uint64_t correct = 0;     // answered items whose headline is 1
  uint64_t planned = 0;     // most that one file planned
  std::array<uint64_t, kOutcomeCount> outcomes{};
  Usage usage;
  uint64_t usage_missing = 0;       // answers over HTTP that did not say their tokens
  uint64_t tokens_unknown = 0;      // answers that did not say their output tokens
  std::optional<Money> token_cost;  // of all tries, where prices were known
  uint64_t unpriced = 0;            // answers without a cost of their own
  Account account;
  std::vector<StoreShare> shares;

 private:
  struct Key {
    uint32_t index = 0;
    uint32_t repeat = 0;
    auto operator<=>(const Key&) const = default;
  };
  [[nodiscard]] Key key(size_t row) const { return {index_[row], repeat_.at(row)}; }
  [[nodiscard]] bool known_from_earlier_store(Key key) const;
  void add_facts(const Record& record);
  void add_scores(const Record& record);
  uint32_t cluster_number(std::string_view name);

  bool keep_rows_;
  std::vector<size_t> segments_;  // first row of each store's records
  std::vector<uint32_t> order_;   // empty: rows are in order
  std::vector<uint32_t> index_;
  LazyColumn<uint32_t> repeat_;
  LazyColumn<uint32_t> cluster_;
  LazyColumn<uint16_t> tag_set_;
  std::vector<uint64_t> sample_rows_;
  std::vector<int64_t> sent_ns_;
  LazyColumn<Outcome> outcome_;
  std::vector<TallyColumn> metrics_;
  std::vector<LazyColumn<uint64_t>> answers_;  // by metric
  std::vector<PartsColumn> parts_;             // by metric
  std::vector<const RecordScore*> by_metric_;  // of the record being added
  std::unordered_map<std::string, uint32_t> cluster_numbers_;
  std::string last_cluster_;
  uint32_t last_cluster_number_ = 0;
};

}  // namespace assay::aggregate
