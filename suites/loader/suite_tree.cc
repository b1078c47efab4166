#include "suites/loader/suite_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "suites/native/preprocess.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr int kIncludeDepthMax = 16;

const std::vector<std::string>& suite_keys() {
  static const std::vector<std::string> kKeys = {"task",
                                                 "name",
                                                 "title",
                                                 "description",
                                                 "language",
                                                 "size",
                                                 "licence",
                                                 "license",
                                                 "tag",
                                                 "include",
                                                 "data",
                                                 "test_split",
                                                 "training_split",
                                                 "validation_split",
                                                 "fewshot_split",
                                                 "preprocess",
                                                 "doc_to_text",
                                                 "doc_to_target",
                                                 "doc_to_choice",
                                                 "doc_to_image",
                                                 "id",
                                                 "cluster",
                                                 "tags",
                                                 "fields",
                                                 "input",
                                                 "num_fewshot",
                                                 "fewshot_config",
                                                 "fewshot_delimiter",
                                                 "target_delimiter",
                                                 "gen_prefix",
                                                 "system",
                                                 "messages",
                                                 "tools",
                                                 "output_type",
                                                 "as_generation",
                                                 "generation_kwargs",
                                                 "repeats",
                                                 "scorers",
                                                 "filter_list",
                                                 "metric_list",
                                                 "published",
                                                 "metadata",
                                                 "limit",
                                                 "should_decontaminate",
                                                 "doc_to_decontamination_query",
                                                 "task_alias",
                                                 "dataset_path",
                                                 "dataset_name",
                                                 "dataset_kwargs",
                                                 "custom_dataset",
                                                 "process_docs",
                                                 "process_results",
                                                 "doc_to_audio",
                                                 "use_prompt",
                                                 "unsafe_code",
                                                 "class",
                                                 "group",
                                                 "group_alias",
                                                 "aggregate_metric_list",
                                                 "aggregate_metric",
                                                 "weight_by_size",
                                                 "template_aliases"};
  return kKeys;
}

// Keys of lm-evaluation-harness whose meaning would be lost if they were skipped.
struct Unsupported {
  std::string_view key;
  std::string_view why;
};
constexpr std::array<Unsupported, 7> kUnsupported{{
    {"class", "names a Python class, which Assay does not run"},
    {"process_docs", "needs Python, which Assay does not run"},
    {"process_results", "needs Python, which Assay does not run"},
    {"custom_dataset", "needs Python, which Assay does not run"},
    {"doc_to_audio", "asks with sound, which this version cannot"},
    {"use_prompt", "names a promptsource template, which this version does not fetch"},
    {"unsafe_code", "runs code of models, which this version does not"},
}};

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

Result<YamlNode> read_file(const std::string& path, std::vector<std::string>& open);

void put(std::vector<YamlMember>& members, const YamlMember& member) {
  const auto same = [&](const YamlMember& other) { return other.key == member.key; };
  const auto it = std::find_if(members.begin(), members.end(), same);
  if (it == members.end()) {
    members.push_back(member);
  } else {
    *it = member;
  }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kIncludeDepthMax
Result<void> merge_includes(YamlNode& root, std::vector<std::string>& open) {
  const YamlNode* include = root.find("include");
  if (include == nullptr || include->is_null()) return {};
  ASSAY_TRY(std::vector<std::string> names, include->as_strings("include"));
  std::reverse(names.begin(), names.end());
  std::vector<YamlMember> merged;
  for (const std::string& name : names) {
    const fs::path from(folder_of(*include->file));
    const std::string target = (from / name).lexically_normal().string();
    Result<YamlNode> base = read_file(target, open);
    if (!base) {
      const bool missing = base.error().code == ErrorCode::kNotFound;
      if (!missing) return std::move(base).error();
      return include->error(fmt::format("the included file `{}` is not there", target));
    }
    for (const YamlMember& member : base->members) put(merged, member);
  }
  for (const YamlMember& member : root.members) {
    if (member.key != "include") put(merged, member);
  }
  root.members = std::move(merged);
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): the tree is at most kYamlDepthMax deep
Result<void> refuse_duplicates(const YamlNode& node) {
  for (const YamlNode& item : node.items) ASSAY_TRY_VOID(refuse_duplicates(item));
  for (const YamlMember& member : node.members) {
    if (member.replaced_line > 0) return duplicate_key_error(member);
    ASSAY_TRY_VOID(refuse_duplicates(member.value));
  }
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kIncludeDepthMax
Result<YamlNode> read_file(const std::string& path, std::vector<std::string>& open) {
  std::error_code ignored;
  const std::string canonical = fs::weakly_canonical(path, ignored).string();
  if (std::find(open.begin(), open.end(), canonical) != open.end()) {
    return input_error(path, "includes itself, directly or through another file");
  }
  if (open.size() >= kIncludeDepthMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("more than {} files include each other (limit kIncludeDepthMax)",
                             kIncludeDepthMax),
                 path};
  }
  ASSAY_TRY(YamlNode root,
            read_yaml_file(path, path, {.keep_functions = true, .last_of_duplicates = true}));
  if (!root.is_map()) {
    return root.error(
        fmt::format("the file is {}, expected a mapping of keys such as `task`, "
                    "`data` and `doc_to_text`",
                    root.type_name()));
  }
  // In Assay's own files a key stands once; in the reference's the last counts.
  if (root.find("data") != nullptr && root.find("dataset_path") == nullptr) {
    ASSAY_TRY_VOID(refuse_duplicates(root));
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(root, "a suite", suite_keys()));
  open.push_back(canonical);
  ASSAY_TRY_VOID(merge_includes(root, open));
  open.pop_back();
  return root;
}

struct FunctionAt {
  std::string key;  // "metric_list[0].metric"
  const YamlNode* node = nullptr;
};

// NOLINTNEXTLINE(misc-no-recursion): the tree is at most kYamlDepthMax deep
std::optional<FunctionAt> find_function(const YamlNode& node, const std::string& key) {
  if (!node.function.empty()) return FunctionAt{key, &node};
  for (size_t i = 0; i < node.items.size(); ++i) {
    auto found = find_function(node.items[i], fmt::format("{}[{}]", key, i));
    if (found) return found;
  }
  for (const YamlMember& member : node.members) {
    auto found = find_function(member.value, key.empty() ? member.key : key + "." + member.key);
    if (found) return found;
  }
  return std::nullopt;
}

// NOLINTNEXTLINE(misc-no-recursion): the tree is at most kYamlDepthMax deep
void read_words(YamlNode& node) {
  for (YamlNode& item : node.items) read_words(item);
  for (YamlMember& member : node.members) read_words(member.value);
  if (!node.is_scalar() || node.is_text) return;
  for (const std::string_view word : {"yes", "Yes", "YES", "on", "On", "ON"}) {
    if (node.scalar == word) node.scalar = "true";
  }
  for (const std::string_view word : {"no", "No", "NO", "off", "Off", "OFF"}) {
    if (node.scalar == word) node.scalar = "false";
  }
}

// " The suite `x` is its native twin.", or nothing.
std::string twin_of(const YamlNode& root) {
  const YamlNode* task = root.find("task");
  if (task == nullptr || !task->is_scalar()) return "";
  const std::string_view twin = native_twin(task->scalar);
  if (twin.empty()) return "";
  return fmt::format("; Assay's own suite `{}` asks the same without Python", twin);
}

}  // namespace

Result<YamlNode> read_suite_tree(const std::string& path) {
  std::vector<std::string> open;
  return read_file(path, open);
}

Result<YamlNode> resolve_includes(YamlNode root) {
  ASSAY_TRY_VOID(refuse_unknown_keys(root, "a suite", suite_keys()));
  std::vector<std::string> open;
  ASSAY_TRY_VOID(merge_includes(root, open));
  return root;
}

void override_keys(YamlNode& root, const std::vector<YamlMember>& keys) {
  for (const YamlMember& member : keys) put(root.members, member);
}

void read_words_as_pyyaml(YamlNode& root) {
  constexpr std::array<std::string_view, 6> kKeys = {"doc_to_choice",     "doc_to_target",
                                                     "fewshot_config",    "filter_list",
                                                     "generation_kwargs", "metric_list"};
  for (YamlMember& member : root.members) {
    const bool meant = std::find(kKeys.begin(), kKeys.end(), member.key) != kKeys.end();
    if (meant) read_words(member.value);
  }
}

Result<void> refuse_python(const YamlNode& root) {
  if (const auto found = find_function(root, "")) {
    return found->node->error(
        fmt::format("`{}` is `!function {}`, which needs Python; Assay does not run it{}",
                    found->key, found->node->function, twin_of(root)));
  }
  for (const Unsupported& one : kUnsupported) {
    const YamlNode* node = root.find(one.key);
    if (node == nullptr || node->is_null()) continue;
    if (node->is_scalar() && node->as_bool(one.key).value_or(true) == false) continue;
    return node->error(fmt::format("`{}` {}{}", one.key, one.why, twin_of(root)));
  }
  return {};
}

}  // namespace assay::suites
