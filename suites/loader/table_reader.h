// TableReader: records of a CSV or TSV text, fed in chunks. CSV is strict RFC 4180: fields may be
// quoted, a quoted field may hold commas, line breaks and doubled quotes, lines end with LF or
// CRLF. TSV has no quoting unless asked for, as the data sets that use it have none.
//
// Where it stands: between TextSource and the spool of RowStore. Bounded: one record, and the
// number of its columns. Errors name file:line and what was expected.
//
//   TableReader reader("test.csv", {.separator = ',', .quoting = true});
//   ASSAY_TRY_VOID(reader.feed(chunk, [&](const TableRecord& r) -> Result<void> { ... }));
//   ASSAY_TRY_VOID(reader.finish(take));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

struct TableRecord {
  std::vector<std::string> fields;
  uint64_t line = 0;   // where it begins, 1-based
  bool blank = false;  // an empty line
};

struct TableOptions {
  char separator = ',';
  bool quoting = true;
  size_t record_bytes_max = size_t{16} << 20;
  size_t columns_max = 10'000;
};

class TableReader {
 public:
  using Take = std::function<Result<void>(const TableRecord&)>;

  TableReader(std::string shown, TableOptions options)
      : shown_(std::move(shown)), options_(options) {}

  // Text cut anywhere. Calls `take` for every record that is complete; its error ends the reading.
  Result<void> feed(std::string_view text, const Take& take);
  // The end of the text: the last record, which may lack its line end.
  Result<void> finish(const Take& take);

 private:
  enum class State : uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted, kCarriageReturn };

  Result<void> on_char(char c, const Take& take);
  Result<void> on_field_start(char c, const Take& take);
  Result<void> on_plain(char c, const Take& take);
  Result<void> after_quote(char c, const Take& take);
  Result<void> end_field();
  Result<void> end_record(const Take& take);
  [[nodiscard]] Error error_here(std::string message) const;

  std::string shown_;
  TableOptions options_;
  State state_ = State::kFieldStart;
  TableRecord record_;
  std::string field_;
  size_t record_bytes_ = 0;
  uint64_t line_ = 1;        // of the next character
  uint64_t quote_line_ = 0;  // where the record's last quoted field opens; 0: none
};

}  // namespace assay::suites
