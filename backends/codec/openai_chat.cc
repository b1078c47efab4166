#include "backends/codec/openai_chat.h"

#include "backends/codec/openai_choices.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

void append_content(std::string& out, const Message& message) {
  if (message.images.empty()) {
    append_json_string(out, message.text);
    return;
  }
  out += '[';
  if (!message.text.empty()) {
    ObjectWriter part(out);
    part.text("type", "text");
    part.text("text", message.text);
    part.end();
  }
  for (const Image& image : message.images) {
    if (out.back() != '[') out += ',';
    out += R"({"type":"image_url","image_url":{"url":)";
    append_image_data_url(out, image);
    out += "}}";
  }
  out += ']';
}

void append_tool_calls(std::string& out, const std::vector<ToolCall>& calls) {
  out += '[';
  for (const ToolCall& call : calls) {
    if (out.back() != '[') out += ',';
    ObjectWriter writer(out);
    writer.text("id", call.id);
    writer.text("type", "function");
    ObjectWriter function(writer.key("function"));
    function.text("name", call.name);
    function.text("arguments", call.arguments);
    function.end();
    writer.end();
  }
  out += ']';
}

void append_message(std::string& out, const Message& message) {
  ObjectWriter writer(out);
  writer.text("role", message.role);
  if (!message.tool_call_id.empty()) writer.text("tool_call_id", message.tool_call_id);
  const bool only_calls =
      !message.tool_calls.empty() && message.text.empty() && message.images.empty();
  if (only_calls) {
    writer.raw("content", "null");
  } else {
    append_content(writer.key("content"), message);
  }
  if (!message.tool_calls.empty()) append_tool_calls(writer.key("tool_calls"), message.tool_calls);
  writer.end();
}

void append_messages(std::string& out, const std::vector<Message>& messages) {
  out += '[';
  for (const Message& message : messages) {
    if (out.back() != '[') out += ',';
    append_message(out, message);
  }
  out += ']';
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  out += '[';
  for (const Tool& tool : tools) {
    if (out.back() != '[') out += ',';
    ObjectWriter writer(out);
    writer.text("type", "function");
    ObjectWriter function(writer.key("function"));
    function.text("name", tool.name);
    if (!tool.description.empty()) function.text("description", tool.description);
    append_tool_parameters(function.key("parameters"), tool);
    function.end();
    writer.end();
  }
  out += ']';
}

void write_tool_choice(BodyWriter& body, const std::string& choice) {
  if (choice.empty()) return;
  if (choice == "auto" || choice == "none" || choice == "required") {
    body.text("tool_choice", choice);
    return;
  }
  std::string& out = body.key("tool_choice");
  out += R"({"type":"function","function":{"name":)";
  append_json_string(out, choice);
  out += "}}";
}

}  // namespace

std::string ChatCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  body.text("model", options_.model);
  append_messages(body.key("messages"), request.messages);
  const GenerationParams params = merged_params(options_.params, request.params);
  if (params.max_tokens) body.number(options_.max_tokens_field, *params.max_tokens);
  write_sampling(body, params);
  if (!options_.reasoning_effort.empty()) body.text("reasoning_effort", options_.reasoning_effort);
  if (!request.tools.empty()) {
    append_tools(body.key("tools"), request.tools);
    write_tool_choice(body, request.tool_choice);
  }
  if (options_.stream) {
    body.boolean("stream", true);
    if (options_.stream_usage) body.raw("stream_options", R"({"include_usage":true})");
  }
  return body.take();
}

std::unique_ptr<Decoder> ChatCodec::decoder() const {
  return std::make_unique<ChoicesDecoder>(options_);
}

std::optional<std::string> ChatCodec::refuses(const Request& request) const {
  if (request.continuations.empty()) return std::nullopt;
  return "a log-likelihood cannot be asked of a chat format: use openai-completions";
}

}  // namespace assay::backends
