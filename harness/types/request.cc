#include "harness/types/request.h"

#include "harness/base/json.h"

namespace assay {
namespace {

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
}

void append_strings(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, texts[i]);
  }
  out += ']';
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  append_json_string(out, text);
}

void append_images(std::string& out, const std::vector<Image>& images) {
  out += '[';
  for (size_t i = 0; i < images.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    append_key(out, "path");
    append_json_string(out, images[i].path);
    append_key(out, "media_type");
    append_json_string(out, images[i].media_type);
    if (!images[i].sha256.empty()) {
      append_key(out, "sha256");
      append_json_string(out, images[i].sha256);
    }
    out += '}';
  }
  out += ']';
}

void append_message(std::string& out, const Message& message) {
  out += '{';
  append_key(out, "role");
  append_json_string(out, message.role);
  append_key(out, "content");
  append_json_string(out, message.text);
  if (!message.images.empty()) {
    append_key(out, "images");
    append_images(out, message.images);
  }
  if (!message.tool_calls.empty()) {
    append_key(out, "tool_calls");
    out += tool_calls_to_json(message.tool_calls);
  }
  if (!message.tool_call_id.empty()) append_member(out, "tool_call_id", message.tool_call_id);
  out += '}';
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  out += '[';
  for (size_t i = 0; i < tools.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    append_member(out, "name", tools[i].name);
    append_member(out, "description", tools[i].description);
    append_member(out, "parameters", tools[i].parameters);
    out += '}';
  }
  out += ']';
}

void append_params(std::string& out, const GenerationParams& params) {
  out += '{';
  const auto number = [&](std::string_view key, auto value) {
    append_key(out, key);
    out += fmt::format("{}", value);
  };
  if (params.max_tokens) number("max_tokens", *params.max_tokens);
  if (params.temperature) number("temperature", *params.temperature);
  if (params.top_p) number("top_p", *params.top_p);
  if (params.seed) number("seed", *params.seed);
  if (params.top_k) number("top_k", *params.top_k);
  if (params.min_p) number("min_p", *params.min_p);
  if (params.presence_penalty) number("presence_penalty", *params.presence_penalty);
  if (params.frequency_penalty) number("frequency_penalty", *params.frequency_penalty);
  if (!params.stop.empty()) {
    append_key(out, "stop");
    append_strings(out, params.stop);
  }
  out += '}';
}

// A text alone stands for itself; with a context of its own it is an object.
void append_continuations(std::string& out, const std::vector<Continuation>& continuations) {
  out += '[';
  for (size_t i = 0; i < continuations.size(); ++i) {
    if (i > 0) out += ',';
    const Continuation& one = continuations[i];
    if (!one.context) {
      append_json_string(out, one.text);
      continue;
    }
    out += '{';
    append_member(out, "context", *one.context);
    append_member(out, "text", one.text);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string request_to_json(const Request& request) {
  std::string out = "{";
  append_key(out, "messages");
  out += '[';
  for (size_t i = 0; i < request.messages.size(); ++i) {
    if (i > 0) out += ',';
    append_message(out, request.messages[i]);
  }
  out += ']';
  if (!request.choices.empty()) {
    append_key(out, "choices");
    append_strings(out, request.choices);
  }
  std::string params;
  append_params(params, request.params);
  if (params != "{}") {
    append_key(out, "params");
    out += params;
  }
  if (!request.tools.empty()) {
    append_key(out, "tools");
    append_tools(out, request.tools);
  }
  if (!request.tool_choice.empty()) append_member(out, "tool_choice", request.tool_choice);
  if (!request.continuations.empty()) {
    append_key(out, "continuations");
    append_continuations(out, request.continuations);
  }
  out += '}';
  return out;
}

}  // namespace assay
