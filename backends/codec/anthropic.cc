#include "backends/codec/anthropic.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "backends/codec/request_parts.h"
#include "backends/codec/wire_decoder.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr int64_t kTokensMax = int64_t{1} << 40;  // so that no sum overflows

FinishKind kind_of(std::string_view stop_reason) {
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded")
    return FinishKind::kLength;
  if (stop_reason == "tool_use") return FinishKind::kToolCalls;
  if (stop_reason == "refusal") return FinishKind::kRefusal;
  return FinishKind::kStop;  // end_turn, stop_sequence, pause_turn, and what is yet to come
}

class AnthropicDecoder final : public WireDecoder {
 public:
  using WireDecoder::WireDecoder;

 private:
  void event(std::string_view, std::string_view data, const ChunkStamp& at) override {
    if (data == "[DONE]") return reply().terminal();  // of servers that only speak the format
    if (const std::optional<Json> parsed = parse(data)) message_event(*parsed, at);
  }

  void document(const Json& body, const ChunkStamp& at) override {
    if (take_error(body, reply())) return;
    const Json* content = list_member(body, "content");
    if (content == nullptr) return reply().malformed("neither a message nor an error");
    for (size_t i = 0; i < content->size(); ++i)
      whole_block((*content)[i], static_cast<int64_t>(i), at);
    head(body);
    stopped(body);
  }

  void message_event(const Json& event, const ChunkStamp& at) {
    const std::string_view type = text_member(event, "type");
    if (type == "content_block_delta") {
      block_delta(event, at);
    } else if (type == "content_block_start") {
      if (const Json* block = object_member(event, "content_block"))
        block_start(*block, count_member(event, "index"), at);
    } else if (type == "content_block_stop") {
      block_stop(count_member(event, "index"), at);
    } else if (type == "message_start") {
      if (const Json* message = object_member(event, "message")) head(*message);
    } else if (type == "message_delta") {
      usage(event);
      if (const Json* delta = object_member(event, "delta")) stopped(*delta);
    } else if (type == "message_stop") {
      reply().terminal();
    } else if (type == "error" || member(event, "error") != nullptr) {
      take_error(event, reply());
    } else if (type.empty()) {
      reply().malformed("an event without a type");
    }
  }

  void head(const Json& message) {
    reply().response_id(text_member(message, "id"));
    reply().served_model(text_member(message, "model"));
    usage(message);
  }

  // `holder` has stop_reason: the message itself, or the delta of message_delta.
  void stopped(const Json& holder) {
    if (const std::string_view reason = text_member(holder, "stop_reason"); !reason.empty())
      reply().finished(reason, kind_of(reason));
    if (const Json* details = object_member(holder, "stop_details"))
      reply().details(dump_json(Json{{"stop_details", *details}}));
  }

  void usage(const Json& holder) {
    const Json* usage = object_member(holder, "usage");
    if (usage == nullptr) return;
    UsageReader in(*usage);
    UsageCounts counts;
    counts.input_total = in.count("input_tokens");
    counts.cached = in.count("cache_read_input_tokens");
    counts.cache_write = in.count("cache_creation_input_tokens");
    counts.cache_write_minutes = in.count("cache_creation", "ephemeral_5m_input_tokens");
    counts.cache_write_hour = in.count("cache_creation", "ephemeral_1h_input_tokens");
    counts.output_total = in.count("output_tokens");
    counts.reasoning = in.count("output_tokens_details", "thinking_tokens");
    counts.input_excludes_cache = true;
    counts.fault = in.fault();
    reply().usage(counts);
  }

  void block_start(const Json& block, int64_t index, const ChunkStamp& at) {
    const std::string_view type = text_member(block, "type");
    if (type == "tool_use") {
      const size_t ordinal = tool_count_++;
      tools_[index] = {ordinal, false};
      reply().tool_call(ordinal, text_member(block, "id"), text_member(block, "name"), {}, at);
    } else if (type == "text") {
      reply().answer(text_member(block, "text"), at);
    } else if (type == "thinking") {
      reply().reasoning(text_member(block, "thinking"), at);
    }
  }

  void block_delta(const Json& event, const ChunkStamp& at) {
    const Json* delta = object_member(event, "delta");
    if (delta == nullptr) return;
    const std::string_view type = text_member(*delta, "type");
    if (type == "text_delta") {
      reply().answer(text_member(*delta, "text"), at);
    } else if (type == "thinking_delta") {
      reply().reasoning(text_member(*delta, "thinking"), at);
    } else if (type == "input_json_delta") {
      const auto tool = tools_.find(count_member(event, "index"));
      const std::string_view part = text_member(*delta, "partial_json");
      if (tool == tools_.end() || part.empty()) return;
      tool->second.has_arguments = true;
      reply().tool_call(tool->second.ordinal, {}, {}, part, at);
    }
  }

  // A call without arguments comes as a block without a part of them.
  void block_stop(int64_t index, const ChunkStamp& at) {
    const auto tool = tools_.find(index);
    if (tool == tools_.end() || tool->second.has_arguments) return;
    tool->second.has_arguments = true;
    reply().tool_call(tool->second.ordinal, {}, {}, "{}", at);
  }

  void whole_block(const Json& block, int64_t index, const ChunkStamp& at) {
    block_start(block, index, at);
    const auto tool = tools_.find(index);
    if (tool == tools_.end()) return;
    const Json* input = object_member(block, "input");
    reply().tool_call(tool->second.ordinal, {}, {}, input != nullptr ? dump_json(*input) : "{}",
                      at);
  }

  struct ToolBlock {
    size_t ordinal = 0;  // among the tool calls
    bool has_arguments = false;
  };
  std::map<int64_t, ToolBlock> tools_;  // by the index of their block
  size_t tool_count_ = 0;
};

void append_images(ListWriter& blocks, const Message& message) {
  for (const Image& image : message.images) {
    ObjectWriter block(blocks.item());
    block.text("type", "image");
    ObjectWriter source(block.key("source"));
    source.text("type", "base64");
    source.text("media_type", image.media_type);
    append_image_base64(source.key("data"), image);
    source.end();
    block.end();
  }
}

void append_text(ListWriter& blocks, std::string_view text) {
  if (text.empty()) return;  // the API refuses an empty block
  ObjectWriter block(blocks.item());
  block.text("type", "text");
  block.text("text", text);
  block.end();
}

void append_tool_uses(ListWriter& blocks, const Message& message) {
  for (const ToolCall& call : message.tool_calls) {
    ObjectWriter block(blocks.item());
    block.text("type", "tool_use");
    block.text("id", call.id);
    block.text("name", call.name);
    append_arguments(block.key("input"), call.arguments);
    block.end();
  }
}

void append_tool_result(ListWriter& blocks, const Message& message) {
  ObjectWriter block(blocks.item());
  block.text("type", "tool_result");
  block.text("tool_use_id", message.tool_call_id);
  if (message.images.empty()) {
    block.text("content", message.text);
  } else {
    ListWriter content(block.key("content"));
    append_images(content, message);
    append_text(content, message.text);
    content.end();
  }
  block.end();
}

// Replies of tools that follow each other go into one message: the API wants all of a turn there.
size_t append_tool_results(ListWriter& turns, const std::vector<Message>& messages, size_t i) {
  ObjectWriter turn(turns.item());
  turn.text("role", "user");
  ListWriter blocks(turn.key("content"));
  for (; i < messages.size() && messages[i].role == "tool"; ++i)
    append_tool_result(blocks, messages[i]);
  blocks.end();
  turn.end();
  return i;
}

void append_turn(ListWriter& turns, const Message& message) {
  ObjectWriter turn(turns.item());
  turn.text("role", message.role);
  if (message.images.empty() && message.tool_calls.empty()) {
    turn.text("content", message.text);
  } else {
    ListWriter blocks(turn.key("content"));
    append_images(blocks, message);
    append_text(blocks, message.text);
    append_tool_uses(blocks, message);
    blocks.end();
  }
  turn.end();
}

void append_turns(std::string& out, const std::vector<Message>& messages) {
  ListWriter turns(out);
  for (size_t i = 0; i < messages.size();) {
    if (messages[i].role == "tool") {
      i = append_tool_results(turns, messages, i);
      continue;
    }
    if (messages[i].role != "system") append_turn(turns, messages[i]);
    ++i;
  }
  turns.end();
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  ListWriter list(out);
  for (const Tool& tool : tools) {
    ObjectWriter entry(list.item());
    entry.text("name", tool.name);
    if (!tool.description.empty()) entry.text("description", tool.description);
    append_tool_parameters(entry.key("input_schema"), tool);
    entry.end();
  }
  list.end();
}

void append_tool_choice(std::string& out, std::string_view choice) {
  ObjectWriter object(out);
  if (choice == "auto" || choice == "none") {
    object.text("type", choice);
  } else if (choice == "required") {
    object.text("type", "any");
  } else {
    object.text("type", "tool");
    object.text("name", choice);
  }
  object.end();
}

void append_sampling(BodyWriter& body, const GenerationParams& params, bool thinking) {
  constexpr double kTopPWithThinking = 0.95;  // the least that the API takes beside thinking
  if (params.temperature && !thinking) body.number("temperature", *params.temperature);
  if (params.top_p && (!thinking || *params.top_p >= kTopPWithThinking))
    body.number("top_p", *params.top_p);
  if (params.top_k && !thinking) body.number("top_k", *params.top_k);
  if (!params.stop.empty()) body.texts("stop_sequences", params.stop);
}

void append_thinking(BodyWriter& body, const WireOptions& options) {
  if (options.thinking_budget >= 0) {
    ObjectWriter thinking(body.key("thinking"));
    thinking.text("type", options.thinking_budget > 0 ? "enabled" : "disabled");
    if (options.thinking_budget > 0) thinking.number("budget_tokens", options.thinking_budget);
    thinking.end();
  }
  if (options.reasoning_effort.empty()) return;
  ObjectWriter config(body.key("output_config"));
  config.text("effort", options.reasoning_effort);
  config.end();
}

// The thinking counts in max_tokens, which must be larger than its budget.
int64_t max_tokens(const WireOptions& options, const GenerationParams& params) {
  const int64_t otherwise =
      options.max_tokens_default > 0 ? options.max_tokens_default : kAnthropicMaxTokens;
  const int64_t limit = std::min(params.max_tokens.value_or(otherwise), kTokensMax);
  const int64_t budget = std::min(options.thinking_budget, kTokensMax);
  return budget > 0 && limit <= budget ? limit + budget : limit;
}

}  // namespace

std::string AnthropicCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  const GenerationParams params = merged_params(options_.params, request.params);
  BodyWriter body(extra_);
  body.text("model", options_.model);
  body.number("max_tokens", max_tokens(options_, params));
  if (const std::string system = system_text(request); !system.empty()) body.text("system", system);
  append_turns(body.key("messages"), request.messages);
  if (!request.tools.empty()) {
    append_tools(body.key("tools"), request.tools);
    if (!request.tool_choice.empty())
      append_tool_choice(body.key("tool_choice"), request.tool_choice);
  }
  append_sampling(body, params, options_.thinking_budget > 0);
  append_thinking(body, options_);
  if (options_.stream) body.boolean("stream", true);
  return body.take();
}

std::unique_ptr<Decoder> AnthropicCodec::decoder() const {
  return std::make_unique<AnthropicDecoder>(options_);
}

std::optional<std::string> AnthropicCodec::refuses(const Request& request) const {
  if (!request.continuations.empty()) return no_loglikelihood("anthropic");
  return bad_tool_schema(request);
}

}  // namespace assay::backends
