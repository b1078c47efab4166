// Another tool's log as a run file of ours, so that everything that reads run files (compare,
// report, gate) reads it too.
//
// Where it stands: app, between suites/import/logs (readers) and harness/store (the file). The log
// is read twice: first for what the manifest says (metrics, hashes, order of items), then for the
// facts; of an item only its identity is kept in between. Main thread.
//
//   ASSAY_TRY(ForeignRunInfo info, write_foreign_run(*log, "out.assay", {}));
//
// Items stand in the order of their ids (numbers by value), whatever the log's order, so that two
// logs of one task have the same data_hash: a hash over (id, truth).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "suites/import/logs/foreign_log.h"

namespace assay::app {

struct ForeignRunOptions {
  std::string suite;   // another name for the log's only suite; empty: its own
  std::string model;   // for its only model
  bool force = false;  // replace a file that exists
};

struct ForeignRunInfo {
  uint64_t items = 0;     // samples
  uint64_t replies = 0;   // items x models x repeats
  uint64_t unscored = 0;  // scores that are no numbers
  std::vector<std::string> models;
  std::vector<std::string> suites;
  std::vector<std::string> notes;
};

// Writes beside `path` first and renames at the end: an import that fails leaves nothing.
// Errors: place, found, expected.
Result<ForeignRunInfo> write_foreign_run(suites::ForeignLog& log, const std::string& path,
                                         const ForeignRunOptions& options);

}  // namespace assay::app
