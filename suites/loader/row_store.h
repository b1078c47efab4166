// RowStore: the rows of one data file as JSON objects, read at random. Memory is at most eight
// bytes a row, whatever the rows hold.
//
// Where it stands: between the data files and FileSuite. Plain JSONL is read where it lies, through
// an index of offsets; everything else (gzip, JSON, CSV, TSV, lines, folders of pictures) is
// converted in one pass into a temporary JSONL file that has no name, and read the same way. open()
// checks every row (UTF-8, JSON syntax, column counts) before anything runs. row() and text() are
// thread-safe.
//
//   ASSAY_TRY(auto rows, RowStore::open({.path = "test.jsonl", .shown = "test.jsonl"}));
//   ASSAY_TRY(Json row, rows->row(41));
//   rows->place(41)                       // "test.jsonl:42"
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/loader/text_source.h"

namespace assay::suites {

inline constexpr size_t kRowBytesMax = size_t{16} << 20;
inline constexpr uint64_t kJoinRowsMax = 1'000'000;  // of the file that is joined by a column
inline constexpr size_t kJsonDocumentBytesMax = size_t{256} << 20;  // with `field`

enum class DataFormat : uint8_t { kAuto, kJsonl, kJson, kCsv, kTsv, kLines, kImages };

// One data file (or folder of pictures) and how to read it.
struct RowSource {
  std::string path;
  std::string shown;                      // its name in messages
  DataFormat format = DataFormat::kAuto;  // kAuto: by extension
  bool header = true;                     // tables: the first record names the columns
  std::vector<std::string> columns;    // tables without a header: their names; lines: the one name
  std::optional<bool> quoting;         // tables; unset: yes for CSV, no for TSV
  std::string field;                   // JSON: the list inside an object
  std::string image_column = "image";  // folders: the column that names the picture
  SourceLimits limits;
};

class RowStore {
 public:
  // Calls `each` (may be null) for every row in order, with the row's text.
  using Each = std::function<Result<void>(uint64_t row, std::string_view text)>;
  static Result<std::unique_ptr<RowStore>> open(const RowSource& source);
  // The rows of `left`, each with the members of its row of `right` behind its own: the row of the
  // same number, or with `by` the one that has the same value there. A row without one, a number of
  // rows that differs and a name that both have are errors. Memory: with `by`, kJoinRowsMax keys.
  static Result<std::unique_ptr<RowStore>> joined(const RowStore& left, const RowStore& right,
                                                  const std::string& by);

  ~RowStore();
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  [[nodiscard]] uint64_t size() const { return count_; }
  [[nodiscard]] Result<Json> row(uint64_t index) const;
  // The row's JSON text; the view is into `buffer`.
  [[nodiscard]] Result<std::string_view> text(uint64_t index, std::string& buffer) const;
  // Every row of [from, to) in order, read in large pieces.
  Result<void> for_each(uint64_t from, uint64_t to, const Each& each) const;
  // "file:line" of a row, for messages. Slow: it counts lines.
  [[nodiscard]] std::string place(uint64_t index) const;
  // Keys of the first row, in order.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  // SHA-256 of the file's bytes as they lie on disk; of the names and sizes of a folder's pictures.
  [[nodiscard]] const Hash& hash() const { return hash_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  // Offsets with four bytes a row: blocks of 256 rows share a base. A row is at most 16 MiB, so
  // that 256 of them span less than 4 GiB.
  class OffsetIndex {
   public:
    // False: rows lie too far apart (only white space of gigabytes does that).
    bool push(uint64_t offset);
    [[nodiscard]] uint64_t at(uint64_t row) const {
      const Block& block = *blocks_[row / kRows];
      return block.base + block.delta[row % kRows];
    }

   private:
    static constexpr size_t kRows = 256;
    struct Block {
      uint64_t base = 0;
      uint32_t delta[kRows] = {};
    };
    std::vector<std::unique_ptr<Block>> blocks_;
    uint64_t count_ = 0;
  };
  struct Spool;

  RowStore() = default;
  Result<void> read_jsonl(TextSource& text, const RowSource& source);
  Result<void> read_json(TextSource& text, const RowSource& source);
  Result<void> read_table(TextSource& text, const RowSource& source, bool tabs);
  Result<void> read_lines(TextSource& text, const RowSource& source);
  Result<void> read_folder(const RowSource& source);
  Result<void> add_line(std::string_view line, uint64_t offset, uint64_t line_number);
  Result<void> add_spooled(std::string_view text, uint64_t line_number);
  Result<void> add_offset(uint64_t offset, std::string_view text, uint64_t line_number);
  Result<void> read_document(TextSource& text, const RowSource& source);
  Result<void> finish_spool();
  [[nodiscard]] std::string_view row_text(std::string_view stored) const;
  [[nodiscard]] uint64_t end_of(uint64_t index) const;
  [[nodiscard]] Result<void> read_at(uint64_t offset, size_t bytes, char* out) const;

  std::string shown_;
  int fd_ = -1;
  std::unique_ptr<Spool> spool_;  // while open() writes it
  bool numbered_ = false;         // each stored row begins with "<line of its source>\t"
  OffsetIndex offsets_;
  uint64_t count_ = 0;
  uint64_t end_ = 0;  // of the last row
  std::vector<std::string> columns_;
  Hash hash_;
};

// kAuto resolved by the file's extension; nullopt: none that is known.
std::optional<DataFormat> format_of_name(const std::string& path);
std::string_view format_name(DataFormat format);

}  // namespace assay::suites
