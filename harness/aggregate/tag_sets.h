// TagSets: which slices each record belongs to. Records carry their tags as JSON text; a suite has
// few different texts, so each is parsed once and a record keeps its number.
//
// Where it stands: harness/aggregate, one per Group, filled while records stream by. One thread.
//
//   ASSAY_TRY(const uint16_t set, tags.intern(R"({"language":"ko","quality":"blurred"})"));
//   for (const Slice& slice : tags.slices(rows_per_set, 40)) slice.holds(set)
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace assay::aggregate {

struct Slice {
  std::string tag;
  std::string value;
  std::vector<bool> sets;  // by number of the set: does it hold this tag and value
  [[nodiscard]] bool holds(uint16_t set) const { return sets[set]; }
};

class TagSets {
 public:
  // More different texts than this, and the group is not sliced (overflowed()).
  static constexpr size_t kSetsMax = 65'000;

  TagSets();
  // Number of the set of tags in `json`; 0 for none. Error: not a JSON object.
  Result<uint16_t> intern(std::string_view json);
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] size_t size() const { return sets_.size(); }
  // Sorted by tag, then value. Of a tag with more values than `values_max` the ones with the most
  // records are kept; such tags are named in `cut`. `records[set]` counts the records of each set.
  [[nodiscard]] std::vector<Slice> slices(std::span<const uint64_t> records, size_t values_max,
                                          std::vector<std::string>& cut) const;

 private:
  using TagValue = std::pair<std::string, std::string>;
  Result<std::vector<TagValue>> parse(std::string_view json) const;

  std::unordered_map<std::string, uint16_t> known_;
  std::vector<std::vector<TagValue>> sets_;
  std::string last_text_;
  uint16_t last_ = 0;
  bool overflowed_ = false;
};

}  // namespace assay::aggregate
