// Split: the rows of `test`, `train` or few-shot examples, wherever they lie: finding the file,
// checking its sha256, opening it once even when two splits share it, cutting the range out.
//
// Where it stands: between SuiteDefinition and FileSuite; list_suites asks it what is missing. Data
// that is not here is fetched into the cache (remote_file, hub_rows).
//
//   SplitOpener opener(data_access(options));
//   ASSAY_TRY(Split test, opener.open(*definition.source("test")));
//   ASSAY_TRY(Json row, test.rows->row(test.from + 3));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "harness/base/result.h"
#include "suites/loader/data_access.h"
#include "suites/loader/row_store.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

struct Split {
  std::shared_ptr<const RowStore> rows;
  uint64_t from = 0;   // first row of the split in `rows`
  uint64_t count = 0;  // rows of the split
  std::string images_dir;
  std::string identity;  // content and reading options; the same text is the same data

  // "file:line" of the split's row, for messages.
  [[nodiscard]] std::string place(uint64_t row) const { return rows->place(from + row); }
};

// Where a source's files are on this machine.
struct LocatedSource {
  std::string rows_path;       // file with the rows; the folder itself where it has no truth file
  std::string images_dir;      // pictures are relative to it
  bool is_local_copy = false;  // below --data DIR
};

// Below --data DIR, beside the suite or in the cache. Not here: an error that says where to get the
// data and how to point at it; so of the file that is joined to it. Touches no network.
Result<LocatedSource> locate(const DataSource& source, const DataAccess& access);
// The same, fetched where it is not here and the network may be used; what lies in the cache is
// checked against its hash.
Result<LocatedSource> obtain(const DataSource& source, const DataAccess& access);

class SplitOpener {
 public:
  explicit SplitOpener(DataAccess access) : access_(std::move(access)) {}
  Result<Split> open(const DataSource& source);

 private:
  Result<std::shared_ptr<const RowStore>> open_rows(const DataSource& source,
                                                    const RowSource& reading,
                                                    const std::string& expected);

  const DataAccess access_;
  std::map<std::string, std::shared_ptr<const RowStore>> opened_;  // by path and reading options
};

}  // namespace assay::suites
