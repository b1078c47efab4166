// SuiteDefinition: what a suite's YAML file says, read and checked, nothing loaded yet. The file is
// Assay's own (`data:`) or a task of lm-evaluation-harness (`dataset_path:`).
//
// Where it stands: between suite_tree.h and FileSuite. docs/suites.md describes the format. Every
// problem is an error with file:line:column; unknown keys name the nearest known one.
//
//   ASSAY_TRY(SuiteDefinition d, read_suite_file("suites/data/quick-intents/suite.yaml"));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "harness/types/manifest.h"
#include "harness/types/request.h"
#include "suites/loader/row_store.h"

namespace assay::suites {

// A template (or column name, or plain text) with the place where it stands.
struct TemplateText {
  std::string text;
  std::string place;
  bool is_number = false;  // written as a whole number: `doc_to_target: 3`
  bool is_bool = false;    // written as true or false, without quotes
};

// `range: [from, to)`, as row numbers or as shares of the file.
struct SplitRange {
  bool shares = false;
  double from = 0;
  double to = 0;
  std::string place;
};

// Where the rows of one split come from.
struct DataSource {
  std::string split;
  std::string place;
  std::string base_dir;               // of the file that names it
  std::string path;                   // of a file, as written; empty: `url` or a folder
  std::string url;                    // where a person gets it
  std::string local;                  // where it lies below --data DIR
  std::string sha256;                 // 64 hex digits; empty: not given or `unpinned`
  std::string local_sha256;           // of the file at `local` where it is not the one at `url`
  std::string hub;                    // a set of Hugging Face, "org/name"; empty: none
  std::string hub_config;             // empty: the first one
  std::string hub_split;              // empty: `split`
  std::string hub_revision;           // a commit; empty or `main`: the newest
  bool hub_partial = false;           // the server's part of a set too large for it will do
  std::optional<std::string> images;  // a folder of pictures, as written
  std::string truth;                  // of a folder: the file with its rows; empty: none
  DataFormat format = DataFormat::kAuto;
  bool header = true;
  std::vector<std::string> columns;
  std::optional<bool> quoting;
  std::string field;
  std::string image_column = "image";
  std::optional<SplitRange> range;

  // At most one: the file whose rows stand beside these (RowStore::joined).
  std::vector<DataSource> join;
  std::string join_by;  // of a joined source: the column; empty: by number

  // The rows are those of a folder of pictures, with or without a truth file.
  [[nodiscard]] bool is_folder() const { return format == DataFormat::kImages; }
};

struct ScorerSpec {
  std::string name;
  YamlNode options;      // a map without `name`; or null
  std::string base_dir;  // of the file that names it
};

enum class FewshotSampler : uint8_t { kSeeded, kFirst };

// The templates that make a question and its answer.
struct DocTemplates {
  std::optional<TemplateText> text;
  std::vector<TemplateText> target;  // several: each is an accepted answer
  bool target_is_list = false;       // written as a list
  std::vector<TemplateText> choice;
  bool choice_is_list = false;  // written as a list, or as a mapping whose values count
};

struct SuiteDefinition {
  std::string path;  // of the YAML file
  std::string name;
  std::string title;
  std::string language;
  std::string licence;
  std::vector<std::string> tags;   // of the suite, for lists
  std::vector<SuiteGroup> groups;  // of the load that it is part of
  uint64_t size = 0;               // how many samples there are said to be; 0: not said
  // A task of lm-evaluation-harness (it has a `dataset_path`): where its rules and ours differ, its
  // own hold (docs/decisions/0020-lm-eval-tasks.md).
  bool reference = false;

  std::vector<DataSource> data;  // by split
  std::string test_split;
  std::string train_split;    // empty: none
  std::string fewshot_split;  // empty: none
  std::string preprocess;     // of suites/native/preprocess.h; empty: none
  std::string preprocess_place;

  std::optional<TemplateText> description;
  DocTemplates doc;
  std::vector<TemplateText> doc_to_image;
  std::optional<TemplateText> id;
  std::optional<TemplateText> cluster;
  std::optional<TemplateText> input;
  std::optional<TemplateText> system;
  std::optional<TemplateText> messages;  // a column with the whole conversation, for doc_to_text
  std::optional<TemplateText> tools;     // a column with the functions the model may call
  std::optional<TemplateText> gen_prefix;
  std::vector<std::pair<std::string, TemplateText>> sample_tags;
  std::vector<std::pair<std::string, TemplateText>> fields;

  uint32_t num_fewshot = 0;
  FewshotSampler sampler = FewshotSampler::kSeeded;
  DocTemplates shot;              // `fewshot_config`: what is given replaces `doc` in examples
  std::optional<YamlNode> shots;  // `fewshot_config: {samples: [...]}`, a list of mappings
  // The reference draws one more example where this is set, and leaves the question itself out
  // everywhere.
  bool extra_shot = false;
  std::string fewshot_delimiter = "\n\n";
  std::string target_delimiter = " ";
  std::string shot_fewshot_delimiter = "\n\n";
  std::string shot_target_delimiter = " ";

  std::string output_type = "generate_until";
  bool as_generation = false;  // a multiple_choice that is asked as free text
  bool unconditional = false;  // the choices' log-likelihoods without context too (acc_mutual_info)
  GenerationParams params;
  std::optional<YamlNode> generation_kwargs;  // as written
  uint32_t repeats = 1;
  std::optional<uint64_t> limit;
  std::vector<ScorerSpec> scorers;
  std::map<std::string, double> published;

  // The reply is a text, not log-likelihoods.
  [[nodiscard]] bool generates() const { return output_type == "generate_until" || as_generation; }
  [[nodiscard]] const DataSource* source(const std::string& split) const;
};

Result<SuiteDefinition> read_suite_file(const std::string& path);
// Of a tree that is put together already; `path` names it in messages.
Result<SuiteDefinition> read_suite(YamlNode root, const std::string& path);
// `generation_kwargs` as lm-evaluation-harness completes them.
Json reference_generation_kwargs(const SuiteDefinition& suite);

}  // namespace assay::suites
