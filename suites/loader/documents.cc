#include "suites/loader/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::suites {

Result<Documents> Documents::of_split(Split split, const Preprocess* preprocess) {
  Documents documents;
  documents.split_ = std::move(split);
  documents.preprocess_ = preprocess;
  documents.columns_ = documents.split_.rows->columns();
  documents.count_ = documents.split_.count;
  if (preprocess == nullptr) return documents;
  for (const std::string_view added : preprocess->adds) {
    auto& columns = documents.columns_;
    if (std::find(columns.begin(), columns.end(), added) == columns.end()) {
      columns.emplace_back(added);
    }
  }
  ASSAY_TRY_VOID(documents.find_kept());
  return documents;
}

Documents Documents::of_samples(std::vector<Json> samples, std::string place) {
  Documents documents;
  documents.count_ = samples.size();
  if (!samples.empty()) {
    for (const auto& [key, value] : samples.front().items()) documents.columns_.push_back(key);
  }
  documents.samples_ = std::move(samples);
  documents.samples_place_ = std::move(place);
  return documents;
}

Result<void> Documents::find_kept() {
  std::vector<uint64_t> kept;
  ASSAY_TRY_VOID(for_each([&](uint64_t row, std::string_view text) -> Result<void> {
    Result<Json> doc = parse_json(text, split_.rows->shown());
    if (!doc) return input_error(split_.place(row), doc.error().message);
    Result<bool> keep = preprocess_->apply(*doc);
    if (!keep) {
      return input_error(split_.place(row), fmt::format("`preprocess: {}`: {}", preprocess_->name,
                                                        keep.error().message));
    }
    if (*keep) kept.push_back(row);
    return {};
  }));
  if (kept.empty()) {
    return input_error(
        split_.rows->shown(),
        fmt::format("`preprocess: {}` keeps none of the {} rows", preprocess_->name, count_));
  }
  if (kept.size() == count_) return {};
  count_ = kept.size();
  kept_ = std::move(kept);
  return {};
}

Result<std::string_view> Documents::text(uint64_t index, std::string& buffer) const {
  return split_.rows->text(split_.from + row_of(index), buffer);
}

Result<Json> Documents::parse(uint64_t index, std::string_view text) const {
  Result<Json> doc = parse_json(text, split_.rows->shown());
  if (!doc) return input_error(place(index), doc.error().message);
  if (preprocess_ == nullptr) return doc;
  const Result<bool> kept = preprocess_->apply(*doc);
  if (!kept) return input_error(place(index), kept.error().message);
  return doc;
}

Result<Json> Documents::doc(uint64_t index) const {
  if (is_samples()) return samples_[index];
  std::string buffer;
  ASSAY_TRY(const std::string_view stored, text(index, buffer));
  return parse(index, stored);
}

Result<void> Documents::for_each(const Each& each) const {
  uint64_t next = 0;  // of the kept ones
  return split_.rows->for_each(split_.from, split_.from + split_.count,
                               [&](uint64_t stored, std::string_view text) -> Result<void> {
                                 if (next == count_ || row_of(next) != stored - split_.from)
                                   return {};
                                 return each(next++, text);
                               });
}

std::string Documents::place(uint64_t index) const {
  if (is_samples()) return fmt::format("sample {} of {}", index + 1, samples_place_);
  return split_.place(row_of(index));
}

std::string Documents::shown() const {
  return is_samples() ? samples_place_ : split_.rows->shown();
}

std::string Documents::identity() const {
  if (is_samples()) return "samples " + dump_json(Json(samples_));
  if (preprocess_ == nullptr) return split_.identity;
  return fmt::format("{} preprocess={}", split_.identity, preprocess_->name);
}

bool same_document(const Json& a, const Json& b) {
  if (!a.is_object() || !b.is_object()) return a == b;
  if (a.size() != b.size()) return false;
  return std::all_of(a.items().begin(), a.items().end(), [&](const auto& item) {
    const Json* other = find_member(b, item.key());
    return other != nullptr && *other == item.value();
  });
}

}  // namespace assay::suites
