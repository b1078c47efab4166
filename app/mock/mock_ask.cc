#include "app/mock/mock_ask.h"

#include <fmt/format.h>

#include "app/mock/mock_options.h"
#include "app/mock/pseudo_model.h"
#include "harness/base/json.h"

namespace assay::app::mock {
namespace {

// Tokens that a picture counts for.
constexpr int64_t kImageTokens = 85;

using MaybeRefusal = std::optional<Refusal>;

Refusal bad(std::string message) {
  return {400, "invalid_request_error", "invalid_value", std::move(message)};
}

int64_t count_tokens(std::string_view text) {
  return static_cast<int64_t>(token_ends(text).size());
}

MaybeRefusal read_flag(const Json& object, std::string_view key, bool& out) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_boolean()) return bad(fmt::format("`{}` is not true or false", key));
  out = value->get<bool>();
  return {};
}

MaybeRefusal read_count(const Json& object, std::string_view key, int64_t max,
                        std::optional<int64_t>& out) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) return {};
  const bool fits = value->is_number_unsigned()
                        ? value->get<uint64_t>() <= static_cast<uint64_t>(max)
                        : value->is_number_integer() && value->get<int64_t>() >= 0;
  if (!fits) return bad(fmt::format("`{}` is not an integer 0..{}", key, max));
  out = value->get<int64_t>();
  return {};
}

MaybeRefusal read_stop(const Json& body, MockAsk& ask) {
  const Json* stop =
      find_member(body, ask.endpoint == Endpoint::kMessages ? "stop_sequences" : "stop");
  if (stop == nullptr || stop->is_null()) return {};
  if (stop->is_string()) {
    ask.stop.push_back(stop->get<std::string>());
    return {};
  }
  if (!stop->is_array()) return bad("`stop` is neither a string nor a list of strings");
  for (const Json& each : *stop) {
    if (!each.is_string()) return bad("`stop` holds something that is not a string");
    ask.stop.push_back(each.get<std::string>());
  }
  return {};
}

// A message's content: a string, nothing, or a list of parts.
MaybeRefusal read_content(const Json& message, MockAsk& ask, std::string& text) {
  const Json* content = find_member(message, "content");
  if (content == nullptr || content->is_null()) return {};
  if (content->is_string()) {
    text = content->get<std::string>();
    return {};
  }
  if (!content->is_array()) return bad("a message's `content` is neither text nor parts");
  for (const Json& part : *content) {
    const Json* type = find_member(part, "type");
    if (type == nullptr || !type->is_string()) return bad("a part of a message has no `type`");
    if (*type == "text") {
      const Json* words = find_member(part, "text");
      if (words == nullptr || !words->is_string()) return bad("a text part has no `text`");
      text += words->get<std::string>();
    } else if (*type == "image_url") {
      const Json* image = find_member(part, "image_url");
      const Json* url = image == nullptr ? nullptr : find_member(*image, "url");
      if (url == nullptr || !url->is_string()) return bad("an image part has no `image_url.url`");
      ++ask.images;
    } else if (*type == "image" && ask.endpoint == Endpoint::kMessages) {
      if (find_member(part, "source") == nullptr) return bad("an image part has no `source`");
      ++ask.images;
    } else {
      return bad(fmt::format("a part of type `{}` is not known", type->dump()));
    }
  }
  return {};
}

MaybeRefusal read_messages(const Json& body, MockAsk& ask) {
  const Json* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    return bad("`messages` is not a list with at least one message");
  }
  ask.prompts.assign(1, "");
  for (const Json& message : *messages) {
    const Json* role = find_member(message, "role");
    if (role == nullptr || !role->is_string()) return bad("a message has no `role`");
    std::string text;
    if (auto refusal = read_content(message, ask, text)) return refusal;
    ask.prompt_tokens += count_tokens(text);
    if (*role == "user") ask.prompts[0] = std::move(text);
  }
  ask.prompt_tokens += ask.images * kImageTokens;
  return {};
}

// What Anthropic's API asks for beside the messages: a limit, and the system's text, which has a
// message's form.
MaybeRefusal read_message_members(const Json& body, MockAsk& ask) {
  if (!ask.max_tokens) return bad("max_tokens: Field required");
  if (ask.stream) return bad("this server gives whole messages only: leave `stream` out");
  if (const Json* system = find_member(body, "system"); system != nullptr) {
    std::string text;
    if (auto refusal = read_content(Json{{"content", *system}}, ask, text)) return refusal;
    ask.prompt_tokens += count_tokens(text);
  }
  return {};
}

MaybeRefusal read_prompts(const Json& body, MockAsk& ask) {
  const Json* prompt = find_member(body, "prompt");
  if (prompt != nullptr && prompt->is_string()) {
    ask.prompts.push_back(prompt->get<std::string>());
  } else if (prompt != nullptr && prompt->is_array() && !prompt->empty()) {
    if (prompt->size() > MockAsk::kPromptsMax) {
      return bad(fmt::format("more than {} prompts", MockAsk::kPromptsMax));
    }
    for (const Json& each : *prompt) {
      if (!each.is_string()) return bad("prompts are strings here; token ids are not known");
      ask.prompts.push_back(each.get<std::string>());
    }
  } else {
    return bad("`prompt` is neither a string nor a list of strings");
  }
  for (const std::string& each : ask.prompts) ask.prompt_tokens += count_tokens(each);
  if (ask.stream && ask.prompts.size() > 1) return bad("a stream answers one prompt");
  return {};
}

MaybeRefusal read_logprobs(const Json& body, MockAsk& ask) {
  if (ask.endpoint == Endpoint::kMessages) return {};  // it has none
  if (ask.endpoint == Endpoint::kCompletions) {
    return read_count(body, "logprobs", MockAsk::kTopLogprobsMax, ask.top_logprobs);
  }
  bool wanted = false;
  if (auto refusal = read_flag(body, "logprobs", wanted)) return refusal;
  std::optional<int64_t> top;
  if (auto refusal = read_count(body, "top_logprobs", MockAsk::kTopLogprobsMax, top)) {
    return refusal;
  }
  if (wanted) ask.top_logprobs = top.value_or(0);
  return {};
}

MaybeRefusal read_members(const Json& body, MockAsk& ask) {
  if (const Json* model = find_member(body, "model"); model != nullptr) {
    if (!model->is_string()) return bad("`model` is not a string");
    ask.model = model->get<std::string>();
  }
  if (auto refusal = read_flag(body, "stream", ask.stream)) return refusal;
  if (auto refusal = read_flag(body, "echo", ask.echo)) return refusal;
  if (auto refusal = read_flag(body, "ignore_eos", ask.ignore_eos)) return refusal;
  if (const Json* options = find_member(body, "stream_options"); options != nullptr) {
    if (auto refusal = read_flag(*options, "include_usage", ask.include_usage)) return refusal;
    if (auto refusal = read_flag(*options, "continuous_usage_stats", ask.continuous_usage)) {
      return refusal;
    }
  }
  std::optional<int64_t> n;
  for (const char* key : {"max_tokens", "max_completion_tokens"}) {
    if (auto refusal = read_count(body, key, kTokensMax, ask.max_tokens)) return refusal;
  }
  if (auto refusal = read_count(body, "n", 1, n)) return refusal;
  if (auto refusal = read_logprobs(body, ask)) return refusal;
  return read_stop(body, ask);
}

}  // namespace

std::string error_json(const Refusal& refusal) {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, refusal.message);
  out += R"(,"type":)";
  append_json_string(out, refusal.type);
  out += R"(,"param":null,"code":)";
  append_json_string(out, refusal.code);
  return out + "}}";
}

std::string message_error_json(const Refusal& refusal) {
  const std::string_view type = refusal.status == 401   ? "authentication_error"
                                : refusal.status == 404 ? "not_found_error"
                                : refusal.status == 429 ? "rate_limit_error"
                                : refusal.status >= 500 ? "api_error"
                                                        : "invalid_request_error";
  std::string out = fmt::format(R"({{"type":"error","error":{{"type":"{}","message":)", type);
  append_json_string(out, refusal.message);
  return out + "}}";
}

std::optional<Refusal> read_ask(std::string_view body, Endpoint endpoint, MockAsk& ask) {
  const Result<Json> parsed = parse_json(body, "body");
  if (!parsed) return bad("the body is not JSON: " + parsed.error().text());
  if (!parsed->is_object()) return bad("the body is not a JSON object");
  ask.endpoint = endpoint;
  if (auto refusal = read_members(*parsed, ask)) return refusal;
  if (endpoint == Endpoint::kCompletions) return read_prompts(*parsed, ask);
  if (endpoint == Endpoint::kMessages) {
    if (auto refusal = read_message_members(*parsed, ask)) return refusal;
  }
  return read_messages(*parsed, ask);
}

}  // namespace assay::app::mock
