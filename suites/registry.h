// The suites and scorers that exist: explicit tables, so that `assay list` and the loader see the
// same.
//
// Called by app/ (and by the loader, for scorers). A suite name is a shipped suite
// (suites/data/NAME), a folder, or a YAML file.
//
//   suites::LoadOptions options;
//   options.data_dir = "../data";
//   ASSAY_TRY(std::unique_ptr<Suite> suite, suites::load_suite("quick-intents", options));
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/fetcher.h"
#include "harness/api/suite.h"
#include "harness/base/result.h"

namespace assay::suites {

struct LoadOptions {
  std::vector<std::string>
      search_dirs;                // where shipped suites are: DIR/NAME/suite.yaml; first match wins
  std::string data_dir;           // --data: local copies of data files named by URL; empty: none
  std::optional<uint64_t> limit;  // --limit: the first N samples (after the shuffle, if any)
  std::optional<uint64_t> shuffle_seed;  // --shuffle: seeded order
  std::optional<uint32_t> num_fewshot;   // --num-fewshot, overrides the file
  std::optional<uint32_t> repeats;       // --repeats, overrides the file
  std::vector<std::string> tags;         // --tag key=value: only samples that carry all of them
  uint64_t seed = 0;                     // run seed: few-shot draws
  bool offline = false;                  // --offline: the network is not touched
  Fetcher* fetcher = nullptr;            // for data that is not here; null: as offline
  std::string cache_dir;                 // --cache-dir: what was fetched; empty: the usual place
  bool refresh = false;                  // data that is not pinned is fetched again
  std::function<void(const std::string&)> note;      // news about data, for people; may be empty
  std::function<void(const std::string&)> progress;  // of a download, often; may be empty
};

Result<std::unique_ptr<Suite>> load_suite(const std::string& name_or_path,
                                          const LoadOptions& options);

// Brings the data of every split that the suite names into the cache; what is on this machine stays
// where it is. Needs `fetcher`. The paths of the files with the rows.
struct FetchedSplit {
  std::string split;
  std::string path;
};
Result<std::vector<FetchedSplit>> fetch_suite(const std::string& name_or_path,
                                              const LoadOptions& options);

// One row of `assay list suites`.
struct SuiteListing {
  std::string name;
  std::string title;
  std::string language;
  std::string licence;
  std::string path;
  bool data_here = false;  // its data files exist (shipped, or below data_dir)
  std::string missing;     // what is missing, with its URL
  std::vector<std::string> tags;
};
Result<std::vector<SuiteListing>> list_suites(const LoadOptions& options);

// One row per scorer, for `assay list scorers`.
struct ScorerListing {
  std::string name;
  std::string summary;
  std::string options;  // "ignore_case=false, strip=true"
};
std::vector<ScorerListing> list_scorers();

}  // namespace assay::suites
