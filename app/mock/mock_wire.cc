#include "app/mock/mock_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "app/mock/pseudo_model.h"
#include "harness/base/json.h"

namespace assay::app::mock {
namespace {

// What the mock's tool call says, in pieces as a server streams them; the first has the name.
constexpr std::string_view kToolName = "look_up";
constexpr std::array<std::string_view, 5> kToolPieces = {"", "{\"query\"", ": \"river ",
                                                         "stone\", \"limit\"", ": 7}"};

std::string_view reasoning_field(const MockOptions& options) {
  return options.reasoning.style == ReasoningMode::Style::kFieldOpenrouter ? "reasoning"
                                                                           : "reasoning_content";
}

int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

void append_pair(std::string& out, std::string_view key, std::string_view text) {
  append_json_string(out, key);
  out += ':';
  append_json_string(out, text);
}

std::vector<std::string_view> token_views(const ReplyPlan& plan, size_t first, size_t end) {
  std::vector<std::string_view> views;
  for (size_t i = first; i < end; ++i) views.push_back(plan.token(i));
  return views;
}

std::string_view id_prefix(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kChat:
      return "chatcmpl";
    case Endpoint::kCompletions:
      return "cmpl";
    case Endpoint::kMessages:
      return "msg";
  }
  return "";
}

std::string tool_arguments() {
  std::string arguments;
  for (const std::string_view piece : kToolPieces) arguments += piece;
  return arguments;
}

// {"token":" the","logprob":-1.5,"bytes":[32,116,104,101]
void append_token_object(std::string& out, std::string_view token, double logprob) {
  out += R"({"token":)";
  append_json_string(out, token);
  out += fmt::format(R"(,"logprob":{},"bytes":[)", logprob);
  for (size_t i = 0; i < token.size(); ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : ",", static_cast<unsigned char>(token[i]));
  }
  out += ']';
}

}  // namespace

ReplyWriter::ReplyWriter(const MockOptions& options, MockAsk ask, std::vector<ReplyPlan> plans,
                         uint64_t number, int64_t created_unix_s)
    : options_(&options),
      ask_(std::move(ask)),
      plans_(std::move(plans)),
      id_(fmt::format("{}-mock-{}", id_prefix(ask_.endpoint), number)),
      created_unix_s_(created_unix_s) {
  if (ask_.model.empty()) ask_.model = options.models.front();
  event_head_ =
      head(ask_.endpoint == Endpoint::kChat ? "chat.completion.chunk" : "text_completion");
  if (ask_.top_logprobs) place_ = start_of(0, ask_.echo);
  // A long prompt is not kept for nothing.
  if (!ask_.echo && !ask_.top_logprobs) {
    for (std::string& prompt : ask_.prompts) std::string().swap(prompt);
  }
}

size_t ReplyWriter::tool_pieces() const {
  const bool calls =
      ask_.endpoint != Endpoint::kCompletions && options_->tool_call != ToolCallMode::kNone;
  return calls ? kToolPieces.size() : 0;
}

std::string_view ReplyWriter::finish_reason(const ReplyPlan& plan) const {
  if (plan.length) return "length";
  return tool_pieces() > 0 ? "tool_calls" : "stop";
}

int64_t ReplyWriter::output_tokens() const {
  size_t tokens = tool_pieces();
  for (const ReplyPlan& plan : plans_) tokens += plan.size();
  return static_cast<int64_t>(tokens);
}

std::string ReplyWriter::head(std::string_view object) const {
  std::string out =
      fmt::format(R"({{"id":"{}","object":"{}","created":{},)", id_, object, created_unix_s_);
  append_pair(out, "model", ask_.model);
  return out + R"(,"system_fingerprint":"mock","choices":[)";
}

std::string ReplyWriter::message() const {
  const ReplyPlan& plan = plans_[0];
  const size_t apart = plan.separate ? plan.reasoning_tokens : 0;
  std::string out = fmt::format(R"({{"id":"{}","type":"message","role":"assistant",)", id_);
  append_pair(out, "model", ask_.model);
  out += R"(,"content":[)";
  if (apart > 0) {
    out += R"({"type":"thinking",)";
    append_pair(out, "thinking", plan.tokens(0, apart));
    out += R"(,"signature":"mock"},)";
  }
  if (tool_pieces() > 0) {
    out += fmt::format(R"({{"type":"tool_use","id":"call-{}","name":"{}","input":{}}},)", id_,
                       kToolName, tool_arguments());
  }
  if (tool_pieces() == 0 || plan.size() > apart) {
    out += R"({"type":"text",)";
    append_pair(out, "text", plan.tokens(apart, plan.size()));
    out += "},";
  }
  out.back() = ']';
  const std::string_view reason = plan.length         ? "max_tokens"
                                  : tool_pieces() > 0 ? "tool_use"
                                                      : "end_turn";
  out += fmt::format(R"(,"stop_reason":"{}","stop_sequence":null)", reason);
  if (options_->usage != UsageMode::kNo) {
    out += fmt::format(R"(,"usage":{{"input_tokens":{},"cache_creation_input_tokens":0,)"
                       R"("cache_read_input_tokens":0,"output_tokens":{}}})",
                       ask_.prompt_tokens, output_tokens());
  }
  return out + "}";
}

std::string ReplyWriter::whole() const {
  if (ask_.endpoint == Endpoint::kMessages) return message();
  const bool chat = ask_.endpoint == Endpoint::kChat;
  std::string out = head(chat ? "chat.completion" : "text_completion");
  if (chat) {
    out += chat_choice();
  } else {
    for (size_t i = 0; i < plans_.size(); ++i) {
      if (i > 0) out += ',';
      out += completion_choice(i);
    }
  }
  out += ']';
  if (options_->usage != UsageMode::kNo) {
    out += R"(,"usage":)";
    append_usage(output_tokens(), out);
  }
  return out + "}";
}

std::string ReplyWriter::chat_choice() const {
  const ReplyPlan& plan = plans_[0];
  const size_t apart = plan.separate ? plan.reasoning_tokens : 0;
  std::string out = R"({"index":0,"message":{"role":"assistant",)";
  if (tool_pieces() > 0 && plan.size() == apart) {
    out += R"("content":null)";
  } else {
    append_pair(out, "content", plan.tokens(apart, plan.size()));
  }
  if (tool_pieces() > 0) {
    out += fmt::format(
        R"(,"tool_calls":[{{"id":"call-{}","type":"function","function":{{"name":"{}","arguments":)",
        id_, kToolName);
    append_json_string(out, tool_arguments());
    out += "}}]";
  }
  if (apart > 0) {
    out += ',';
    append_pair(out, reasoning_field(*options_), plan.tokens(0, apart));
  }
  out += R"(},"logprobs":)";
  Place place = place_;
  append_logprobs(out, token_views(plan, apart, plan.size()), place);
  return out + fmt::format(R"(,"finish_reason":"{}"}})", finish_reason(plan));
}

std::string ReplyWriter::completion_choice(size_t index) const {
  const ReplyPlan& plan = plans_[index];
  const std::string_view prompt = ask_.echo ? std::string_view(ask_.prompts[index]) : "";
  std::vector<std::string_view> tokens = split_tokens(prompt);
  for (const std::string_view token : token_views(plan, 0, plan.size())) tokens.push_back(token);
  std::string out = "{";
  append_pair(out, "text", std::string(prompt) + plan.whole());
  out += fmt::format(R"(,"index":{},"logprobs":)", index);
  Place place = ask_.top_logprobs ? start_of(index, ask_.echo) : Place{};
  append_logprobs(out, tokens, place);
  return out + fmt::format(R"(,"finish_reason":"{}"}})", finish_reason(plan));
}

void ReplyWriter::end_event(size_t tokens, std::string& out) const {
  out += ']';
  if (has_continuous_usage()) {
    out += R"(,"usage":)";
    append_usage(static_cast<int64_t>(tokens), out);
  } else if (streams_usage()) {
    out += R"(,"usage":null)";
  }
  out += '}';
}

void ReplyWriter::role_event(std::string& out) const {
  out += event_head_;
  out += R"({"index":0,"delta":{"role":"assistant","content":""},)"
         R"("logprobs":null,"finish_reason":null})";
  end_event(0, out);
}

void ReplyWriter::echo_event(std::string& out) {
  out += event_head_;
  out += '{';
  append_pair(out, "text", ask_.prompts[0]);
  out += R"(,"index":0,"logprobs":)";
  append_logprobs(out, split_tokens(ask_.prompts[0]), place_);
  out += R"(,"finish_reason":null})";
  end_event(0, out);
}

void ReplyWriter::tool_event(size_t piece, std::string& out) const {
  out += event_head_;
  out += R"({"index":0,"delta":{"tool_calls":[{"index":0,)";
  if (piece == 0) {
    out += fmt::format(R"("id":"call-{}","type":"function","function":{{"name":"{}",)", id_,
                       kToolName);
  } else {
    out += R"("function":{)";
  }
  append_pair(out, "arguments", kToolPieces.at(piece));
  out += R"(}}]},"logprobs":null,"finish_reason":null})";
  end_event(piece + 1, out);
}

void ReplyWriter::chunk_event(size_t first_token, size_t end_token, std::string& out) {
  const ReplyPlan& plan = plans_[0];
  const bool thinks = plan.separate && first_token < plan.reasoning_tokens;
  out += event_head_;
  if (ask_.endpoint == Endpoint::kCompletions) {
    out += R"({"text":)";
  } else if (thinks) {
    out += R"({"index":0,"delta":{"content":null,)";
    append_json_string(out, reasoning_field(*options_));
    out += ':';
  } else {
    out += R"({"index":0,"delta":{"content":)";
  }
  if (end_token == first_token + 1) {
    append_json_string(out, plan.token(first_token));
  } else {
    append_json_string(out, plan.tokens(first_token, end_token));
  }
  out += ask_.endpoint == Endpoint::kCompletions ? R"(,"index":0,"logprobs":)" : R"(},"logprobs":)";
  if (thinks || !ask_.top_logprobs) {
    out += "null";
  } else {
    append_logprobs(out, token_views(plan, first_token, end_token), place_);
  }
  out += R"(,"finish_reason":null})";
  end_event(tool_pieces() + end_token, out);
}

void ReplyWriter::finish_event(std::string& out) const {
  const std::string_view what = ask_.endpoint == Endpoint::kChat ? R"("delta":{})" : R"("text":"")";
  out += event_head_;
  out += fmt::format(R"({{"index":0,{},"logprobs":null,"finish_reason":"{}"}})", what,
                     finish_reason(plans_[0]));
  end_event(static_cast<size_t>(output_tokens()), out);
}

bool ReplyWriter::has_continuous_usage() const {
  return options_->usage == UsageMode::kContinuous ||
         (options_->usage == UsageMode::kYes && ask_.include_usage && ask_.continuous_usage);
}

bool ReplyWriter::streams_usage() const {
  return options_->usage == UsageMode::kAlways || options_->usage == UsageMode::kContinuous ||
         (options_->usage == UsageMode::kYes && ask_.include_usage);
}

void ReplyWriter::usage_event(std::string& out) const {
  out += event_head_;
  out += R"(],"usage":)";
  append_usage(output_tokens(), out);
  out += '}';
}

void ReplyWriter::append_usage(int64_t tokens, std::string& out) const {
  fmt::format_to(std::back_inserter(out),
                 R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                 R"("prompt_tokens_details":{{"cached_tokens":0}})",
                 ask_.prompt_tokens, tokens, ask_.prompt_tokens + tokens);
  // A server that leaves reasoning in the text does not count it apart.
  if (plans_[0].separate) {
    const auto spoken = tokens - static_cast<int64_t>(tool_pieces());
    const auto thought = static_cast<int64_t>(plans_[0].reasoning_tokens);
    out += fmt::format(R"(,"completion_tokens_details":{{"reasoning_tokens":{}}})",
                       std::clamp(spoken, int64_t{0}, thought));
  }
  out += '}';
}

ReplyWriter::Place ReplyWriter::start_of(size_t index, bool of_prompt) const {
  if (of_prompt) return {kHashStart, 0, true};
  const std::string& prompt = ask_.prompts[index];
  return {hash_text(prompt), code_points(prompt), false};
}

void ReplyWriter::append_logprobs(std::string& out, const std::vector<std::string_view>& tokens,
                                  Place& place) const {
  if (!ask_.top_logprobs) {
    out += "null";
    return;
  }
  if (ask_.endpoint == Endpoint::kChat) {
    append_chat_logprobs(out, tokens, place);
  } else {
    append_text_logprobs(out, tokens, place);
  }
}

void ReplyWriter::append_chat_logprobs(std::string& out,
                                       const std::vector<std::string_view>& tokens,
                                       Place& place) const {
  out += R"({"content":[)";
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) out += ',';
    append_token_object(out, tokens[i], token_logprob(place.hash, tokens[i]));
    out += R"(,"top_logprobs":[)";
    std::string_view comma;
    for (const auto& [token, logprob] :
         top_logprobs(place.hash, tokens[i], static_cast<size_t>(*ask_.top_logprobs))) {
      out += comma;
      append_token_object(out, token, logprob);
      out += '}';
      comma = ",";
    }
    out += "]}";
    place.hash = hash_text(tokens[i], place.hash);
  }
  out += R"(],"refusal":null})";
}

void ReplyWriter::append_text_logprobs(std::string& out,
                                       const std::vector<std::string_view>& tokens,
                                       Place& place) const {
  std::string names;
  std::string values;
  std::string tops;
  std::string offsets;
  for (const std::string_view token : tokens) {
    const std::string_view comma = names.empty() ? "" : ",";
    names += comma;
    append_json_string(names, token);
    offsets += fmt::format("{}{}", comma, place.offset);
    values += comma;
    tops += comma;
    if (std::exchange(place.at_start, false)) {
      values += "null";
      tops += "null";
    } else {
      values += fmt::format("{}", token_logprob(place.hash, token));
      append_top(tops, place.hash, token);
    }
    place.offset += code_points(token);
    place.hash = hash_text(token, place.hash);
  }
  out += fmt::format(
      R"({{"tokens":[{}],"token_logprobs":[{}],"top_logprobs":[{}],"text_offset":[{}]}})", names,
      values, tops, offsets);
}

// The token itself is always there, as in the API ("up to logprobs+1 elements").
void ReplyWriter::append_top(std::string& out, uint64_t hash, std::string_view token) const {
  auto best = top_logprobs(hash, token, static_cast<size_t>(*ask_.top_logprobs));
  const bool listed =
      std::any_of(best.begin(), best.end(), [&](const auto& each) { return each.first == token; });
  if (!listed) best.emplace_back(token, token_logprob(hash, token));
  out += '{';
  for (size_t i = 0; i < best.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, best[i].first);
    out += fmt::format(":{}", best[i].second);
  }
  out += '}';
}

}  // namespace assay::app::mock
