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

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  bool offline = false;
};

// A suite that was found, its keys put together: includes resolved, a group's own settings on top.
struct SuiteChoice {
  std::string name;  // unique in an Expansion
  std::string path;  // of its file, for messages
  YamlNode tree;
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
