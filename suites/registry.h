// The suites and scorers that exist: explicit tables, so that `assay list` and the loader see the
// same.
//
// Called by app/ (and by the loader, for scorers). A suite name is a YAML file, a folder with a
// suite.yaml, the name of a task, group or tag in a folder of tasks, or a shipped suite
// (suites/data/NAME).
//
//   suites::LoadOptions options;
//   options.data_dir = "../data";
//   ASSAY_TRY(suites::Expansion all, suites::expand_suites({"mmlu", "quick-intents"}, options));
//   for (const suites::SuiteChoice& one : all.suites) {
//     ASSAY_TRY(std::unique_ptr<Suite> suite, suites::load_suite(one, options));
//   }
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
#include "harness/base/yaml_tree.h"

namespace assay::suites {

struct LoadOptions {
  std::vector<std::string>
      search_dirs;  // where shipped suites are: DIR/NAME/suite.yaml; first match wins
  std::vector<std::string> task_dirs;  // --tasks-dir: folders of tasks, looked in first
  std::string data_dir;           // --data: local copies of data files named by URL; empty: none
  std::optional<uint64_t> limit;  // --limit: the first N samples (after the shuffle, if any)
  std::optional<uint64_t> shuffle_seed;  // --shuffle: seeded order
  std::optional<uint32_t> num_fewshot;   // --num-fewshot, overrides the file
  std::optional<uint32_t> repeats;       // --repeats, overrides the file
  std::vector<std::string> tags;         // --tag key=value: only samples that carry all of them
  uint64_t seed = 0;           // run seed: few-shot draws; 0: those of lm-evaluation-harness
  bool as_generation = false;  // --as-generation: multiple_choice is asked as free text
  bool chat = false;           // --chat: instruction and examples as turns of a chat
  std::optional<bool> fewshot_as_multiturn;  // of a chat; unset: each example is a turn
  std::string system;                        // --system: an instruction in front of the description
  bool offline = false;                      // --offline: the network is not touched
  Fetcher* fetcher = nullptr;                // for data that is not here; null: as offline
  std::string cache_dir;  // --cache-dir: what was fetched; empty: the usual place
  bool refresh = false;   // data that is not pinned is fetched again
  std::function<void(const std::string&)> note;      // news about data, for people; may be empty
  std::function<void(const std::string&)> progress;  // of a download, often; may be empty
};

// A suite that was found, its keys put together: includes resolved, a group's own settings on top.
struct SuiteChoice {
  std::string name;  // unique in an Expansion
  std::string path;  // of its file, for messages
  YamlNode tree;
  std::vector<SuiteGroup> groups;  // that it adds to, with what it adds
};

// One figure of a group, made from that of its suites.
struct GroupMetric {
  std::string metric;
  std::string aggregation = "mean";
  bool weight_by_size = false;       // by number of samples; otherwise each suite counts the same
  std::vector<std::string> filters;  // names of filters whose figures are meant
};

struct GroupInfo {
  std::string name;
  std::string title;                 // `group_alias`; empty: none
  std::vector<std::string> members;  // names of suites and of other groups, in order
  std::vector<GroupMetric> metrics;  // empty: it has no figure of its own
};

struct Expansion {
  std::vector<SuiteChoice> suites;
  std::vector<GroupInfo> groups;  // outer ones before those inside them
};
// The suites that names, groups and tags stand for, each once.
Result<Expansion> expand_suites(const std::vector<std::string>& names, const LoadOptions& options);

Result<std::unique_ptr<Suite>> load_suite(const SuiteChoice& choice, const LoadOptions& options);
// A name that stands for one suite.
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
  uint64_t size = 0;      // samples, of a group those of its tasks; 0: not known
  bool unpinned = false;  // data from the network that no sha256 holds fast
  size_t tasks = 0;       // of a group: its suites, those of groups inside it too; 0: one suite
  size_t tasks_here = 0;  // of these: with all data here
  std::string group;      // the outermost group that it is in; empty: none
};
// Suites and groups that ship, by name.
Result<std::vector<SuiteListing>> list_suites(const LoadOptions& options);

// One row per scorer, for `assay list scorers`.
struct ScorerListing {
  std::string name;
  std::string summary;
  std::string options;  // "ignore_case=false, strip=true"
};
std::vector<ScorerListing> list_scorers();

}  // namespace assay::suites
