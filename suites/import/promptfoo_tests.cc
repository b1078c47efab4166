#include "suites/import/promptfoo_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "suites/import/imported.h"
#include "suites/loader/row_store.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr int kReferenceDepthMax = 4;  // assert-sets, and references to templates, in each other

constexpr std::array<std::string_view, 67> kTypes{"agent-rubric",
                                                  "answer-relevance",
                                                  "assert-set",
                                                  "bleu",
                                                  "classifier",
                                                  "contains",
                                                  "contains-all",
                                                  "contains-any",
                                                  "contains-html",
                                                  "contains-json",
                                                  "contains-sql",
                                                  "contains-xml",
                                                  "context-faithfulness",
                                                  "context-recall",
                                                  "context-relevance",
                                                  "conversation-relevance",
                                                  "cost",
                                                  "ends-with",
                                                  "equals",
                                                  "factuality",
                                                  "finish-reason",
                                                  "g-eval",
                                                  "gleu",
                                                  "guardrails",
                                                  "human",
                                                  "icontains",
                                                  "icontains-all",
                                                  "icontains-any",
                                                  "is-html",
                                                  "is-json",
                                                  "is-refusal",
                                                  "is-sql",
                                                  "is-valid-function-call",
                                                  "is-valid-openai-function-call",
                                                  "is-valid-openai-tools-call",
                                                  "is-xml",
                                                  "javascript",
                                                  "latency",
                                                  "levenshtein",
                                                  "llm-rubric",
                                                  "max-score",
                                                  "meteor",
                                                  "model-graded-closedqa",
                                                  "model-graded-factuality",
                                                  "moderation",
                                                  "perplexity",
                                                  "perplexity-score",
                                                  "pi",
                                                  "python",
                                                  "regex",
                                                  "rouge-l",
                                                  "rouge-n",
                                                  "rouge-s",
                                                  "ruby",
                                                  "search-rubric",
                                                  "select-best",
                                                  "similar",
                                                  "similar:cosine",
                                                  "similar:dot",
                                                  "similar:euclidean",
                                                  "starts-with",
                                                  "tool-call-f1",
                                                  "trace-error-spans",
                                                  "trace-span-count",
                                                  "trace-span-duration",
                                                  "webhook",
                                                  "word-count"};

constexpr std::array<std::string_view, 4> kListTypes{"contains-all", "contains-any",
                                                     "icontains-all", "icontains-any"};
// Types whose text form has a threshold, 0.75 where none is written.
constexpr std::array<std::string_view, 13> kThresholdTypes{
    "answer-relevance", "classifier",        "context-faithfulness",
    "context-recall",   "context-relevance", "cost",
    "latency",          "levenshtein",       "perplexity",
    "perplexity-score", "rouge-n",           "similar",
    "starts-with"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string stripped(std::string_view text) { return std::string(strip_space(text)); }

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// type, "(0.8)" and the rest after ":" of a text such as "similar(0.8):hello".
struct TextParts {
  bool negated = false;
  std::string type;
  std::optional<double> threshold;
  std::optional<std::string> value;
};

std::optional<TextParts> parts_of(std::string_view text) {
  TextParts parts;
  if (text.starts_with("not-")) {
    parts.negated = true;
    text.remove_prefix(4);
  }
  // The longest type that the text begins with and that "(", ":" or the end follows.
  for (const std::string_view type : kTypes) {
    if (!text.starts_with(type) || type.size() <= parts.type.size()) continue;
    const std::string_view rest = text.substr(type.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '(') parts.type = type;
  }
  if (parts.type.empty()) return std::nullopt;
  text.remove_prefix(parts.type.size());
  if (text.starts_with('(')) {
    const size_t close = text.find(')');
    if (close == std::string_view::npos) return std::nullopt;
    parts.threshold = number_of(text.substr(1, close - 1));
    if (!parts.threshold) return std::nullopt;
    text.remove_prefix(close + 1);
  }
  if (!text.empty() && text.front() != ':') return std::nullopt;
  if (!text.empty()) parts.value = std::string(text.substr(1));
  return parts;
}

bool is_script_file(std::string_view text) {
  return text.starts_with("file://") &&
         (text.ends_with(".js") || text.ends_with(".ts") || text.ends_with(".mjs") ||
          text.ends_with(".cjs") || text.ends_with(".py") || text.ends_with(".rb") ||
          text.find(".py:") != std::string_view::npos ||
          text.find(".js:") != std::string_view::npos ||
          text.find(".ts:") != std::string_view::npos);
}

Json split_at_commas(const std::string& text) {
  Json list = Json::array();
  for (size_t at = 0;;) {
    const size_t end = text.find(',', at);
    list.push_back(stripped(std::string_view(text).substr(at, end - at)));
    if (end == std::string::npos) return list;
    at = end + 1;
  }
}

std::string cell_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : dump_json(value);
}

}  // namespace

bool is_promptfoo_type(std::string_view type) {
  return is_one_of(kTypes, type) || type.starts_with("trace-") || type.starts_with("trajectory:");
}

std::optional<std::vector<std::string>> known_transform(std::string_view source) {
  std::string_view text = strip_space(source);
  if (text.starts_with("return ")) text = strip_space(text.substr(7));
  if (text.ends_with(';')) text.remove_suffix(1);
  if (!text.starts_with("output")) return std::nullopt;
  text.remove_prefix(6);
  std::vector<std::string> steps;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kSteps{
      {{".trim()", "trim"}, {".toLowerCase()", "lower"}, {".toUpperCase()", "upper"}}};
  while (!text.empty()) {
    const auto it = std::find_if(kSteps.begin(), kSteps.end(),
                                 [&](const auto& step) { return text.starts_with(step.first); });
    if (it == kSteps.end()) return std::nullopt;
    steps.emplace_back(it->second);
    text.remove_prefix(it->first.size());
  }
  return steps;
}

Json assertion_from_text(const std::string& text) {
  for (const std::string_view prefix : {"javascript:", "fn:", "eval:"}) {
    if (text.starts_with(prefix)) {
      return {{"type", "javascript"}, {"value", stripped(text.substr(prefix.size()))}};
    }
  }
  if (is_script_file(text)) return {{"type", "javascript"}, {"value", text}};
  if (text.starts_with("grade:")) return {{"type", "llm-rubric"}, {"value", text.substr(6)}};
  const std::optional<TextParts> parts = parts_of(text);
  if (!parts) return {{"type", "equals"}, {"value", text}};
  Json out;
  out["type"] = (parts->negated ? "not-" : "") + parts->type;
  if (parts->value) {
    out["value"] = is_one_of(kListTypes, parts->type) ? split_at_commas(*parts->value)
                                                      : Json(stripped(*parts->value));
  }
  if (is_one_of(kThresholdTypes, parts->type)) {
    out["threshold"] = parts->threshold.value_or(parts->type == "similar" ? 0.8 : 0.75);
  }
  return out;
}

Result<std::vector<PromptfooTest>> PromptfooTests::read() {
  if (const YamlNode* node = root_.find("defaultTest")) {
    if (node->is_map()) {
      ASSAY_TRY(default_, test_of(*node));
    } else if (node->is_scalar()) {
      const std::string path = import_path(folder_, node->scalar);
      ASSAY_TRY(const std::string text, read_import_file(path, node->place()));
      ASSAY_TRY(const YamlNode file, read_yaml(text, path));
      ASSAY_TRY(default_, test_of(file));
    }
  }
  const YamlNode* tests = root_.find("tests");
  if (tests == nullptr || tests->is_null()) {
    PromptfooTest only;
    only.place = root_.place();
    tests_.push_back(std::move(only));
  } else if (tests->is_list()) {
    ASSAY_TRY_VOID(read_list(*tests));
  } else if (tests->is_map()) {
    const YamlNode* path = tests->find("path");
    if (path == nullptr) return tests->error("`tests` is a mapping without `path`");
    ASSAY_TRY_VOID(read_reference(*path, path->scalar));
  } else {
    ASSAY_TRY_VOID(read_reference(*tests, tests->scalar));
  }
  for (PromptfooTest& test : tests_) merge_default(test);
  return std::move(tests_);
}

void PromptfooTests::merge_default(PromptfooTest& test) const {
  Json vars = default_.vars;
  for (const auto& [key, value] : test.vars.items()) vars[key] = value;
  test.vars = std::move(vars);
  test.asserts.insert(test.asserts.begin(), default_.asserts.begin(), default_.asserts.end());
  if (!test.threshold) test.threshold = default_.threshold;
  if (test.prefix.empty()) test.prefix = default_.prefix;
  if (test.suffix.empty()) test.suffix = default_.suffix;
  if (test.transform.empty()) test.transform = default_.transform;
  if (test.prompts.empty()) test.prompts = default_.prompts;
  test.expand = test.expand && default_.expand;
}

Result<void> PromptfooTests::read_list(const YamlNode& node) {
  for (const YamlNode& item : node.items) {
    if (item.is_scalar()) {
      ASSAY_TRY_VOID(read_reference(item, item.scalar));
    } else if (item.is_map() && item.find("path") != nullptr && item.find("vars") == nullptr) {
      ASSAY_TRY_VOID(read_reference(item, item.find("path")->scalar));
    } else {
      ASSAY_TRY_VOID(add_node(item));
    }
  }
  return {};
}

Result<void> PromptfooTests::read_reference(const YamlNode& node, const std::string& name) {
  if (is_script_file("file://" + name) || is_script_file(name)) {
    leave(node.place(), fmt::format("tests made by a program (`{}`)", name));
    return {};
  }
  if (name.find("://") != std::string::npos && !name.starts_with("file://")) {
    leave(node.place(), fmt::format("tests from the network (`{}`)", name));
    return {};
  }
  ASSAY_TRY(const std::vector<std::string> paths,
            matching_files(import_path(folder_, name), node.place()));
  for (const std::string& path : paths) ASSAY_TRY_VOID(read_file(node, path));
  return {};
}

Result<void> PromptfooTests::read_file(const YamlNode& node, const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".csv" || extension == ".tsv") return read_csv(path);
  ASSAY_TRY(const std::string text, read_import_file(path, node.place()));
  if (extension == ".jsonl") {
    int number = 0;
    for (size_t at = 0; at < text.size(); ++number) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      if (strip_space(line).empty()) continue;
      // JSON is YAML; read so that its parts know their places.
      ASSAY_TRY(const YamlNode item, read_yaml(line, fmt::format("{}:{}", path, number + 1)));
      ASSAY_TRY_VOID(add_node(item));
    }
    return {};
  }
  if (extension != ".yaml" && extension != ".yml" && extension != ".json") {
    return node.error(
        fmt::format("tests in `{}`, expected .csv, .tsv, .json, .jsonl, .yaml or .yml", path));
  }
  ASSAY_TRY(const YamlNode file, read_yaml(text, path));
  if (!file.is_list()) return add_node(file);
  for (const YamlNode& item : file.items) ASSAY_TRY_VOID(add_node(item));
  return {};
}

Result<void> PromptfooTests::read_csv(const std::string& path) {
  RowSource source;
  source.path = path;
  source.shown = path;
  ASSAY_TRY(const auto rows, RowStore::open(source));
  for (uint64_t i = 0; i < rows->size() && tests_.size() <= kImportedRowsMax; ++i) {
    ASSAY_TRY(const Json row, rows->row(i));
    ASSAY_TRY_VOID(add_csv_row(row, rows->place(i)));
  }
  return {};
}

Result<void> PromptfooTests::add_csv_row(const Json& row, const std::string& place) {
  PromptfooTest test;
  test.place = place;
  std::string metric;
  std::vector<std::pair<size_t, double>> thresholds;  // of the n-th assertion
  for (const auto& [name, cell] : row.items()) {
    const std::string key = stripped(name);
    const std::string value = cell_text(cell);
    if (key.starts_with("__expected")) {
      if (const std::string text = stripped(value); !text.empty()) {
        Json assertion = assertion_from_text(text);
        assertion[kPlaceKey] = place;
        test.asserts.push_back(std::move(assertion));
      }
    } else if (key == "__prefix") {
      test.prefix = value;
    } else if (key == "__suffix") {
      test.suffix = value;
    } else if (key == "__description") {
      test.description = value;
    } else if (key == "__metric") {
      metric = value;
    } else if (key == "__threshold") {
      test.threshold = number_of(stripped(value));
    } else if (key.starts_with("__config:__expected") && key.ends_with(":threshold")) {
      const auto number = number_of(stripped(value));
      const auto index = number_of(key.substr(19, key.size() - 19 - 10)).value_or(1);
      if (number) thresholds.emplace_back(static_cast<size_t>(std::max(index, 1.0)) - 1, *number);
    } else if (!key.starts_with("__metadata") && !key.starts_with("__config")) {
      test.vars[key] = value;
    }
  }
  for (Json& assertion : test.asserts) {
    if (!metric.empty()) assertion["metric"] = metric;
  }
  for (const auto& [index, threshold] : thresholds) {
    if (index < test.asserts.size()) test.asserts[index]["threshold"] = threshold;
  }
  tests_.push_back(std::move(test));
  return {};
}

Result<void> PromptfooTests::add_node(const YamlNode& node) {
  if (tests_.size() >= kImportedRowsMax) {
    return Error{ErrorCode::kLimit, fmt::format("more than {} tests", kImportedRowsMax),
                 node.place()};
  }
  ASSAY_TRY(PromptfooTest test, test_of(node));
  tests_.push_back(std::move(test));
  return {};
}

Result<PromptfooTest> PromptfooTests::test_of(const YamlNode& node) {
  if (!node.is_map()) {
    return node.error(fmt::format("a test is {}, expected a mapping", node.type_name()));
  }
  PromptfooTest test;
  test.place = node.place();
  for (const YamlMember& member : node.members) {
    const YamlNode& value = member.value;
    if (value.is_null()) continue;
    if (member.key == "vars") {
      ASSAY_TRY_VOID(read_vars(value, test.vars));
    } else if (member.key == "assert") {
      ASSAY_TRY_VOID(read_asserts(value, test.asserts));
    } else if (member.key == "description") {
      ASSAY_TRY(test.description, value.as_string("description"));
    } else if (member.key == "threshold") {
      ASSAY_TRY(test.threshold, value.as_number("threshold"));
    } else if (member.key == "options") {
      ASSAY_TRY_VOID(read_options(value, test));
    } else if (member.key == "prompts") {
      ASSAY_TRY(test.prompts, value.as_strings("prompts"));
    } else if (member.key == "assertScoringFunction" || member.key == "providerOutput") {
      leave(value.place(), fmt::format("`{}` of a test", member.key));
    }
  }
  return test;
}

Result<void> PromptfooTests::read_options(const YamlNode& options, PromptfooTest& test) {
  for (const YamlMember& member : options.members) {
    const YamlNode& value = member.value;
    if (member.key == "prefix") {
      ASSAY_TRY(test.prefix, value.as_string("prefix"));
    } else if (member.key == "suffix") {
      ASSAY_TRY(test.suffix, value.as_string("suffix"));
    } else if (member.key == "disableVarExpansion") {
      ASSAY_TRY(const bool off, value.as_bool("disableVarExpansion"));
      test.expand = !off;
    } else if (member.key == "transform" || member.key == "postprocess") {
      const auto steps = known_transform(value.scalar);
      if (!steps) leave(value.place(), "`transform` is a program");
      if (steps) test.transform = *steps;
    } else if (member.key == "transformVars") {
      leave(value.place(), "`transformVars` is a program");
    }
  }
  return {};
}

Result<void> PromptfooTests::read_vars(const YamlNode& vars, Json& out) {
  if (vars.is_map()) {
    for (const YamlMember& member : vars.members) out[member.key] = member.value.to_json();
    return {};
  }
  ASSAY_TRY(const std::vector<std::string> names, vars.as_strings("vars"));
  for (const std::string& name : names) {
    ASSAY_TRY(const std::vector<std::string> paths,
              matching_files(import_path(folder_, name), vars.place()));
    for (const std::string& path : paths) {
      ASSAY_TRY(const std::string text, read_import_file(path, vars.place()));
      ASSAY_TRY(const YamlNode file, read_yaml(text, path));
      if (!file.is_map()) return file.error("expected a mapping of variables");
      for (const YamlMember& member : file.members) out[member.key] = member.value.to_json();
    }
  }
  return {};
}

Result<void> PromptfooTests::read_asserts(const YamlNode& list, std::vector<Json>& out) {
  if (!list.is_list()) {
    return list.error(fmt::format("`assert` is {}, expected a list", list.type_name()));
  }
  for (const YamlNode& item : list.items) {
    ASSAY_TRY(Json assertion, assert_of(item));
    out.push_back(std::move(assertion));
  }
  return {};
}

// The assertion that `#/assertionTemplates/NAME` names, or the node itself.
Result<Json> PromptfooTests::assert_of(const YamlNode& node) {
  const YamlNode* at = &node;
  for (int depth = 0; at->is_map() && at->find("$ref") != nullptr; ++depth) {
    constexpr std::string_view kPrefix = "#/assertionTemplates/";
    const std::string& ref = at->find("$ref")->scalar;
    const YamlNode* templates = root_.find("assertionTemplates");
    const YamlNode* target = ref.starts_with(kPrefix) && templates != nullptr
                                 ? templates->find(ref.substr(kPrefix.size()))
                                 : nullptr;
    if (target == nullptr || depth >= kReferenceDepthMax) {
      return at->error(fmt::format("`$ref` is `{}`, expected #/assertionTemplates/NAME", ref));
    }
    at = target;
  }
  if (!at->is_map() || at->find("type") == nullptr || !at->find("type")->is_scalar()) {
    return at->error("an assertion has no `type`");
  }
  Json assertion = at->to_json();
  assertion[kPlaceKey] = node.place();
  if (const YamlNode* inner = at->find("assert"); inner != nullptr && inner->is_list()) {
    assertion["assert"] = Json::array();
    for (const YamlNode& item : inner->items) {
      if (item.is_map() && item.find("assert") != nullptr) {
        return item.error("an assert-set inside an assert-set");
      }
      ASSAY_TRY(Json part, assert_of(item));
      assertion["assert"].push_back(std::move(part));
    }
  }
  return assertion;
}

}  // namespace assay::suites
