#include "harness/aggregate/tag_sets.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/json.h"

namespace assay::aggregate {

TagSets::TagSets() : sets_(1) {}

Result<uint16_t> TagSets::intern(std::string_view json) {
  if (json.empty() || json == "{}" || overflowed_) return uint16_t{0};
  if (json == last_text_) return last_;
  last_text_ = json;
  const auto at = known_.find(last_text_);
  if (at != known_.end()) {
    last_ = at->second;
    return last_;
  }
  if (sets_.size() > kSetsMax) {
    overflowed_ = true;
    return uint16_t{0};
  }
  ASSAY_TRY(std::vector<TagValue> set, parse(json));
  last_ = static_cast<uint16_t>(sets_.size());
  sets_.push_back(std::move(set));
  known_.emplace(last_text_, last_);
  return last_;
}

std::vector<Slice> TagSets::slices(std::span<const uint64_t> records, size_t values_max,
                                   std::vector<std::string>& cut) const {
  if (overflowed_) return {};
  std::map<std::string, std::map<std::string, uint64_t>> counts;
  for (size_t set = 0; set < sets_.size(); ++set) {
    if (records[set] == 0) continue;
    for (const auto& [tag, value] : sets_[set]) counts[tag][value] += records[set];
  }
  std::vector<Slice> out;
  for (const auto& [tag, values] : counts) {
    std::vector<std::pair<uint64_t, std::string>> kept;  // most records first, then by name
    for (const auto& [value, n] : values) kept.emplace_back(n, value);
    if (kept.size() > values_max) {
      std::stable_sort(kept.begin(), kept.end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
      kept.resize(values_max);
      std::sort(kept.begin(), kept.end(),
                [](const auto& a, const auto& b) { return a.second < b.second; });
      cut.push_back(tag);
    }
    for (auto& [n, value] : kept) {
      Slice& slice = out.emplace_back();
      slice.tag = tag;
      slice.value = std::move(value);
      slice.sets.resize(sets_.size());
    }
  }
  std::map<TagValue, size_t> place;
  for (size_t i = 0; i < out.size(); ++i) place[{out[i].tag, out[i].value}] = i;
  for (size_t set = 0; set < sets_.size(); ++set) {
    for (const TagValue& pair : sets_[set]) {
      const auto at = place.find(pair);
      if (at != place.end()) out[at->second].sets[set] = true;
    }
  }
  return out;
}

// Texts, numbers and truth values make slices; lists and objects do not.
Result<std::vector<TagSets::TagValue>> TagSets::parse(std::string_view json) const {
  ASSAY_TRY(const Json tags, parse_json(json, "tags"));
  if (!tags.is_object()) {
    return input_error("tags", fmt::format("found {}, expected an object", json_type_name(tags)));
  }
  std::vector<TagValue> out;
  for (const auto& [tag, value] : tags.items()) {
    if (value.is_string()) {
      out.emplace_back(tag, value.get<std::string>());
    } else if (value.is_number() || value.is_boolean()) {
      out.emplace_back(tag, dump_json(value));
    }
  }
  return out;
}

}  // namespace assay::aggregate
