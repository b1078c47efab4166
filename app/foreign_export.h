// A run file in another tool's files: a folder of lm-eval's, or logs of Inspect.
//
// Where it stands: app; called by cmd_export.cc. Files are written beside their names and renamed
// when all are complete, so that a failure leaves none.
#pragma once

#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::app {

struct ForeignExportFlags {
  std::string run;     // its file, for names
  std::string output;  // "-": named after the run
  std::string model;   // empty: all
  std::string suite;
};

struct ForeignExportInfo {
  uint64_t items = 0;
  std::string where;  // the folder or file
};

// Errors: nothing to export; a file that cannot be written.
Result<ForeignExportInfo> export_as_lm_eval(const RunStore& store, const ForeignExportFlags& flags);
// One log: a file (`output` may be a folder that exists); several: a folder.
Result<ForeignExportInfo> export_as_inspect(const RunStore& store, const ForeignExportFlags& flags);

}  // namespace assay::app
