#include "harness/types/response.h"

#include <array>
#include <utility>

#include "harness/base/json.h"

namespace assay {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 14> kNames{{
    {Outcome::kOk, "ok"},
    {Outcome::kLength, "length"},
    {Outcome::kCutOffWhileThinking, "cut_off_while_thinking"},
    {Outcome::kRefused, "refused"},
    {Outcome::kRateLimited, "rate_limited"},
    {Outcome::kServerError, "server_error"},
    {Outcome::kConnectError, "connect_error"},
    {Outcome::kTimeout, "timeout"},
    {Outcome::kTruncated, "truncated"},
    {Outcome::kMalformed, "malformed"},
    {Outcome::kCrashed, "crashed"},
    {Outcome::kRejected, "rejected"},
    {Outcome::kDenied, "denied"},
    {Outcome::kCancelled, "cancelled"},
}};

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  return kNames[static_cast<size_t>(outcome)].second;
}

std::optional<Outcome> outcome_from_name(std::string_view name) {
  for (const auto& [outcome, text] : kNames) {
    if (text == name) return outcome;
  }
  return std::nullopt;
}

std::string_view usage_source_name(UsageSource source) {
  constexpr std::array<std::string_view, 4> kSources{"missing", "reported", "split_estimated",
                                                     "contradictory"};
  return kSources[static_cast<size_t>(source)];
}

namespace {

constexpr std::array<std::pair<std::string_view, int64_t Usage::*>, 6> kRareBuckets{{
    {"cache_write_hour", &Usage::cache_write_hour_tokens},
    {"image", &Usage::image_tokens},
    {"audio", &Usage::audio_tokens},
    {"cached_audio", &Usage::cached_audio_tokens},
    {"image_output", &Usage::image_output_tokens},
    {"audio_output", &Usage::audio_output_tokens},
}};

}  // namespace

std::string rare_usage_to_json(const Usage& usage) {
  std::string out;
  for (const auto& [name, bucket] : kRareBuckets) {
    if (usage.*bucket < 0) continue;
    out += out.empty() ? "{" : ",";
    out += '"';
    out += name;
    out += "\":" + std::to_string(usage.*bucket);
  }
  return out.empty() ? out : out + "}";
}

void rare_usage_from_json(std::string_view text, Usage& usage) {
  const Result<Json> json = parse_json(std::string(text), "usage");
  if (!json || !json->is_object()) return;
  for (const auto& [name, bucket] : kRareBuckets) {
    const auto it = json->find(std::string(name));
    if (it != json->end() && it->is_number_integer() && *it >= 0)
      usage.*bucket = it->get<int64_t>();
  }
}

bool is_answer(Outcome outcome) { return outcome <= Outcome::kRefused; }

bool is_retryable(Outcome outcome) {
  return outcome >= Outcome::kRateLimited && outcome <= Outcome::kCrashed;
}

std::string tool_calls_to_json(const std::vector<ToolCall>& calls) {
  Json out = Json::array();
  for (const ToolCall& call : calls) {
    out.push_back({{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  }
  return dump_json(out);
}

std::string loglikelihoods_to_json(const std::vector<Loglikelihood>& values) {
  Json list = Json::array();
  for (const Loglikelihood& value : values)
    list.push_back({{"sum", value.sum}, {"greedy", value.greedy}, {"tokens", value.tokens}});
  return dump_json(list);
}

std::vector<ToolCall> tool_calls_from_json(const std::string& text) {
  const Result<Json> json = parse_json(text, "tool calls");
  std::vector<ToolCall> calls;
  if (!json || !json->is_array()) return calls;
  for (const Json& one : *json) {
    const Result<std::string> id = get_string(one, "id", "");
    const Result<std::string> name = get_string(one, "name", "");
    const Result<std::string> arguments = get_string(one, "arguments", "");
    if (id && name && arguments) calls.push_back({*id, *name, *arguments});
  }
  return calls;
}

std::vector<Loglikelihood> loglikelihoods_from_json(const std::string& text) {
  const Result<Json> json = parse_json(text, "log-likelihoods");
  std::vector<Loglikelihood> values;
  if (!json || !json->is_array()) return values;
  for (const Json& one : *json) {
    const Result<double> sum = get_number(one, "sum", "");
    const Result<int64_t> tokens = get_integer(one, "tokens", "");
    const Json* greedy = find_member(one, "greedy");
    // A list with a hole would give values to the wrong continuations.
    if (!sum || !tokens || greedy == nullptr || !greedy->is_boolean()) return {};
    values.push_back({*sum, greedy->get<bool>(), *tokens});
  }
  return values;
}

}  // namespace assay
