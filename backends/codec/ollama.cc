#include "backends/codec/ollama.h"

#include <string_view>

#include "backends/codec/request_parts.h"
#include "backends/codec/wire_decoder.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr uint64_t kSeedMask = 0x7FFFFFFF;

FinishKind kind_of(std::string_view reason) {
  if (reason == "length") return FinishKind::kLength;
  if (reason == "load" || reason == "unload") return FinishKind::kError;  // nothing was generated
  return FinishKind::kStop;
}

class OllamaDecoder final : public WireDecoder {
 public:
  explicit OllamaDecoder(const WireOptions& options) : WireDecoder(options, Streams::kLines) {}

 private:
  void event(std::string_view, std::string_view data, const ChunkStamp& at) override {
    if (const std::optional<Json> parsed = parse(data)) document(*parsed, at);
  }

  void document(const Json& body, const ChunkStamp& at) override {
    if (take_error(body, reply())) return;
    const Json* message = object_member(body, "message");
    const Json* done = member(body, "done");
    if (message == nullptr && done == nullptr)
      return reply().malformed("neither a message nor an error");
    if (const std::string_view model = text_member(body, "model"); !model.empty())
      reply().served_model(model);
    if (message != nullptr) said(*message, at);
    if (done != nullptr && done->is_boolean() && done->get<bool>()) end(body);
  }

  void said(const Json& message, const ChunkStamp& at) {
    reply().reasoning(text_member(message, "thinking"), at);
    reply().answer(text_member(message, "content"), at);
    const Json* calls = list_member(message, "tool_calls");
    if (calls == nullptr) return;
    for (const Json& call : *calls) {
      const Json* function = object_member(call, "function");
      if (function == nullptr) continue;
      const Json* arguments = object_member(*function, "arguments");
      reply().tool_call(tool_count_++, text_member(call, "id"), text_member(*function, "name"),
                        arguments != nullptr ? dump_json(*arguments) : "{}", at);
    }
  }

  void end(const Json& body) {
    UsageReader in(body);
    UsageCounts counts;
    counts.input_total = in.count("prompt_eval_count");
    counts.cached = in.count("prompt_eval_cached_count");
    counts.output_total = in.count("eval_count");
    counts.fault = in.fault();
    if (counts.said() || !counts.fault.empty()) reply().usage(counts);
    Json durations = Json::object();
    for (const char* key :
         {"total_duration", "load_duration", "prompt_eval_duration", "eval_duration"}) {
      if (const int64_t nanoseconds = count_member(body, key); nanoseconds >= 0)
        durations[key] = nanoseconds;
    }
    if (!durations.empty()) reply().details(dump_json(durations));
    if (const std::string_view reason = text_member(body, "done_reason"); !reason.empty())
      reply().finished(reason, kind_of(reason));
    reply().terminal();
  }

  size_t tool_count_ = 0;
};

void append_tool_calls(std::string& out, const std::vector<ToolCall>& calls) {
  ListWriter list(out);
  for (const ToolCall& call : calls) {
    ObjectWriter entry(list.item());
    if (!call.id.empty()) entry.text("id", call.id);
    ObjectWriter function(entry.key("function"));
    function.text("name", call.name);
    append_arguments(function.key("arguments"), call.arguments);
    function.end();
    entry.end();
  }
  list.end();
}

void append_message(std::string& out, const std::vector<Message>& messages, size_t at) {
  const Message& message = messages[at];
  ObjectWriter turn(out);
  turn.text("role", message.role);
  turn.text("content", message.text);
  if (!message.images.empty()) {
    ListWriter images(turn.key("images"));
    for (const Image& image : message.images) append_image_base64(images.item(), image);
    images.end();
  }
  if (!message.tool_calls.empty()) append_tool_calls(turn.key("tool_calls"), message.tool_calls);
  if (message.role == "tool") {
    if (const ToolCall* call = answered_call(messages, at)) turn.text("tool_name", call->name);
    if (!message.tool_call_id.empty()) turn.text("tool_call_id", message.tool_call_id);
  }
  turn.end();
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  ListWriter list(out);
  for (const Tool& tool : tools) {
    ObjectWriter entry(list.item());
    entry.text("type", "function");
    ObjectWriter function(entry.key("function"));
    function.text("name", tool.name);
    function.text("description", tool.description);
    append_tool_parameters(function.key("parameters"), tool);
    function.end();
    entry.end();
  }
  list.end();
}

// Empty where there is nothing to say.
std::string sampling_options(const GenerationParams& params) {
  std::string out;
  ObjectWriter options(out);
  if (params.max_tokens) options.number("num_predict", *params.max_tokens);
  if (params.temperature) options.number("temperature", *params.temperature);
  if (params.top_p) options.number("top_p", *params.top_p);
  if (params.top_k) options.number("top_k", *params.top_k);
  if (params.min_p) options.number("min_p", *params.min_p);
  if (params.seed) options.number("seed", *params.seed & kSeedMask);
  if (!params.stop.empty()) options.texts("stop", params.stop);
  if (params.presence_penalty) options.number("presence_penalty", *params.presence_penalty);
  if (params.frequency_penalty) options.number("frequency_penalty", *params.frequency_penalty);
  options.end();
  return out == "{}" ? std::string() : out;
}

void append_think(BodyWriter& body, const WireOptions& options) {
  const std::string& effort = options.reasoning_effort;
  if (effort == "none" || effort == "false") {
    body.boolean("think", false);
  } else if (effort == "true") {
    body.boolean("think", true);
  } else if (!effort.empty()) {
    body.text("think", effort);
  } else if (options.thinking_budget >= 0) {
    body.boolean("think", options.thinking_budget > 0);
  }
}

}  // namespace

std::string OllamaCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  body.text("model", options_.model);
  ListWriter turns(body.key("messages"));
  for (size_t i = 0; i < request.messages.size(); ++i)
    append_message(turns.item(), request.messages, i);
  turns.end();
  if (!request.tools.empty() && request.tool_choice != "none")
    append_tools(body.key("tools"), request.tools);
  append_think(body, options_);
  const std::string options = sampling_options(merged_params(options_.params, request.params));
  if (!options.empty()) body.raw("options", options);
  body.boolean("stream", options_.stream);  // the server streams unless it is told not to
  return body.take();
}

std::unique_ptr<Decoder> OllamaCodec::decoder() const {
  return std::make_unique<OllamaDecoder>(options_);
}

std::optional<std::string> OllamaCodec::refuses(const Request& request) const {
  if (!request.continuations.empty()) return no_loglikelihood("ollama");
  const std::string& choice = request.tool_choice;
  if (!request.tools.empty() && !choice.empty() && choice != "auto" && choice != "none") {
    return "the format ollama cannot force a tool call (it has no tool_choice); use openai-chat "
           "under the server's /v1";
  }
  return bad_tool_schema(request);
}

}  // namespace assay::backends
