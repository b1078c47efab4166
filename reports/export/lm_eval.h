// A run in the files of lm-evaluation-harness: for each model a folder with results_DATE.json and
// one samples_TASK_DATE.jsonl for each suite.
//
// Where it stands: reports/export; called by `assay export --format lm-eval`. Reads the store item
// by item; keeps the repeats of one item at a time.
//
//   ASSAY_TRY_VOID(reports::export_lm_eval(store, {}, files));     // files.append(name, text)
//
// Form of lm_eval 0.4.9 (lm_eval/evaluator.py, lm_eval/loggers/evaluation_tracker.py). Members
// `assay` hold what that form has no place for; a reader that does not know them loses nothing of
// lm-eval's own. Repeats of one item are its `resps`, its score their mean. docs/interchange.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::reports {

// Where files of an export go. `name` is relative and may have folders: "model/results_x.json".
class ExportFiles {
 public:
  ExportFiles() = default;
  virtual ~ExportFiles() = default;
  ExportFiles(const ExportFiles&) = delete;
  ExportFiles& operator=(const ExportFiles&) = delete;
  // Makes the file when it is not there.
  virtual Result<void> append(const std::string& name, std::string_view bytes) = 0;
};

struct ForeignExport {
  std::string model;  // empty: all
  std::string suite;
  std::string assay_version;
};

// What was written: items (of all models).
Result<uint64_t> export_lm_eval(const RunStore& store, const ForeignExport& options,
                                ExportFiles& files);

}  // namespace assay::reports
