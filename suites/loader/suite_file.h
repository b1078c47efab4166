// SuiteDefinition: what a suite's YAML file says, read and checked, nothing loaded yet.
//
// Where it stands: between yaml_tree.h and FileSuite. docs/suites.md describes the format. Every
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

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "harness/types/request.h"
#include "suites/loader/row_store.h"

namespace assay::suites {

// A template (or column name, or plain text) with the place where it stands.
struct TemplateText {
  std::string text;
  std::string place;
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

struct SuiteDefinition {
  std::string path;  // of the YAML file
  std::string name;
  std::string title;
  std::string language;
  std::string licence;
  std::vector<std::string> tags;  // of the suite, for lists

  std::vector<DataSource> data;  // by split
  std::string test_split;
  std::string train_split;    // empty: none
  std::string fewshot_split;  // empty: none

  std::optional<TemplateText> description;
  std::optional<TemplateText> doc_to_text;
  std::vector<TemplateText> doc_to_target;  // several: each is an accepted answer
  std::vector<TemplateText> doc_to_choice;
  bool choice_is_list = false;  // one template gives the list, or the list is written out
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
  std::string fewshot_delimiter = "\n\n";
  std::string target_delimiter = " ";
  std::string output_type = "generate_until";
  GenerationParams params;
  uint32_t repeats = 1;
  std::optional<uint64_t> limit;
  std::vector<ScorerSpec> scorers;
  std::map<std::string, double> published;

  [[nodiscard]] const DataSource* source(const std::string& split) const;
};

Result<SuiteDefinition> read_suite_file(const std::string& path);

}  // namespace assay::suites
