#include "suites/loader/task_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/loader/yaml_fields.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

// Loaders of Hugging Face that read files, by the name that stands for a data set.
struct FileLoader {
  std::string_view name;
  DataFormat format;
};
constexpr std::array<FileLoader, 2> kFileLoaders{
    {{"json", DataFormat::kAuto}, {"csv", DataFormat::kCsv}}};
constexpr std::array<std::string_view, 7> kFileEndings = {".jsonl",    ".json",    ".csv",   ".tsv",
                                                          ".jsonl.gz", ".json.gz", ".csv.gz"};
// Of `dataset_kwargs`: what changes how a set is fetched, not which rows it has.
constexpr std::array<std::string_view, 8> kHarmlessKwargs = {
    "trust_remote_code", "token",     "use_auth_token",    "streaming",
    "num_proc",          "cache_dir", "verification_mode", "download_mode"};

struct TaskData {
  std::string path;
  std::string name;
  const YamlNode* files = nullptr;  // `data_files`
  std::string folder;               // `data_dir`
  std::string revision;
  std::string field;
  bool tabs = false;
  const YamlNode* at = nullptr;  // `dataset_path`
};

Result<TaskData> read_keys(const YamlNode& root) {
  TaskData task;
  Fields in(root);
  in.text("dataset_path", task.path);
  in.text("dataset_name", task.name);
  task.at = root.find("dataset_path");
  ASSAY_TRY_VOID(in.finish());
  const YamlNode* kwargs = in.find("dataset_kwargs");
  if (kwargs == nullptr) return task;
  if (!kwargs->is_map()) {
    return kwargs->error(
        fmt::format("`dataset_kwargs` is {}, expected a mapping", kwargs->type_name()));
  }
  std::vector<std::string> known = {"data_files", "data_dir", "revision", "field",
                                    "delimiter",  "sep",      "name"};
  known.insert(known.end(), kHarmlessKwargs.begin(), kHarmlessKwargs.end());
  ASSAY_TRY_VOID(refuse_unknown_keys(*kwargs, "`dataset_kwargs`", known));
  Fields more(*kwargs);
  task.files = more.find("data_files");
  more.text("data_dir", task.folder);
  more.text("revision", task.revision);
  more.text("field", task.field);
  if (task.name.empty()) more.text("name", task.name);
  std::string delimiter = ",";
  more.text("delimiter", delimiter);
  more.text("sep", delimiter);
  ASSAY_TRY_VOID(more.finish());
  if (delimiter != "," && delimiter != "\t") {
    return kwargs->error(
        fmt::format("a table's delimiter is `{}`, expected a comma or a tab", delimiter));
  }
  task.tabs = delimiter == "\t";
  return task;
}

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

std::string ending_of(const std::string& name) {
  const size_t slash = name.find_last_of('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

// The files of a split: `data_files` is a name, a list, or a mapping from splits to these. Without
// a mapping everything is the split `train`, as Hugging Face's loaders have it.
Result<std::string> file_of(const TaskData& task, const std::string& split) {
  const YamlNode* files = task.files;
  if (files->is_map()) {
    const YamlNode* named = files->find(split);
    if (named == nullptr) {
      return files->error(fmt::format("`data_files` has no split `{}`", split));
    }
    files = named;
  } else if (split != "train") {
    return files->error(
        fmt::format("`data_files` names files without a split, which makes them `train`, but the "
                    "task asks for `{}`",
                    split));
  }
  ASSAY_TRY(std::vector<std::string> names, files->as_strings("data_files"));
  if (names.size() != 1) {
    return files->error(fmt::format("`data_files` has {} files for the split `{}`, expected one",
                                    names.size(), split));
  }
  return std::move(names.front());
}

// Relative to the suite's folder, or else to the folder the program was started in, as the
// reference has it.
std::string beside_or_here(const std::string& base_dir, const std::string& name) {
  std::error_code ignored;
  const fs::path beside = fs::path(base_dir) / name;
  if (!fs::exists(beside, ignored) && fs::exists(name, ignored)) {
    return fs::absolute(name, ignored).string();
  }
  return name;
}

Result<void> name_file(const TaskData& task, const std::string& file, DataSource& source) {
  source.field = task.field;
  if (is_url(file)) {
    source.url = file;
    source.local = ending_of(file);
  } else {
    const std::string inside = task.folder.empty() ? file : task.folder + "/" + file;
    source.path = beside_or_here(source.base_dir, inside);
  }
  return {};
}

Result<void> find_in_folder(const TaskData& task, const std::string& split, DataSource& source) {
  const std::string folder = beside_or_here(source.base_dir, task.path);
  std::error_code ignored;
  for (const std::string_view ending : kFileEndings) {
    const std::string name = fmt::format("{}/{}{}", folder, split, ending);
    if (!fs::is_regular_file(fs::path(source.base_dir) / name, ignored)) continue;
    source.path = name;
    return {};
  }
  return task.at->error(
      fmt::format("the folder `{}` has no file for the split `{}`, expected "
                  "{}.jsonl, .json, .csv or .tsv",
                  task.path, split, split));
}

Result<DataSource> source_of(const TaskData& task, const std::string& split) {
  DataSource source;
  source.split = split;
  source.place = task.at->place();
  source.base_dir = fs::path(*task.at->file).parent_path().string();
  const auto loader = std::find_if(kFileLoaders.begin(), kFileLoaders.end(),
                                   [&](const FileLoader& one) { return one.name == task.path; });
  if (loader != kFileLoaders.end()) {
    source.format = task.tabs ? DataFormat::kTsv : loader->format;
    if (task.files == nullptr) {
      return task.at->error(fmt::format(
          "`dataset_path: {}` reads files, expected `dataset_kwargs: {{data_files: ...}}`",
          task.path));
    }
    ASSAY_TRY(const std::string file, file_of(task, split));
    ASSAY_TRY_VOID(name_file(task, file, source));
    return source;
  }
  if (task.path.starts_with('/') || task.path.starts_with('.')) {
    if (task.files != nullptr) {
      ASSAY_TRY(const std::string file, file_of(task, split));
      source.path = beside_or_here(source.base_dir, task.path + "/" + file);
      return source;
    }
    ASSAY_TRY_VOID(find_in_folder(task, split, source));
    return source;
  }
  for (const std::string_view name : {"text", "parquet", "arrow", "xml", "imagefolder"}) {
    if (task.path == name) {
      return task.at->error(fmt::format(
          "`dataset_path: {}` reads files of a kind that this version does not, expected json or "
          "csv",
          name));
    }
  }
  source.hub = task.path;
  source.hub_config = task.name;
  source.hub_split = split;
  source.hub_revision = task.revision;
  if (task.files != nullptr) {
    ASSAY_TRY(const std::string file, file_of(task, split));
    source.hub.clear();
    source.hub_config.clear();
    source.hub_split.clear();
    source.hub_revision.clear();
    source.url = is_url(file)
                     ? file
                     : fmt::format("https://huggingface.co/datasets/{}/resolve/{}/{}", task.path,
                                   task.revision.empty() ? "main" : task.revision, file);
    source.local = ending_of(file);
  } else if (!task.folder.empty()) {
    return task.at->error(
        "`dataset_kwargs: {data_dir: ...}` of a Hugging Face set is not read by this version; name "
        "the files with `data:`");
  }
  return source;
}

std::string split_named(const YamlNode& root, std::string_view key) {
  const YamlNode* node = root.find(key);
  return node != nullptr && node->is_scalar() ? node->scalar : std::string();
}

}  // namespace

bool asks_extra_shot(const YamlNode& root) {
  return split_named(root, "fewshot_split") == split_named(root, "test_split");
}

Result<void> read_task_data(const YamlNode& root, SuiteDefinition& suite) {
  ASSAY_TRY(const TaskData task, read_keys(root));
  const std::string test = split_named(root, "test_split");
  const std::string validation = split_named(root, "validation_split");
  const std::string training = split_named(root, "training_split");
  std::string fewshot = split_named(root, "fewshot_split");
  if (const YamlNode* config = root.find("fewshot_config"); fewshot.empty() && config != nullptr) {
    fewshot = split_named(*config, "split");
  }
  suite.test_split = test.empty() ? validation : test;
  if (suite.test_split.empty()) {
    return task.at->error("the task names neither a `test_split` nor a `validation_split`");
  }
  suite.train_split = training;
  suite.fewshot_split = fewshot;
  for (const std::string& other : {training, validation, test}) {
    if (suite.fewshot_split.empty()) suite.fewshot_split = other;
  }
  for (const std::string& split : {suite.test_split, suite.train_split, suite.fewshot_split}) {
    if (split.empty() || suite.source(split) != nullptr) continue;
    Result<DataSource> source = source_of(task, split);
    if (!source && split == suite.train_split && split != suite.fewshot_split) {
      suite.train_split.clear();  // nothing needs it
      continue;
    }
    if (!source) return std::move(source).error();
    suite.data.push_back(std::move(*source));
  }
  return {};
}

}  // namespace assay::suites
