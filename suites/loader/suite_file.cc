#include "suites/loader/suite_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "suites/loader/hub_rows.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr int kIncludeDepthMax = 16;
constexpr std::string_view kRangeExpected =
    "expected [FROM, TO): row numbers such as [0, 1500], or shares such as [0.0, 0.5]";
constexpr int64_t kFewshotMax = 1000;
constexpr int64_t kRepeatsMax = 1'000'000;
constexpr std::array<std::string_view, 4> kSplits = {"test", "train", "validation", "fewshot"};

const std::vector<std::string>& suite_keys() {
  static const std::vector<std::string> kKeys = {"task",
                                                 "name",
                                                 "title",
                                                 "description",
                                                 "language",
                                                 "licence",
                                                 "license",
                                                 "tag",
                                                 "include",
                                                 "data",
                                                 "test_split",
                                                 "training_split",
                                                 "validation_split",
                                                 "fewshot_split",
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
                                                 "generation_kwargs",
                                                 "repeats",
                                                 "scorers",
                                                 "metric_list",
                                                 "published",
                                                 "metadata",
                                                 "limit",
                                                 "should_decontaminate",
                                                 "doc_to_decontamination_query",
                                                 "task_alias"};
  return kKeys;
}

// Keys of lm-evaluation-harness whose meaning would be lost if they were skipped.
std::string_view unsupported_key(std::string_view key) {
  if (key == "dataset_path" || key == "dataset_name" || key == "dataset_kwargs" ||
      key == "custom_dataset") {
    return "names a Hugging Face data set, which this version does not fetch; name the files with "
           "`data:`";
  }
  if (key == "filter_list") return "is not read by this version; say how to extract in `scorers:`";
  if (key == "process_docs" || key == "process_results")
    return "needs Python, which Assay does not run";
  if (key == "group" || key == "aggregate_metric_list" || key == "group_alias") {
    return "makes a group of suites, which this version does not read; name the suites on the "
           "command line";
  }
  if (key == "doc_to_audio") return "asks with sound, which this version cannot";
  if (key == "use_prompt")
    return "names a promptsource template, which this version does not fetch";
  if (key == "unsafe_code") return "runs code of models, which this version does not";
  return "";
}

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

TemplateText text_of(const YamlNode& node) { return {node.scalar, node.place()}; }

// Reads the members of one map in any order, remembering the first error.
class Fields {
 public:
  explicit Fields(const YamlNode& map) : map_(map) {}

  const YamlNode* find(std::string_view key) const {
    const YamlNode* node = map_.find(key);
    return node == nullptr || node->is_null() ? nullptr : node;
  }
  void text(std::string_view key, std::string& out) {
    if (const YamlNode* node = find(key)) keep(node->as_string(key), out);
  }
  // An empty string counts, unlike null.
  void optional_text(std::string_view key, std::optional<TemplateText>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    std::string ignored;
    if (keep(node->as_string(key), ignored)) out = text_of(*node);
  }
  void texts(std::string_view key, std::vector<std::string>& out) {
    if (const YamlNode* node = find(key)) keep(node->as_strings(key), out);
  }
  void templates(std::string_view key, std::vector<TemplateText>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    std::vector<std::string> ignored;
    if (!keep(node->as_strings(key), ignored)) return;
    if (node->is_scalar()) {
      out = {text_of(*node)};
      return;
    }
    out.clear();
    for (const YamlNode& item : node->items) out.push_back(text_of(item));
  }
  void named_templates(std::string_view key,
                       std::vector<std::pair<std::string, TemplateText>>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    if (!node->is_map()) {
      fail(node->error(fmt::format("`{}` is {}, expected a mapping from names to templates", key,
                                   node->type_name())));
      return;
    }
    for (const YamlMember& member : node->members) {
      std::string ignored;
      if (keep(member.value.as_string(member.key), ignored)) {
        out.emplace_back(member.key, text_of(member.value));
      }
    }
  }
  template <typename T>
  void integer(std::string_view key, T& out, int64_t min, int64_t max) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    int64_t value = 0;
    if (keep(node->as_integer(key, min, max), value)) out = static_cast<T>(value);
  }
  template <typename T>
  bool keep(Result<T> result, T& out) {
    if (!result) {
      fail(std::move(result).error());
      return false;
    }
    out = std::move(result).value();
    return true;
  }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  void check(const Result<void>& result) {
    if (!result) fail(result.error());
  }
  [[nodiscard]] Result<void> finish() const {
    if (error_) return *error_;
    return {};
  }
  [[nodiscard]] bool failed() const { return error_.has_value(); }

 private:
  const YamlNode& map_;
  std::optional<Error> error_;
};

// ---- include --------------------------------------------------------------------------------

Result<YamlNode> read_with_includes(const std::string& path, std::vector<std::string>& open);

// Later keys override: those of the including file win over those of its includes.
Result<void> merge_includes(YamlNode& root, const std::string& path,
                            std::vector<std::string>& open) {
  const YamlNode* include = root.find("include");
  if (include == nullptr || include->is_null()) return {};
  ASSAY_TRY(const std::vector<std::string> names, include->as_strings("include"));
  std::vector<YamlMember> merged;
  const auto put = [&merged](const YamlMember& member) {
    const auto same = [&](const YamlMember& other) { return other.key == member.key; };
    const auto it = std::find_if(merged.begin(), merged.end(), same);
    if (it == merged.end()) {
      merged.push_back(member);
    } else {
      *it = member;
    }
  };
  for (const std::string& name : names) {
    const std::string target = (fs::path(folder_of(path)) / name).lexically_normal().string();
    Result<YamlNode> base = read_with_includes(target, open);
    if (!base) {
      const bool missing = base.error().code == ErrorCode::kNotFound;
      if (!missing) return std::move(base).error();
      return include->error(fmt::format("the included file `{}` is not there", target));
    }
    for (const YamlMember& member : base->members) put(member);
  }
  for (const YamlMember& member : root.members) {
    if (member.key != "include") put(member);
  }
  root.members = std::move(merged);
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kIncludeDepthMax
Result<YamlNode> read_with_includes(const std::string& path, std::vector<std::string>& open) {
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
  ASSAY_TRY(YamlNode root, read_yaml_file(path, path));
  if (!root.is_map()) {
    return root.error(
        fmt::format("the file is {}, expected a mapping of keys such as `task`, "
                    "`data` and `doc_to_text`",
                    root.type_name()));
  }
  for (const YamlMember& member : root.members) {
    if (const std::string_view why = unsupported_key(member.key); !why.empty()) {
      return input_error(fmt::format("{}:{}:{}", path, member.line, member.column),
                         fmt::format("`{}` {}", member.key, why));
    }
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(root, "a suite", suite_keys()));
  open.push_back(canonical);
  ASSAY_TRY_VOID(merge_includes(root, path, open));
  open.pop_back();
  return root;
}

// ---- data -----------------------------------------------------------------------------------

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Result<DataFormat> read_format(const YamlNode& node) {
  ASSAY_TRY(const std::string name, node.as_string("format"));
  for (const DataFormat format : {DataFormat::kJsonl, DataFormat::kJson, DataFormat::kCsv,
                                  DataFormat::kTsv, DataFormat::kImages}) {
    if (name == format_name(format)) return format;
  }
  return node.error(
      fmt::format("unknown format `{}`, expected jsonl, json, csv, tsv or images", name));
}

Result<std::string> read_sha256(const YamlNode& node) {
  ASSAY_TRY(std::string text, node.as_string("sha256"));
  if (text == "unpinned") return std::string();
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  if (text.size() != 64 || !hex) {
    return node.error(
        fmt::format("`sha256` is `{}`, expected 64 hexadecimal digits or `unpinned`", text));
  }
  for (char& c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Result<SplitRange> read_range(const YamlNode& node) {
  if (!node.is_list() || node.items.size() != 2) {
    return node.error(fmt::format("`range` is {}, {}", node.type_name(), kRangeExpected));
  }
  SplitRange range;
  range.place = node.place();
  ASSAY_TRY(range.from, node.items[0].as_number("range"));
  ASSAY_TRY(range.to, node.items[1].as_number("range"));
  const auto has_point = [](const YamlNode& n) { return n.scalar.find('.') != std::string::npos; };
  range.shares = has_point(node.items[0]) || has_point(node.items[1]);
  const bool whole =
      range.shares || (range.from == std::floor(range.from) && range.to == std::floor(range.to));
  const double max = range.shares ? 1.0 : 1e15;
  if (!whole || range.from < 0 || range.to > max || range.from >= range.to) {
    return node.error(fmt::format("`range` is [{}, {}], {}", node.items[0].scalar,
                                  node.items[1].scalar, kRangeExpected));
  }
  return range;
}

Result<void> check_hub_source(const YamlNode& node, const DataSource& source) {
  if (source.images || source.is_folder() || !source.truth.empty())
    return node.error("`hub` brings its own pictures; expected no `images`, `truth` or folder");
  return check_hub_names(source);
}

Result<void> check_source(const YamlNode& node, const DataSource& source) {
  const int named =
      (source.path.empty() ? 0 : 1) + (source.url.empty() ? 0 : 1) + (source.hub.empty() ? 0 : 1);
  if (named > 1) return node.error("has several of `path`, `url` and `hub`, expected one of them");
  if (named == 0 && !source.images) {
    return node.error("names no data, expected `path`, `url`, `hub` or `images`");
  }
  if (!source.hub.empty()) return check_hub_source(node, source);
  for (const std::string_view key : {"config", "split", "revision", "partial"}) {
    const YamlNode* member = node.find(key);
    if (member != nullptr) return member->error(fmt::format("`{}` is for `hub` only", key));
  }
  if (!source.url.empty()) {
    if (!is_url(source.url)) {
      return node.error(fmt::format("`url` is `{}`, expected http:// or https://", source.url));
    }
    if (node.find("sha256") == nullptr) {
      return node.error(
          "has a `url` and no `sha256`, expected 64 hexadecimal digits or `unpinned`");
    }
    if (source.local.empty() && source.is_folder()) {
      return node.error("has a `url` and no `local`, expected the path of a copy below --data DIR");
    }
  } else if (!source.local.empty()) {
    return node.error(
        "has `local` and no `url`; `local` says where a copy of what `url` names lies");
  }
  const bool table = source.format == DataFormat::kCsv || source.format == DataFormat::kTsv ||
                     source.format == DataFormat::kAuto || source.is_folder();
  if (!source.columns.empty() && source.header) {
    return node.error("has `columns` and a header; expected `header: false` beside `columns`");
  }
  if (!source.header && source.columns.empty()) {
    return node.error("has `header: false` and no `columns`, expected their names");
  }
  if (!table && (!source.header || source.quoting)) {
    return node.error("`header`, `columns` and `quoting` are for csv and tsv only");
  }
  if (!source.truth.empty() && !source.is_folder()) {
    return node.error("`truth` is for `format: images` only");
  }
  return {};
}

Result<DataSource> read_source(const std::string& split, const YamlNode& node) {
  DataSource source;
  source.split = split;
  source.place = node.place();
  source.base_dir = folder_of(*node.file);
  if (node.is_scalar()) {
    if (is_url(node.scalar)) {
      return node.error("a URL alone, expected `url`, `local` and `sha256`");
    }
    source.path = node.scalar;
    return source;
  }
  if (!node.is_map()) {
    return node.error(
        fmt::format("`{}` is {}, expected a path or a mapping with `path`, `url` or "
                    "`images`",
                    split, node.type_name()));
  }
  ASSAY_TRY_VOID(
      refuse_unknown_keys(node, "a data source",
                          {"path", "url", "local", "images", "sha256", "format", "header",
                           "columns", "quoting", "field", "truth", "image_column", "range", "hub",
                           "config", "split", "revision", "partial"}));
  Fields in(node);
  in.text("path", source.path);
  in.text("url", source.url);
  in.text("local", source.local);
  in.text("hub", source.hub);
  in.text("config", source.hub_config);
  in.text("split", source.hub_split);
  in.text("revision", source.hub_revision);
  in.text("field", source.field);
  in.text("truth", source.truth);
  in.text("image_column", source.image_column);
  in.texts("columns", source.columns);
  if (const YamlNode* n = in.find("images")) {
    std::string folder;
    if (in.keep(n->as_string("images"), folder)) source.images = folder;
  }
  if (const YamlNode* n = in.find("partial")) in.keep(n->as_bool("partial"), source.hub_partial);
  if (const YamlNode* n = in.find("header")) in.keep(n->as_bool("header"), source.header);
  if (const YamlNode* n = in.find("quoting")) {
    bool quoting = false;
    if (in.keep(n->as_bool("quoting"), quoting)) source.quoting = quoting;
  }
  if (const YamlNode* n = in.find("sha256")) in.keep(read_sha256(*n), source.sha256);
  if (const YamlNode* n = in.find("format")) in.keep(read_format(*n), source.format);
  if (const YamlNode* n = in.find("range")) {
    SplitRange range;
    if (in.keep(read_range(*n), range)) source.range = range;
  }
  ASSAY_TRY_VOID(in.finish());
  // A folder of pictures: said, or the only thing named.
  if (source.format == DataFormat::kAuto && source.images && source.path.empty() &&
      source.url.empty() && source.hub.empty()) {
    source.format = DataFormat::kImages;
  }
  ASSAY_TRY_VOID(check_source(node, source));
  return source;
}

Result<void> read_data(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* data = root.find("data");
  if (data == nullptr || data->is_null()) {
    return root.error(
        "has no `data:`, expected a mapping from `test` (and `train`, `validation`, "
        "`fewshot`) to files");
  }
  if (!data->is_map()) {
    return data->error(
        fmt::format("`data` is {}, expected a mapping from `test` (and `train`, "
                    "`validation`, `fewshot`) to files",
                    data->type_name()));
  }
  const std::vector<std::string> splits(kSplits.begin(), kSplits.end());
  ASSAY_TRY_VOID(refuse_unknown_keys(*data, "`data` (splits)", splits));
  for (const YamlMember& member : data->members) {
    ASSAY_TRY(DataSource source, read_source(member.key, member.value));
    suite.data.push_back(std::move(source));
  }
  return {};
}

// The split that `key` names, or the first of `defaults` that there is.
Result<std::string> choose_split(const YamlNode& root, const SuiteDefinition& suite,
                                 std::string_view key,
                                 std::initializer_list<std::string_view> defaults) {
  const YamlNode* named = root.find(key);
  if (named != nullptr && !named->is_null()) {
    ASSAY_TRY(std::string split, named->as_string(key));
    if (suite.source(split) != nullptr) return split;
    std::vector<std::string> known;
    for (const DataSource& source : suite.data) known.push_back(source.split);
    return named->error(fmt::format("`{}` names the split `{}`, which `data` does not have ({})",
                                    key, split, fmt::join(known, ", ")));
  }
  for (const std::string_view split : defaults) {
    if (suite.source(std::string(split)) != nullptr) return std::string(split);
  }
  return std::string();
}

Result<void> read_splits(const YamlNode& root, SuiteDefinition& suite) {
  ASSAY_TRY(const std::string validation,
            choose_split(root, suite, "validation_split", {"validation"}));
  ASSAY_TRY(suite.test_split, choose_split(root, suite, "test_split", {"test", validation}));
  if (suite.test_split.empty()) {
    return root.find("data")->error("has no split `test`, expected one, or a `test_split:`");
  }
  ASSAY_TRY(suite.train_split, choose_split(root, suite, "training_split", {"train"}));
  ASSAY_TRY(suite.fewshot_split,
            choose_split(root, suite, "fewshot_split",
                         {"fewshot", suite.train_split, validation, suite.test_split}));
  return {};
}

// ---- prompt, generation, scorers ------------------------------------------------------------

Result<void> read_fewshot_config(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* node = root.find("fewshot_config");
  if (node == nullptr || node->is_null()) return {};
  if (!node->is_map()) {
    return node->error(
        fmt::format("`fewshot_config` is {}, expected a mapping", node->type_name()));
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(*node, "`fewshot_config`", {"sampler", "split"}));
  if (const YamlNode* sampler = node->find("sampler")) {
    ASSAY_TRY(const std::string name, sampler->as_string("sampler"));
    if (name != "first_n" && name != "default") {
      return sampler->error(fmt::format(
          "unknown sampler `{}`, expected `first_n` or `default` (a seeded draw)", name));
    }
    suite.sampler = name == "first_n" ? FewshotSampler::kFirst : FewshotSampler::kSeeded;
  }
  ASSAY_TRY(const std::string split, choose_split(*node, suite, "split", {}));
  if (!split.empty()) suite.fewshot_split = split;
  return {};
}

Result<void> read_output_type(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* node = root.find("output_type");
  if (node == nullptr || node->is_null()) return {};
  ASSAY_TRY(suite.output_type, node->as_string("output_type"));
  if (suite.output_type == "generate_until" || suite.output_type == "multiple_choice") return {};
  if (suite.output_type == "loglikelihood" || suite.output_type == "loglikelihood_rolling") {
    return node->error(fmt::format(
        "`output_type: {}` needs log-likelihoods, which the backends of this version do not give; "
        "expected generate_until or multiple_choice",
        suite.output_type));
  }
  return node->error(
      fmt::format("unknown output type `{}`, expected generate_until or "
                  "multiple_choice",
                  suite.output_type));
}

Result<void> read_generation(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* node = root.find("generation_kwargs");
  if (node == nullptr || node->is_null()) return {};
  if (!node->is_map()) {
    return node->error(
        fmt::format("`generation_kwargs` is {}, expected a mapping", node->type_name()));
  }
  ASSAY_TRY_VOID(
      refuse_unknown_keys(*node, "`generation_kwargs`",
                          {"until", "max_gen_toks", "temperature", "top_p", "do_sample", "seed"}));
  Fields in(*node);
  in.texts("until", suite.params.stop);
  in.integer("max_gen_toks", suite.params.max_tokens, 1, INT64_MAX);
  in.integer("seed", suite.params.seed, 0, INT64_MAX);
  double value = 0;
  const YamlNode* temperature = in.find("temperature");
  if (temperature != nullptr && in.keep(temperature->as_number("temperature"), value)) {
    if (value < 0) in.fail(temperature->error("`temperature` is below 0"));
    suite.params.temperature = value;
  }
  const YamlNode* top_p = in.find("top_p");
  if (top_p != nullptr && in.keep(top_p->as_number("top_p"), value)) {
    if (value <= 0 || value > 1) in.fail(top_p->error("`top_p` is not in (0, 1]"));
    suite.params.top_p = value;
  }
  bool sample = true;
  if (const YamlNode* n = in.find("do_sample")) in.keep(n->as_bool("do_sample"), sample);
  // As lm-evaluation-harness: no sampling is temperature 0, whatever stands beside it.
  if (!sample) suite.params.temperature = 0.0;
  return in.finish();
}

Result<void> read_scorers(const YamlNode& list, SuiteDefinition& suite) {
  if (!list.is_list()) {
    return list.error(fmt::format(
        "`scorers` is {}, expected a list of names or mappings with `name`", list.type_name()));
  }
  for (const YamlNode& item : list.items) {
    ScorerSpec spec;
    spec.base_dir = folder_of(*item.file);
    spec.options = item;
    if (item.is_scalar()) {
      spec.name = item.scalar;
      spec.options.kind = YamlNode::Kind::kNull;
    } else if (item.is_map() && item.find("name") != nullptr) {
      ASSAY_TRY(spec.name, item.find("name")->as_string("name"));
      std::erase_if(spec.options.members, [](const YamlMember& m) { return m.key == "name"; });
    } else {
      return item.error(fmt::format("a scorer is {}, expected a name or a mapping with `name`",
                                    item.type_name()));
    }
    suite.scorers.push_back(std::move(spec));
  }
  return {};
}

// lm-evaluation-harness's metrics whose judgement is that of `exact`.
Result<void> read_metric_list(const YamlNode& list, SuiteDefinition& suite) {
  if (!list.is_list()) {
    return list.error(fmt::format("`metric_list` is {}, expected a list of mappings with `metric`",
                                  list.type_name()));
  }
  for (const YamlNode& item : list.items) {
    const YamlNode* metric = item.find("metric");
    if (metric == nullptr) {
      return item.error(
          fmt::format("a metric is {}, expected a mapping with `metric`", item.type_name()));
    }
    ASSAY_TRY(const std::string name, metric->as_string("metric"));
    if (name != "exact_match" && name != "acc" && name != "acc_norm") {
      return metric->error(fmt::format(
          "the metric `{}` is not mapped, expected exact_match, acc or acc_norm; name a scorer in "
          "`scorers:` instead",
          name));
    }
    ScorerSpec spec;
    spec.name = "exact";
    spec.base_dir = folder_of(*item.file);
    spec.options = item;
    std::erase_if(spec.options.members, [](const YamlMember& m) {
      return m.key == "aggregation" || m.key == "higher_is_better";
    });
    suite.scorers.push_back(std::move(spec));
  }
  return {};
}

Result<void> read_judgement(const YamlNode& root, SuiteDefinition& suite) {
  const Fields in(root);
  if (const YamlNode* scorers = in.find("scorers")) {
    ASSAY_TRY_VOID(read_scorers(*scorers, suite));
  } else if (const YamlNode* metrics = in.find("metric_list")) {
    ASSAY_TRY_VOID(read_metric_list(*metrics, suite));
  }
  if (suite.scorers.empty()) {
    return root.error(
        "names no scorer, expected `scorers:` with at least one (`exact`, `cer`, ...)");
  }
  return {};
}

// `published`: "model/metric": value, or a list of {model, metric, value, source}.
Result<void> read_published(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* node = Fields(root).find("published");
  if (node == nullptr) return {};
  if (node->is_map()) {
    for (const YamlMember& member : node->members) {
      ASSAY_TRY(suite.published[member.key], member.value.as_number(member.key));
    }
    return {};
  }
  if (!node->is_list()) {
    return node->error(
        fmt::format("`published` is {}, expected a mapping from MODEL/METRIC to "
                    "numbers, or a list of {{model, metric, value, source}}",
                    node->type_name()));
  }
  for (const YamlNode& item : node->items) {
    ASSAY_TRY_VOID(
        refuse_unknown_keys(item, "`published`", {"model", "metric", "value", "source"}));
    const YamlNode* model = item.find("model");
    const YamlNode* metric = item.find("metric");
    const YamlNode* value = item.find("value");
    if (model == nullptr || metric == nullptr || value == nullptr) {
      return item.error("a published score lacks `model`, `metric` or `value`");
    }
    ASSAY_TRY(const std::string model_name, model->as_string("model"));
    ASSAY_TRY(const std::string metric_name, metric->as_string("metric"));
    ASSAY_TRY(suite.published[fmt::format("{}/{}", model_name, metric_name)],
              value->as_number("value"));
  }
  return {};
}

void read_choices(const YamlNode& root, Fields& in, SuiteDefinition& suite) {
  in.templates("doc_to_choice", suite.doc_to_choice);
  const YamlNode* node = root.find("doc_to_choice");
  suite.choice_is_list = node != nullptr && node->is_list();
}

Result<void> read_prompt(const YamlNode& root, SuiteDefinition& suite) {
  Fields in(root);
  in.optional_text("description", suite.description);
  in.optional_text("doc_to_text", suite.doc_to_text);
  in.templates("doc_to_target", suite.doc_to_target);
  read_choices(root, in, suite);
  in.templates("doc_to_image", suite.doc_to_image);
  in.optional_text("id", suite.id);
  in.optional_text("cluster", suite.cluster);
  in.optional_text("input", suite.input);
  in.optional_text("system", suite.system);
  in.optional_text("messages", suite.messages);
  in.optional_text("tools", suite.tools);
  in.optional_text("gen_prefix", suite.gen_prefix);
  in.named_templates("tags", suite.sample_tags);
  in.named_templates("fields", suite.fields);
  in.integer("num_fewshot", suite.num_fewshot, 0, kFewshotMax);
  in.text("fewshot_delimiter", suite.fewshot_delimiter);
  in.text("target_delimiter", suite.target_delimiter);
  in.integer("repeats", suite.repeats, 1, kRepeatsMax);
  in.integer("limit", suite.limit, 1, INT64_MAX);
  ASSAY_TRY_VOID(in.finish());
  if (suite.messages && (suite.doc_to_text || suite.description || suite.num_fewshot > 0)) {
    return root.error(
        "has `messages` beside `doc_to_text`, `description` or few-shot examples, expected the "
        "whole conversation in `messages`");
  }
  if (!suite.doc_to_text && !suite.messages && suite.doc_to_image.empty() &&
      !suite.source(suite.test_split)->is_folder()) {
    return root.error("has no `doc_to_text`, expected a template or a column name");
  }
  if (suite.doc_to_target.empty() && suite.fields.empty()) {
    return root.error(
        "has no `doc_to_target` (nor `fields`), expected a template or a column name");
  }
  if (suite.output_type == "multiple_choice" && suite.doc_to_choice.empty()) {
    return root.error("has `output_type: multiple_choice` and no `doc_to_choice`");
  }
  return {};
}

Result<void> read_names(const YamlNode& root, SuiteDefinition& suite) {
  Fields in(root);
  std::string task;
  in.text("task", task);
  in.text("name", suite.name);
  if (suite.name.empty()) suite.name = task;
  in.text("title", suite.title);
  in.text("language", suite.language);
  in.text("license", suite.licence);
  in.text("licence", suite.licence);
  in.texts("tag", suite.tags);
  ASSAY_TRY_VOID(in.finish());
  if (suite.name.empty()) return root.error("has no name, expected `task: NAME`");
  const bool plain = std::all_of(suite.name.begin(), suite.name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '/' && c != '\\' && c != 0x7f;
  });
  if (!plain || suite.name.size() > 200) {
    return root.error(
        fmt::format("the name `{}` is not usable, expected at most 200 characters "
                    "without spaces and slashes",
                    suite.name));
  }
  if (suite.title.empty()) suite.title = suite.name;
  return {};
}

}  // namespace

const DataSource* SuiteDefinition::source(const std::string& split) const {
  for (const DataSource& candidate : data) {
    if (candidate.split == split) return &candidate;
  }
  return nullptr;
}

Result<SuiteDefinition> read_suite_file(const std::string& path) {
  std::vector<std::string> open;
  ASSAY_TRY(const YamlNode root, read_with_includes(path, open));
  SuiteDefinition suite;
  suite.path = path;
  ASSAY_TRY_VOID(read_names(root, suite));
  ASSAY_TRY_VOID(read_data(root, suite));
  ASSAY_TRY_VOID(read_splits(root, suite));
  ASSAY_TRY_VOID(read_output_type(root, suite));
  ASSAY_TRY_VOID(read_prompt(root, suite));
  ASSAY_TRY_VOID(read_fewshot_config(root, suite));
  ASSAY_TRY_VOID(read_generation(root, suite));
  ASSAY_TRY_VOID(read_judgement(root, suite));
  ASSAY_TRY_VOID(read_published(root, suite));
  return suite;
}

}  // namespace assay::suites
