#include "suites/loader/suite_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/loader/suite_tree.h"
#include "suites/loader/task_data.h"
#include "suites/loader/yaml_fields.h"
#include "suites/native/preprocess.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRangeExpected =
    "expected [FROM, TO): row numbers such as [0, 1500], or shares such as [0.0, 0.5]";
constexpr int64_t kFewshotMax = 1000;
constexpr int64_t kRepeatsMax = 1'000'000;
// What lm-evaluation-harness's models generate at most where a task does not say (max_gen_toks of
// lm_eval/models/huggingface.py and api_models.py).
constexpr int64_t kReferenceTokensMax = 256;
constexpr std::array<std::string_view, 4> kSplits = {"test", "train", "validation", "fewshot"};

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

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

Result<void> check_source(const YamlNode& node, const DataSource& source) {
  const int named = (source.path.empty() ? 0 : 1) + (source.url.empty() ? 0 : 1);
  if (named == 2) return node.error("has both `path` and `url`, expected one of them");
  if (named == 0 && !source.images) {
    return node.error("names no data, expected `path`, `url` or `images`");
  }
  if (!source.url.empty()) {
    if (!is_url(source.url)) {
      return node.error(fmt::format("`url` is `{}`, expected http:// or https://", source.url));
    }
    if (node.find("sha256") == nullptr) {
      return node.error(
          "has a `url` and no `sha256`, expected 64 hexadecimal digits or `unpinned`");
    }
    if (source.local.empty() && (source.sha256.empty() || source.is_folder())) {
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
                           "columns", "quoting", "field", "truth", "image_column", "range"}));
  Fields in(node);
  in.text("path", source.path);
  in.text("url", source.url);
  in.text("local", source.local);
  in.text("field", source.field);
  in.text("truth", source.truth);
  in.text("image_column", source.image_column);
  in.texts("columns", source.columns);
  if (const YamlNode* n = in.find("images")) {
    std::string folder;
    if (in.keep(n->as_string("images"), folder)) source.images = folder;
  }
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
      source.url.empty()) {
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
  // A task of lm-evaluation-harness whose data are named anew keeps its names of splits.
  if (!suite.reference) ASSAY_TRY_VOID(refuse_unknown_keys(*data, "`data` (splits)", splits));
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
  const YamlNode* data = root.find("data");
  if (suite.reference && (data == nullptr || data->is_null())) return read_task_data(root, suite);
  ASSAY_TRY_VOID(read_data(root, suite));
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

void read_doc_templates(Fields& in, DocTemplates& out) {
  in.optional_text("doc_to_text", out.text);
  in.templates("doc_to_target", out.target);
  const YamlNode* target = in.find("doc_to_target");
  out.target_is_list = target != nullptr && target->is_list();
  const YamlNode* choice = in.find("doc_to_choice");
  if (choice == nullptr) return;
  out.choice_is_list = !choice->is_scalar();
  if (!choice->is_map()) return in.templates("doc_to_choice", out.choice);
  std::vector<std::pair<std::string, TemplateText>> named;  // the values count
  in.named_templates("doc_to_choice", named);
  for (auto& [name, text] : named) out.choice.push_back(std::move(text));
}

Result<void> read_samples(const YamlNode& node, SuiteDefinition& suite) {
  const bool mappings = node.is_list() && !node.items.empty() &&
                        std::all_of(node.items.begin(), node.items.end(),
                                    [](const YamlNode& item) { return item.is_map(); });
  if (!mappings) {
    return node.error(
        fmt::format("`samples` is {}, expected a list of mappings (documents)", node.type_name()));
  }
  suite.shots = node;
  return {};
}

Result<void> read_sampler(const YamlNode& node, SuiteDefinition& suite) {
  ASSAY_TRY(const std::string name, node.as_string("sampler"));
  if (name != "first_n" && name != "default") {
    return node.error(
        fmt::format("unknown sampler `{}`, expected `first_n` or `default` (a seeded draw)", name));
  }
  suite.sampler = name == "first_n" ? FewshotSampler::kFirst : FewshotSampler::kSeeded;
  return {};
}

Result<void> read_fewshot_config(const YamlNode& root, SuiteDefinition& suite) {
  suite.shot_fewshot_delimiter = suite.fewshot_delimiter;
  suite.shot_target_delimiter = suite.target_delimiter;
  const YamlNode* node = root.find("fewshot_config");
  if (node == nullptr || node->is_null()) return {};
  if (!node->is_map()) {
    return node->error(
        fmt::format("`fewshot_config` is {}, expected a mapping", node->type_name()));
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(
      *node, "`fewshot_config`",
      {"sampler", "split", "samples", "doc_to_text", "doc_to_target", "doc_to_choice",
       "fewshot_delimiter", "target_delimiter", "process_docs"}));
  Fields in(*node);
  if (const YamlNode* sampler = in.find("sampler")) in.check(read_sampler(*sampler, suite));
  read_doc_templates(in, suite.shot);
  in.text("fewshot_delimiter", suite.shot_fewshot_delimiter);
  in.text("target_delimiter", suite.shot_target_delimiter);
  ASSAY_TRY_VOID(in.finish());
  if (in.find("split") != nullptr) {
    ASSAY_TRY(suite.fewshot_split, choose_split(*node, suite, "split", {}));
  }
  // As the reference: a split that is named wins over samples.
  const YamlNode* samples = in.find("samples");
  if (samples == nullptr || Fields(root).find("fewshot_split") != nullptr) return {};
  return read_samples(*samples, suite);
}

Result<void> read_output_type(const YamlNode& root, SuiteDefinition& suite) {
  Fields in(root);
  if (const YamlNode* flag = in.find("as_generation")) {
    in.keep(flag->as_bool("as_generation"), suite.as_generation);
  }
  in.text("output_type", suite.output_type);
  ASSAY_TRY_VOID(in.finish());
  const YamlNode* node = in.find("output_type");
  for (const std::string_view known :
       {"generate_until", "multiple_choice", "loglikelihood", "loglikelihood_rolling"}) {
    if (suite.output_type != known) continue;
    if (!suite.as_generation || suite.output_type == "multiple_choice") return {};
    return root.find("as_generation")
        ->error(fmt::format("`as_generation` stands beside `output_type: {}`, expected "
                            "multiple_choice",
                            suite.output_type));
  }
  return node->error(
      fmt::format("unknown output type `{}`, expected generate_until, multiple_choice, "
                  "loglikelihood or loglikelihood_rolling",
                  suite.output_type));
}

// ---- generation -----------------------------------------------------------------------------

// Settings that no backend has, with the value at which they change nothing.
struct NeutralSetting {
  std::string_view key;
  double neutral;
};
constexpr std::array<NeutralSetting, 4> kNeutralSettings{{{"num_beams", 1},
                                                          {"num_return_sequences", 1},
                                                          {"repetition_penalty", 1},
                                                          {"length_penalty", 1}}};

void optional_number(Fields& in, std::string_view key, double min, double max,
                     std::optional<double>& out) {
  const YamlNode* node = in.find(key);
  double value = 0;
  if (node == nullptr || !in.keep(node->as_number(key), value)) return;
  if (value < min || value > max) {
    in.fail(node->error(fmt::format("`{}` is {}, expected {} to {}", key, value, min, max)));
  }
  out = value;
}

void read_sampling(Fields& in, GenerationParams& params) {
  const YamlNode* temperature = in.find("temperature");
  double value = 0;
  if (temperature != nullptr && in.keep(temperature->as_number("temperature"), value)) {
    if (value < 0) in.fail(temperature->error("`temperature` is below 0"));
    params.temperature = value;
  }
  const YamlNode* top_p = in.find("top_p");
  if (top_p != nullptr && in.keep(top_p->as_number("top_p"), value)) {
    if (value <= 0 || value > 1) in.fail(top_p->error("`top_p` is not in (0, 1]"));
    params.top_p = value;
  }
  in.integer("top_k", params.top_k, -1, INT32_MAX);
  if (params.top_k && *params.top_k < 1) params.top_k.reset();  // 0 and -1: all
  optional_number(in, "min_p", 0, 1, params.min_p);
  optional_number(in, "presence_penalty", -2, 2, params.presence_penalty);
  optional_number(in, "frequency_penalty", -2, 2, params.frequency_penalty);
  in.integer("seed", params.seed, 0, INT64_MAX);
  for (const NeutralSetting& one : kNeutralSettings) {
    const YamlNode* node = in.find(one.key);
    if (node == nullptr || !in.keep(node->as_number(one.key), value) || value == one.neutral) {
      continue;
    }
    in.fail(node->error(fmt::format("`{}` is {}, which no backend of this version has, expected {}",
                                    one.key, value, one.neutral)));
  }
}

// What the reference's models do where a task says nothing: greedy, up to the delimiter of examples
// and 256 tokens.
void complete_generation(bool samples, bool stop_given, SuiteDefinition& suite) {
  GenerationParams& params = suite.params;
  if (!stop_given) params.stop = {suite.fewshot_delimiter};
  if (!params.max_tokens) params.max_tokens = kReferenceTokensMax;
  if (!params.temperature && !samples) params.temperature = 0.0;
}

Result<void> read_generation(const YamlNode& root, SuiteDefinition& suite) {
  const YamlNode* node = root.find("generation_kwargs");
  const bool completes = suite.reference && suite.output_type == "generate_until";
  if (node == nullptr || node->is_null()) {
    if (completes) complete_generation(false, false, suite);
    return {};
  }
  if (!node->is_map()) {
    return node->error(
        fmt::format("`generation_kwargs` is {}, expected a mapping", node->type_name()));
  }
  ASSAY_TRY_VOID(
      refuse_unknown_keys(*node, "`generation_kwargs`",
                          {"until", "max_gen_toks", "max_tokens", "max_new_tokens", "temperature",
                           "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty",
                           "do_sample", "seed", "num_beams", "num_return_sequences",
                           "repetition_penalty", "length_penalty", "early_stopping", "use_cache"}));
  suite.generation_kwargs = *node;
  Fields in(*node);
  in.texts("until", suite.params.stop);
  for (const std::string_view key : {"max_new_tokens", "max_tokens", "max_gen_toks"}) {
    in.integer(key, suite.params.max_tokens, 1, INT64_MAX);
  }
  read_sampling(in, suite.params);
  bool sample = !suite.reference;
  if (const YamlNode* n = in.find("do_sample")) in.keep(n->as_bool("do_sample"), sample);
  // As lm-evaluation-harness: no sampling is temperature 0, whatever stands beside it.
  const bool greedy = in.find("do_sample") != nullptr && !sample;
  if (greedy) suite.params.temperature = 0.0;
  if (completes) complete_generation(sample, node->find("until") != nullptr, suite);
  return in.finish();
}

// ---- scorers --------------------------------------------------------------------------------

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

YamlNode scalar_node(const YamlNode& at, const std::string& text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.is_text = true;
  node.scalar = text;
  node.file = at.file;
  node.line = at.line;
  node.column = at.column;
  return node;
}

// The scorer that judges as lm-evaluation-harness does, by what the task says.
void add_reference_scorer(const YamlNode& root, SuiteDefinition& suite) {
  ScorerSpec spec;
  spec.name = "lm_eval";
  spec.base_dir = folder_of(*root.file);
  spec.options = scalar_node(root, "");
  spec.options.kind = YamlNode::Kind::kMap;
  const auto add = [&](const std::string& key, const YamlNode& value) {
    spec.options.members.push_back(YamlMember{key, value.line, value.column, value});
  };
  add("output_type", scalar_node(root, suite.output_type));
  for (const std::string key : {"filter_list", "metric_list"}) {
    const YamlNode* node = root.find(key);
    if (node != nullptr && !node->is_null()) add(key, *node);
  }
  suite.scorers.push_back(std::move(spec));
}

bool has_metric(const YamlNode* list, std::string_view name) {
  if (list == nullptr) return false;
  return std::any_of(list->items.begin(), list->items.end(), [&](const YamlNode& item) {
    const YamlNode* metric = item.find("metric");
    return metric != nullptr && metric->scalar == name;
  });
}

Result<void> read_judgement(const YamlNode& root, SuiteDefinition& suite) {
  const Fields in(root);
  const YamlNode* metrics = in.find("metric_list");
  suite.unconditional =
      suite.output_type == "multiple_choice" && has_metric(metrics, "acc_mutual_info");
  if (const YamlNode* scorers = in.find("scorers")) {
    ASSAY_TRY_VOID(read_scorers(*scorers, suite));
    if (!suite.scorers.empty()) return {};
  }
  const bool says_how = suite.reference || !suite.generates() || metrics != nullptr ||
                        in.find("filter_list") != nullptr;
  if (!says_how) {
    return root.error(
        "names no scorer, expected `scorers:` with at least one (`exact`, `cer`, ...)");
  }
  add_reference_scorer(root, suite);
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

Result<void> read_prompt(const YamlNode& root, SuiteDefinition& suite) {
  Fields in(root);
  in.optional_text("description", suite.description);
  read_doc_templates(in, suite.doc);
  in.templates("doc_to_image", suite.doc_to_image);
  in.optional_text("id", suite.id);
  in.optional_text("cluster", suite.cluster);
  in.optional_text("input", suite.input);
  in.optional_text("system", suite.system);
  in.optional_text("gen_prefix", suite.gen_prefix);
  in.named_templates("tags", suite.sample_tags);
  in.named_templates("fields", suite.fields);
  in.integer("num_fewshot", suite.num_fewshot, 0, kFewshotMax);
  in.text("fewshot_delimiter", suite.fewshot_delimiter);
  in.text("target_delimiter", suite.target_delimiter);
  in.integer("repeats", suite.repeats, 1, kRepeatsMax);
  in.integer("limit", suite.limit, 1, INT64_MAX);
  ASSAY_TRY_VOID(in.finish());
  const bool has_question = suite.doc.text || !suite.doc_to_image.empty() ||
                            suite.output_type == "loglikelihood_rolling" ||
                            suite.source(suite.test_split)->is_folder();
  if (!has_question) {
    return root.error("has no `doc_to_text`, expected a template or a column name");
  }
  if (suite.doc.target.empty() && suite.fields.empty()) {
    return root.error(
        "has no `doc_to_target` (nor `fields`), expected a template or a column name");
  }
  if (suite.output_type == "multiple_choice" && suite.doc.choice.empty()) {
    return root.error("has `output_type: multiple_choice` and no `doc_to_choice`");
  }
  return {};
}

Result<void> read_preprocess(const YamlNode& root, SuiteDefinition& suite) {
  Fields in(root);
  in.text("preprocess", suite.preprocess);
  ASSAY_TRY_VOID(in.finish());
  if (suite.preprocess.empty()) return {};
  const YamlNode* node = root.find("preprocess");
  suite.preprocess_place = node->place();
  if (find_preprocess(suite.preprocess) != nullptr) return {};
  std::vector<std::string> known;
  for (const Preprocess& one : all_preprocess()) known.emplace_back(one.name);
  return node->error(fmt::format("unknown preprocessing `{}`{}", suite.preprocess,
                                 did_you_mean(suite.preprocess, known)));
}

Result<void> refuse_group(const YamlNode& root) {
  const YamlNode* task = root.find("task");
  if (task == nullptr || !task->is_list()) return {};
  return task->error(
      "`task` is a list, which makes this file a group of suites, expected the name of one");
}

Result<void> read_names(const YamlNode& root, SuiteDefinition& suite) {
  ASSAY_TRY_VOID(refuse_group(root));
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
  std::vector<std::string> groups;  // of a single task the older word for tags
  in.texts("group", groups);
  suite.tags.insert(suite.tags.end(), groups.begin(), groups.end());
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

Result<SuiteDefinition> read_suite(YamlNode root, const std::string& path) {
  ASSAY_TRY_VOID(refuse_python(root));
  SuiteDefinition suite;
  suite.path = path;
  const YamlNode* dataset = root.find("dataset_path");
  suite.reference = dataset != nullptr && !dataset->is_null();
  if (suite.reference) read_words_as_pyyaml(root);
  suite.extra_shot = suite.reference && asks_extra_shot(root);
  ASSAY_TRY_VOID(read_names(root, suite));
  ASSAY_TRY_VOID(read_splits(root, suite));
  ASSAY_TRY_VOID(read_preprocess(root, suite));
  ASSAY_TRY_VOID(read_output_type(root, suite));
  ASSAY_TRY_VOID(read_prompt(root, suite));
  ASSAY_TRY_VOID(read_fewshot_config(root, suite));
  ASSAY_TRY_VOID(read_generation(root, suite));
  ASSAY_TRY_VOID(read_judgement(root, suite));
  ASSAY_TRY_VOID(read_published(root, suite));
  return suite;
}

Result<SuiteDefinition> read_suite_file(const std::string& path) {
  ASSAY_TRY(YamlNode root, read_suite_tree(path));
  return read_suite(std::move(root), path);
}

Json reference_generation_kwargs(const SuiteDefinition& suite) {
  if (!suite.generation_kwargs) {
    return Json{{"until", Json::array({suite.fewshot_delimiter})},
                {"do_sample", false},
                {"temperature", 0}};
  }
  Json kwargs = suite.generation_kwargs->to_json();
  if (!kwargs.contains("until")) kwargs["until"] = Json::array({suite.fewshot_delimiter});
  return kwargs;
}

}  // namespace assay::suites
