// Documents: the rows of one split as templates see them: read from a file and preprocessed, or
// written out in the suite file (few-shot samples).
//
// Where it stands: between Split and FileSuite; const and shared by threads. A preprocessing
// function is applied whenever a row is read; the rows that it leaves out are found when it is
// made. Memory: nothing a row, or eight bytes where rows are left out.
//
//   ASSAY_TRY(Documents test, Documents::of_split(std::move(split), preprocess));
//   ASSAY_TRY(Json doc, test.doc(3));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "suites/loader/split.h"
#include "suites/native/preprocess.h"

namespace assay::suites {

class Documents {
 public:
  Documents() = default;
  // `preprocess` may be null.
  static Result<Documents> of_split(Split split, const Preprocess* preprocess);
  static Documents of_samples(std::vector<Json> samples, std::string place);

  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] Result<Json> doc(uint64_t index) const;
  // The same from the row's stored text, as for_each() gives it.
  [[nodiscard]] Result<Json> parse(uint64_t index, std::string_view text) const;
  // The row's stored text; the view is into `buffer`. Not of samples.
  [[nodiscard]] Result<std::string_view> text(uint64_t index, std::string& buffer) const;
  using Each = std::function<Result<void>(uint64_t index, std::string_view text)>;
  // Every row in order. Not of samples.
  Result<void> for_each(const Each& each) const;

  [[nodiscard]] std::string place(uint64_t index) const;
  // The file, or the place of the samples, for messages.
  [[nodiscard]] std::string shown() const;
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] bool is_preprocessed() const { return preprocess_ != nullptr; }
  [[nodiscard]] bool is_samples() const { return split_.rows == nullptr; }
  [[nodiscard]] const Split& split() const { return split_; }
  // The same text is the same documents.
  [[nodiscard]] std::string identity() const;

 private:
  [[nodiscard]] uint64_t row_of(uint64_t index) const {
    return kept_.empty() ? index : kept_[index];
  }
  Result<void> find_kept();

  Split split_;
  const Preprocess* preprocess_ = nullptr;
  std::vector<uint64_t> kept_;  // rows of the split; empty: all
  std::vector<Json> samples_;
  std::string samples_place_;
  std::vector<std::string> columns_;
  uint64_t count_ = 0;
};

// Whether two documents say the same, as Python compares mappings: the order of keys is nothing.
bool same_document(const Json& a, const Json& b);

}  // namespace assay::suites
