// What several commands share: loading suites with the usual flags, opening run files, reading
// summaries, writing outputs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/write_output.h"
#include "harness/api/suite.h"
#include "harness/base/result.h"
#include "harness/store/sqlite_store.h"
#include "harness/types/summary.h"
#include "suites/registry.h"

namespace assay::app {

struct LoadedSuites {
  std::vector<std::unique_ptr<Suite>> owned;
  std::vector<const Suite*> list;
  std::vector<suites::GroupInfo> groups;  // that were named
};
// Suites, groups and tags by name. Two suites of one name are an error.
Result<LoadedSuites> load_suites(const std::vector<std::string>& names,
                                 const suites::LoadOptions& options);

struct OpenRuns {
  std::vector<std::unique_ptr<store::SqliteStore>> owned;
  std::vector<const RunStore*> list;
  std::vector<std::string> names;
};
Result<OpenRuns> open_runs(const std::vector<std::string>& paths);

// Command line as it can be typed again, arguments quoted where needed.
std::string command_line();

// This process, for the manifest.
SessionInfo this_session();

// Loads a picture's bytes and checks them; as run::LoadImage.
Result<void> load_picture(Image& image);

// "4,231"
std::string count_text(uint64_t n);

}  // namespace assay::app
