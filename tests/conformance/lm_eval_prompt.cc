#include "tests/conformance/lm_eval_prompt.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "suites/loader/prompt_maker.h"
#include "suites/loader/suite_file.h"
#include "suites/native/preprocess.h"

namespace assay::conformance {
namespace {

using suites::Preprocess;
using suites::PromptMaker;
using suites::Shot;
using suites::SuiteDefinition;

bool is_python(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with("python:");
}

// The keys that the native twin has instead of Python functions.
Json twin_of(const Json& config) {
  Json twin = config;
  const std::string task = config.value("task", std::string());
  bool python = false;
  for (const auto& [key, value] : config.items()) {
    if (!is_python(value)) continue;
    python = true;
    if (key == "doc_to_text") twin[key] = "gold";
    if (key == "doc_to_target") twin[key] = "continuation";
    if (key == "doc_to_choice") twin[key] = "contexts";
    if (key == "process_docs") twin.erase(key);
  }
  if (python) twin["preprocess"] = task;
  twin["dataset_path"] = "vectors";
  const auto lacks = [&](const char* key) { return !twin.contains(key) || twin[key].is_null(); };
  if (lacks("test_split") && lacks("validation_split")) twin["test_split"] = "test";
  return twin;
}

Result<Json> processed(const SuiteDefinition& suite, Json doc) {
  const Preprocess* preprocess = suites::find_preprocess(suite.preprocess);
  if (preprocess == nullptr) return doc;
  const bool done = std::all_of(preprocess->adds.begin(), preprocess->adds.end(),
                                [&](std::string_view key) { return find_member(doc, key); });
  if (!done) ASSAY_TRY_VOID(preprocess->apply(doc));
  return doc;
}

void add_continuations(const Sample& sample, Json& got) {
  const auto& asked = sample.prompt.continuations;
  if (asked.empty()) return;
  Json texts = Json::array();
  Json requests = Json::array();
  Json contexts = Json::array();
  for (const Continuation& one : asked) {
    texts.push_back(one.text);
    requests.push_back(Json::array({one.context.value_or(sample.prompt.text), one.text}));
    if (one.context) contexts.push_back(*one.context);
  }
  got["continuations"] = texts;
  if (contexts.empty()) return;
  got["prompt"] = contexts;
  got["requests"] = requests;
}

Result<Json> prompt_of(const Json& input) {
  const Json config = twin_of(input.at("task_config"));
  ASSAY_TRY(const YamlNode root, read_yaml(dump_json(config), "task_config"));
  ASSAY_TRY(const SuiteDefinition suite, suites::read_suite(root, "task_config"));
  ASSAY_TRY(const Json doc, processed(suite, input.at("doc")));
  std::vector<std::string> columns;
  for (const auto& [key, value] : doc.items()) columns.push_back(key);
  ASSAY_TRY(const PromptMaker maker, PromptMaker::compile(suite, columns, columns, {}));
  std::vector<Shot> shots;
  for (const Json& example : input.at("fewshot_docs")) {
    ASSAY_TRY(const Json example_doc, processed(suite, example));
    ASSAY_TRY(Shot shot, maker.shot(example_doc));
    shots.push_back(std::move(shot));
  }
  Sample sample;
  ASSAY_TRY_VOID(maker.make(doc, shots, sample));
  Json got = Json::object();
  got["prompt"] = sample.prompt.text;
  ASSAY_TRY(got["choices"], maker.sample_maker().choices_value(doc));
  ASSAY_TRY(got["target"], maker.sample_maker().target_value(doc));
  if (suite.generates()) got["generation_kwargs"] = suites::reference_generation_kwargs(suite);
  if (!suite.preprocess.empty()) got["processed_doc"] = doc;
  add_continuations(sample, got);
  return got;
}

}  // namespace

Json lm_eval_prompt(const Json& input) {
  const Result<Json> got = prompt_of(input);
  return got ? *got : Json{{"error", got.error().text()}};
}

}  // namespace assay::conformance
