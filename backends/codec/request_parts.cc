#include "backends/codec/request_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/json.h"

namespace assay::backends {
namespace {

bool is_object(std::string_view text) {
  const Result<Json> parsed = parse_json(text, "arguments");
  return parsed.has_value() && parsed.value().is_object();
}

}  // namespace

std::string system_text(const Request& request) {
  std::string text;
  for (const Message& message : request.messages) {
    if (message.role != "system") continue;
    if (!text.empty()) text += "\n\n";
    text += message.text;
  }
  return text;
}

void append_arguments(std::string& out, std::string_view arguments) {
  if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    out += "{}";
  } else if (is_object(arguments)) {
    out += arguments;
  } else {
    out += "{\"INVALID_JSON\":";
    append_json_string(out, arguments);
    out += '}';
  }
}

std::optional<std::string> bad_tool_schema(const Request& request) {
  for (const Tool& tool : request.tools) {
    if (!tool.parameters.empty() && !is_object(tool.parameters))
      return fmt::format("the parameters of tool `{}` are no JSON schema (an object)", tool.name);
  }
  return std::nullopt;
}

const ToolCall* answered_call(const std::vector<Message>& messages, size_t at) {
  size_t first = at;  // of the tools' replies of this turn
  while (first > 0 && messages[first - 1].role == "tool") --first;
  if (first == 0) return nullptr;
  const std::vector<ToolCall>& calls = messages[first - 1].tool_calls;
  if (const std::string& id = messages[at].tool_call_id; !id.empty()) {
    const auto named = std::ranges::find(calls, id, &ToolCall::id);
    if (named != calls.end()) return &*named;
  }
  const size_t place = at - first;
  return place < calls.size() ? &calls[place] : nullptr;
}

std::string no_loglikelihood(std::string_view format) {
  return fmt::format(
      "the format {} gives no log-likelihood of a given text; use openai-completions on a server "
      "that can echo the prompt with its log-probabilities (vLLM, SGLang), or --as-generation",
      format);
}

}  // namespace assay::backends
