// JsonArrayReader: the objects of one big JSON list, one at a time, fed in chunks.
//
// Where it stands: between TextSource and the spool of RowStore. It finds where each object ends;
// parse_json reads it. Bounded: one object. Errors name file:line:column of the whole file.
//
//   JsonArrayReader reader("dev.json", 16 << 20);
//   ASSAY_TRY_VOID(reader.feed(chunk, [&](const Json& row, uint64_t line) -> Result<void> {...}));
//   ASSAY_TRY_VOID(reader.finish());
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

class JsonArrayReader {
 public:
  using Take = std::function<Result<void>(const Json& row, uint64_t line)>;

  JsonArrayReader(std::string shown, size_t row_bytes_max)
      : shown_(std::move(shown)), row_bytes_max_(row_bytes_max) {}

  Result<void> feed(std::string_view text, const Take& take);
  Result<void> finish();

 private:
  enum class State : uint8_t { kBefore, kFirst, kRow, kAfterRow, kNextRow, kDone };

  Result<void> between_rows(char c);
  Result<void> in_row(char c, const Take& take);
  Result<void> end_row(const Take& take);
  void advance(char c);
  [[nodiscard]] Error unexpected(char found, std::string_view expected) const;

  std::string shown_;
  size_t row_bytes_max_;
  State state_ = State::kBefore;
  std::string row_;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  uint64_t line_ = 1;  // of the current character
  uint64_t column_ = 1;
  uint64_t row_line_ = 1;
  uint64_t row_column_ = 1;
};

}  // namespace assay::suites
