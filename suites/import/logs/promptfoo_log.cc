// Results of promptfoo (`promptfoo eval -o out.json`): the summary of versions 1 to 3, alone or
// under `results` beside the configuration. Each provider (with several prompts: each provider and
// prompt) is a model; a test is an item, told apart by its variables and assertions.
// Read from promptfoo's src/types/index.ts (EvaluateSummaryV2, EvaluateSummaryV3, EvaluateResult).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "harness/base/hash.h"
#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "suites/import/logs/foreign_log.h"
#include "suites/import/logs/json_slices.h"
#include "suites/import/logs/log_values.h"
#include "suites/import/logs/python_json.h"

namespace assay::suites {
namespace {

constexpr std::string_view kTool = "promptfoo";
constexpr int kFailedByError = 2;  // ResultFailureReason.ERROR
constexpr size_t kIdTextBytesMax = 32;
constexpr size_t kIdHashDigits = 8;
constexpr size_t kAssertionsMax = 200;
constexpr size_t kModelsMax = 1000;

std::string provider_of(const Json& result) {
  const Json& provider = member_or_null(result, "provider");
  if (provider.is_string()) return log_name(provider.get<std::string>(), "provider");
  const std::string label = text_at(provider, "label");
  return log_name(label.empty() ? text_at(provider, "id") : label, "provider");
}

std::string prompt_label(const Json& result) {
  const Json& prompt = member_or_null(result, "prompt");
  for (const std::string_view key : {"label", "display", "id"}) {
    const std::string text = text_at(prompt, key);
    if (!text.empty()) return log_name(text, "");
  }
  return "";
}

// Variables as the test gave them, without what the run added, keys in order.
std::map<std::string, std::string> vars_of(const Json& result) {
  const Json* vars = find_member(member_or_null(result, "testCase"), "vars");
  if (vars == nullptr || !vars->is_object()) vars = &member_or_null(result, "vars");
  std::map<std::string, std::string> out;
  if (!vars->is_object()) return out;
  for (const auto& [key, value] : vars->items()) {
    if (key.starts_with('_') || key == "sessionId") continue;
    out[key] = text_of(value);
  }
  return out;
}

// "equals: Paris", one for each assertion; of results without a test case from their grading.
std::vector<std::string> assertions_of(const Json& result) {
  std::vector<std::string> out;
  const auto add = [&](const Json& assertion) {
    if (!assertion.is_object() || out.size() >= kAssertionsMax) return;
    out.push_back(text_at(assertion, "type") + ": " + text_at(assertion, "value"));
  };
  const Json& list = member_or_null(member_or_null(result, "testCase"), "assert");
  if (list.is_array()) {
    for (const Json& one : list) add(one);
    return out;
  }
  const Json& parts = member_or_null(member_or_null(result, "gradingResult"), "componentResults");
  if (!parts.is_array()) return out;
  for (const Json& one : parts) add(member_or_null(one, "assertion"));
  return out;
}

std::string request_of(const Json& result) {
  const std::string raw = text_at(member_or_null(result, "prompt"), "raw");
  Request request;
  const Result<Json> chat = raw.starts_with('[') ? parse_json(raw, "") : Result<Json>(Json());
  if (chat && chat->is_array()) {
    for (const Json& message : *chat) {
      request.messages.push_back(
          {.role = text_at(message, "role"), .text = text_at(message, "content")});
    }
  } else {
    request.messages.push_back({.role = "user", .text = raw});
  }
  return request_to_json(request);
}

void read_usage(const Json& usage, Usage& out) {
  const int64_t prompt = tokens_at(usage, "prompt");
  const int64_t completion = tokens_at(usage, "completion");
  // Served from promptfoo's cache: nothing was used.
  if (prompt < 0 || completion < 0 || prompt + completion == 0) return;
  const Json& details = member_or_null(usage, "completionDetails");
  const int64_t reasoning =
      std::min(completion, std::max<int64_t>(0, tokens_at(details, "reasoning")));
  out.source = UsageSource::kReported;
  out.input_tokens = prompt;
  out.reasoning_tokens = reasoning > 0 ? reasoning : -1;
  out.output_tokens = completion - reasoning;
}

// A result in which the provider failed has no score: it is not the model's wrong answer.
bool failed_by_error(const Json& result) {
  const Json& reason = member_or_null(result, "failureReason");
  if (reason.is_number_integer()) return reason.get<int64_t>() == kFailedByError;
  const Json& response = member_or_null(result, "response");
  return !text_at(response, "error").empty() && find_member(response, "output") == nullptr;
}

void read_response(const Json& result, ForeignItem& item) {
  const Json& response = member_or_null(result, "response");
  Response& out = item.response;
  out.outcome = Outcome::kOk;
  out.answer = text_at(response, "output");
  out.finish_reason = text_at(response, "finishReason");
  if (out.finish_reason == "length") out.outcome = Outcome::kLength;
  if (failed_by_error(result)) {
    out.outcome = Outcome::kServerError;
    out.error = text_at(response, "error");
    if (out.error.empty()) out.error = text_at(result, "error");
  }
  const Json& cached = member_or_null(response, "cached");
  const bool from_cache = cached.is_boolean() && cached.get<bool>();
  const Json* usage = find_member(response, "tokenUsage");
  if (usage == nullptr) usage = &member_or_null(result, "tokenUsage");
  read_usage(*usage, out.usage);
  if (from_cache) return;
  const auto ms = number_at(result, "latencyMs");
  item.latency_ns = ms ? nanoseconds(*ms / 1e3) : -1;
  auto cost = number_at(response, "cost");
  if (!cost) cost = number_at(result, "cost");
  if (cost && *cost > 0) out.cost = dollars(cost);
}

std::string why_wrong(const Json& result) {
  const Json& grading = member_or_null(result, "gradingResult");
  const Json& success = member_or_null(result, "success");
  if (success.is_boolean() && success.get<bool>()) return "";
  const std::string reason = text_at(grading, "reason");
  return reason.empty() ? text_at(result, "error") : reason;
}

void read_scores(const Json& result, ForeignItem& item) {
  if (!is_answer(item.response.outcome)) return;
  const std::string reason = why_wrong(result);
  add_scores("pass", member_or_null(result, "success"), ScoreWords::kNone, "", reason, item.scores);
  add_scores("score", member_or_null(result, "score"), ScoreWords::kNone, "", reason, item.scores);
  const Json& named = member_or_null(result, "namedScores");
  if (!named.is_object()) return;
  for (const auto& [key, value] : named.items()) {
    const std::string name = log_name(key, "named");
    const bool taken = name == "pass" || name == "score";
    add_scores(taken ? "named " + name : name, value, ScoreWords::kNone, "", "", item.scores);
  }
}

class PromptfooLog final : public ForeignLog {
 public:
  Result<void> open(const std::vector<std::string>& paths);
  [[nodiscard]] Result<void> read(const Take& take) const override;

 private:
  using ModelKey = std::pair<std::string, std::string>;  // provider, prompt
  Result<void> look_over();
  [[nodiscard]] Result<void> each(
      const std::function<Result<void>(const Json&, const std::string&)>& take) const;
  [[nodiscard]] size_t model_of(const Json& result) const;

  std::string path_;
  std::string text_;
  JsonSlices slices_;  // views of text_
  bool several_prompts_ = false;
  std::map<ModelKey, size_t> model_numbers_;
};

Result<void> PromptfooLog::open(const std::vector<std::string>& paths) {
  format = LogFormat::kPromptfoo;
  if (paths.size() != 1) {
    return input_error(paths.empty() ? "" : paths[1],
                       "results of promptfoo are imported one file at a time");
  }
  path_ = paths.front();
  ASSAY_TRY(text_, read_document(path_));
  ASSAY_TRY(slices_, slice_json(text_, {"results", "results"}, path_, kLogItemsMax));
  if (!slices_.found) {
    ASSAY_TRY(slices_, slice_json(text_, {"results"}, path_, kLogItemsMax));
  }
  if (!slices_.found) {
    return input_error(path_,
                       "has no list `results` or `results.results`, expected what `promptfoo "
                       "eval -o out.json` writes");
  }
  ASSAY_TRY(const Json head, parse_python_json(slices_.rest, path_));
  slices_.rest.clear();
  const Json& nested = member_or_null(head, "results");
  const Json& summary = nested.is_object() ? nested : head;
  const std::string version = text_at(member_or_null(head, "metadata"), "promptfooVersion");
  tool = version.empty() ? fmt::format("promptfoo (version not known, results version {})",
                                       std::max<int64_t>(1, tokens_at(summary, "version")))
                         : "promptfoo " + short_text(version, 60);
  utc = short_text(text_at(summary, "timestamp"), 40);
  const std::string title =
      log_name(text_at(member_or_null(head, "config"), "description"), "promptfoo results");
  suites.push_back({.name = std::string(kTool), .title = title});
  return look_over();
}

Result<void> PromptfooLog::each(
    const std::function<Result<void>(const Json&, const std::string&)>& take) const {
  for (size_t i = 0; i < slices_.elements.size(); ++i) {
    const std::string place = fmt::format("{}: results[{}]", path_, i);
    ASSAY_TRY(const Json result, parse_python_json(slices_.elements[i], place));
    if (!result.is_object()) {
      return input_error(place, fmt::format("is {}, expected an object", json_type_name(result)));
    }
    ASSAY_TRY_VOID(take(result, place));
  }
  return {};
}

// Names need to know whether there are several prompts.
Result<void> PromptfooLog::look_over() {
  std::set<std::string> prompts;
  std::set<std::string> types;
  ASSAY_TRY_VOID(each([&](const Json& result, const std::string& /*place*/) -> Result<void> {
    if (prompts.size() < kModelsMax) prompts.insert(prompt_label(result));
    for (const std::string& one : assertions_of(result)) {
      if (types.size() < kAssertionsMax) types.insert(one.substr(0, one.find(':')));
    }
    model_numbers_.try_emplace({provider_of(result), prompt_label(result)}, 0);
    if (model_numbers_.size() > kModelsMax) {
      return input_error(path_, fmt::format("more than {} providers and prompts", kModelsMax));
    }
    return {};
  }));
  several_prompts_ = prompts.size() > 1;
  for (auto& [key, number] : model_numbers_) {
    number = models.size();
    const std::string name = several_prompts_
                                 ? fmt::format("{} [{}]", key.first, short_text(key.second, 60))
                                 : key.first;
    const Json config{
        {"tool", kTool}, {"provider", key.first}, {"prompt", several_prompts_ ? key.second : ""}};
    models.push_back({.name = name,
                      .spec = "promptfoo:" + key.first,
                      .config = dump_json(config),
                      .version = tool});
  }
  // Two labels that begin alike.
  std::set<std::string> names;
  for (ForeignModel& model : models) {
    std::string name = model.name;
    for (int i = 2; !names.insert(name).second; ++i) name = fmt::format("{} #{}", model.name, i);
    model.name = name;
  }
  suites.front().scoring = dump_json(Json{{"tool", kTool}, {"assertions", types}});
  return {};
}

size_t PromptfooLog::model_of(const Json& result) const {
  const auto at = model_numbers_.find({provider_of(result), prompt_label(result)});
  return at == model_numbers_.end() ? 0 : at->second;
}

Result<void> PromptfooLog::read(const Take& take) const {
  // Tests with the same variables and assertions (`--repeat`) are repeats of one item.
  std::unordered_map<std::string, uint32_t> seen;
  return each([&](const Json& result, const std::string& place) -> Result<void> {
    ForeignItem item{.model = model_of(result), .suite = 0, .place = place};
    Sample sample;
    sample.targets = assertions_of(result);
    item.truth = truth_to_json(sample);
    HashBuilder hash;
    std::string shown = text_at(result, "description");
    if (shown.empty()) {
      shown = text_at(member_or_null(result, "testCase"), "description");
    }
    for (const auto& [key, value] : vars_of(result)) {
      hash.add(key).add(value);
      if (shown.empty()) shown = value;
    }
    hash.add(item.truth);
    const std::string digits = hash.finish().hex();
    item.id = log_name(short_text(shown, kIdTextBytesMax) + " " + digits.substr(0, kIdHashDigits),
                       digits);
    item.repeat = seen[fmt::format("{} {}", item.model, digits)]++;
    if (item.repeat >= kLogRepeatsMax) {
      return input_error(place, fmt::format("more than {} results of one test", kLogRepeatsMax));
    }
    item.request = request_of(result);
    Sample tagged;
    tagged.tags = tags_of(member_or_null(member_or_null(result, "testCase"), "metadata"));
    item.tags = tags_to_json(tagged);
    read_response(result, item);
    read_scores(result, item);
    return take(item);
  });
}

}  // namespace

Result<std::unique_ptr<ForeignLog>> open_promptfoo_results(const std::vector<std::string>& files) {
  auto log = std::make_unique<PromptfooLog>();
  ASSAY_TRY_VOID(log->open(files));
  return std::unique_ptr<ForeignLog>(std::move(log));
}

}  // namespace assay::suites
