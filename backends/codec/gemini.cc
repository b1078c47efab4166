#include "backends/codec/gemini.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "backends/codec/request_parts.h"
#include "backends/codec/wire_decoder.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr uint64_t kSeedMask = 0x7FFFFFFF;

FinishKind kind_of(std::string_view reason) {
  static constexpr std::array<std::string_view, 9> kFilters = {
      "SAFETY",   "RECITATION",   "BLOCKLIST",        "PROHIBITED_CONTENT",       "SPII",
      "LANGUAGE", "IMAGE_SAFETY", "IMAGE_RECITATION", "IMAGE_PROHIBITED_CONTENT",
  };
  if (reason == "MAX_TOKENS") return FinishKind::kLength;
  if (std::ranges::find(kFilters, reason) != kFilters.end()) return FinishKind::kRefusal;
  if (reason == "OTHER" || reason == "MALFORMED_RESPONSE") return FinishKind::kError;
  return FinishKind::kStop;  // STOP, calls that the model wrote badly, and what is yet to come
}

// "12.5s", at most a day; 0: not said.
Nanos duration_of(std::string_view text) {
  constexpr double kSecondsMax = 86400;
  double seconds = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  const bool whole = status == std::errc() && end + 1 == text.data() + text.size() && *end == 's';
  if (!whole || !std::isfinite(seconds) || seconds <= 0) return Nanos{0};
  return Nanos(static_cast<int64_t>(std::min(seconds, kSecondsMax) * 1e9));
}

class GeminiDecoder final : public WireDecoder {
 public:
  using WireDecoder::WireDecoder;

 private:
  void event(std::string_view, std::string_view data, const ChunkStamp& at) override {
    if (data == "[DONE]") return reply().terminal();  // of servers that only speak the format
    if (const std::optional<Json> parsed = parse(data)) document(*parsed, at);
  }

  void document(const Json& body, const ChunkStamp& at) override {
    if (take_error(body, reply())) return retry_info(body);
    const Json* candidates = list_member(body, "candidates");
    const Json* feedback = object_member(body, "promptFeedback");
    const Json* counts = object_member(body, "usageMetadata");
    if (candidates == nullptr && feedback == nullptr && counts == nullptr)
      return reply().malformed("neither candidates nor an error");
    if (const std::string_view model = text_member(body, "modelVersion"); !model.empty())
      reply().served_model(model);
    if (const std::string_view id = text_member(body, "responseId"); !id.empty())
      reply().response_id(id);
    if (counts != nullptr) usage(*counts);
    if (feedback != nullptr) prompt_feedback(*feedback);
    if (candidates != nullptr && !candidates->empty()) candidate(candidates->front(), at);
  }

  // google.rpc.RetryInfo among the details of an error: {"retryDelay": "12.5s"}.
  void retry_info(const Json& body) {
    const Json* error = object_member(body, "error");
    const Json* details = error != nullptr ? list_member(*error, "details") : nullptr;
    if (details == nullptr) return;
    for (const Json& detail : *details) {
      if (const Nanos wait = duration_of(text_member(detail, "retryDelay")); wait > Nanos{0})
        reply().retry_after(wait);
    }
  }

  void candidate(const Json& candidate, const ChunkStamp& at) {
    if (const Json* content = object_member(candidate, "content")) {
      if (const Json* parts = list_member(*content, "parts")) {
        for (const Json& each : *parts) part(each, at);
      }
    }
    const std::string_view reason = text_member(candidate, "finishReason");
    if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED") return;
    reply().finished(reason, kind_of(reason));
    if (kind_of(reason) != FinishKind::kRefusal) return;
    if (const Json* ratings = list_member(candidate, "safetyRatings"))
      reply().details(dump_json(Json{{"safetyRatings", *ratings}}));
  }

  void part(const Json& part, const ChunkStamp& at) {
    if (const Json* call = object_member(part, "functionCall")) {
      const Json* arguments = object_member(*call, "args");
      reply().tool_call(tool_count_++, text_member(*call, "id"), text_member(*call, "name"),
                        arguments != nullptr ? dump_json(*arguments) : "{}", at);
      return;
    }
    const Json* thought = member(part, "thought");
    const std::string_view text = text_member(part, "text");
    if (thought != nullptr && thought->is_boolean() && thought->get<bool>()) {
      reply().reasoning(text, at);
    } else {
      reply().answer(text, at);
    }
  }

  void prompt_feedback(const Json& feedback) {
    const std::string_view reason = text_member(feedback, "blockReason");
    if (reason.empty()) return;
    reply().finished(reason, FinishKind::kRefusal);
    reply().details(dump_json(Json{{"promptFeedback", feedback}}));
  }

  // Zeros are left out: the total tells them. Results of tools are prompt, in a count of their own.
  void usage(const Json& usage) {
    UsageReader in(usage);
    UsageCounts counts;
    const int64_t prompt = in.count("promptTokenCount");
    const int64_t tools = in.count("toolUsePromptTokenCount");
    counts.input_total = prompt < 0 ? -1 : prompt + std::max<int64_t>(tools, 0);
    counts.cached = in.count("cachedContentTokenCount");
    counts.image = both(prompt_pictures(in, "promptTokensDetails"),
                        prompt_pictures(in, "toolUsePromptTokensDetails"));
    counts.audio = both(in.modality("promptTokensDetails", "AUDIO"),
                        in.modality("toolUsePromptTokensDetails", "AUDIO"));
    counts.cached_image = prompt_pictures(in, "cacheTokensDetails");
    counts.cached_audio = in.modality("cacheTokensDetails", "AUDIO");
    counts.output_total = in.count("candidatesTokenCount");
    counts.reasoning = in.count("thoughtsTokenCount");
    counts.image_output = in.modality("candidatesTokensDetails", "IMAGE");
    counts.audio_output = in.modality("candidatesTokensDetails", "AUDIO");
    counts.total = in.count("totalTokenCount");
    counts.fault = in.fault();
    counts.total_tells_reasoning = true;
    // Without a count of thoughts the candidates' is of everything, tags in their text too.
    thoughts_counted_ = thoughts_counted_ || counts.reasoning > 0;
    counts.output_excludes_reasoning = thoughts_counted_;
    reply().usage(counts);
  }

  // Film is counted by its frames, and costs what they cost.
  static int64_t prompt_pictures(UsageReader& in, std::string_view list) {
    return both(in.modality(list, "IMAGE"), in.modality(list, "VIDEO"));
  }

  // The sum of what is said.
  static int64_t both(int64_t a, int64_t b) { return a < 0 ? b : a + std::max<int64_t>(b, 0); }

  size_t tool_count_ = 0;
  bool thoughts_counted_ = false;
};

void append_parts(std::string& out, const Message& message) {
  ListWriter parts(out);
  for (const Image& image : message.images) {
    ObjectWriter part(parts.item());
    ObjectWriter data(part.key("inlineData"));
    data.text("mimeType", image.media_type);
    append_image_base64(data.key("data"), image);
    data.end();
    part.end();
  }
  if (!message.text.empty() || (message.images.empty() && message.tool_calls.empty())) {
    ObjectWriter part(parts.item());
    part.text("text", message.text);
    part.end();
  }
  for (const ToolCall& call : message.tool_calls) {
    ObjectWriter part(parts.item());
    ObjectWriter function(part.key("functionCall"));
    if (!call.id.empty()) function.text("id", call.id);
    function.text("name", call.name);
    append_arguments(function.key("args"), call.arguments);
    function.end();
    part.end();
  }
  parts.end();
}

void append_function_response(std::string& out, const std::vector<Message>& messages, size_t at) {
  const Message& message = messages[at];
  const ToolCall* call = answered_call(messages, at);
  ObjectWriter part(out);
  ObjectWriter reply(part.key("functionResponse"));
  if (!message.tool_call_id.empty()) reply.text("id", message.tool_call_id);
  reply.text("name", call != nullptr ? call->name : message.tool_call_id);
  ObjectWriter response(reply.key("response"));
  response.text("result", message.text);
  response.end();
  reply.end();
  part.end();
}

// Replies of tools that follow each other are one turn of the user.
size_t append_function_responses(std::string& out, const std::vector<Message>& messages, size_t i) {
  ListWriter parts(out);
  for (; i < messages.size() && messages[i].role == "tool"; ++i)
    append_function_response(parts.item(), messages, i);
  parts.end();
  return i;
}

void append_contents(std::string& out, const std::vector<Message>& messages) {
  ListWriter contents(out);
  for (size_t i = 0; i < messages.size();) {
    const Message& message = messages[i];
    if (message.role == "system") {
      ++i;
      continue;
    }
    ObjectWriter turn(contents.item());
    turn.text("role", message.role == "assistant" ? "model" : "user");
    std::string& parts = turn.key("parts");
    if (message.role == "tool") {
      i = append_function_responses(parts, messages, i);
    } else {
      append_parts(parts, message);
      ++i;
    }
    turn.end();
  }
  contents.end();
}

void append_system(std::string& out, std::string_view text) {
  ObjectWriter instruction(out);
  ListWriter parts(instruction.key("parts"));
  ObjectWriter part(parts.item());
  part.text("text", text);
  part.end();
  parts.end();
  instruction.end();
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  ListWriter groups(out);
  ObjectWriter group(groups.item());
  ListWriter functions(group.key("functionDeclarations"));
  for (const Tool& tool : tools) {
    ObjectWriter entry(functions.item());
    entry.text("name", tool.name);
    entry.text("description", tool.description);
    append_tool_parameters(entry.key("parametersJsonSchema"), tool);
    entry.end();
  }
  functions.end();
  group.end();
  groups.end();
}

void append_tool_config(std::string& out, const std::string& choice) {
  const bool by_name = choice != "auto" && choice != "none" && choice != "required";
  ObjectWriter config(out);
  ObjectWriter calling(config.key("functionCallingConfig"));
  calling.text("mode", choice == "auto" ? "AUTO" : choice == "none" ? "NONE" : "ANY");
  if (by_name) calling.texts("allowedFunctionNames", {choice});
  calling.end();
  config.end();
}

void append_thinking(ObjectWriter& config, const WireOptions& options) {
  if (options.thinking_budget < 0 && options.reasoning_effort.empty()) return;
  ObjectWriter thinking(config.key("thinkingConfig"));
  if (options.thinking_budget >= 0) thinking.number("thinkingBudget", options.thinking_budget);
  if (!options.reasoning_effort.empty()) thinking.text("thinkingLevel", options.reasoning_effort);
  if (options.thinking_budget != 0) thinking.boolean("includeThoughts", true);
  thinking.end();
}

// Empty where there is nothing to say.
std::string generation_config(const GenerationParams& params, const WireOptions& options) {
  std::string out;
  ObjectWriter config(out);
  if (params.max_tokens) config.number("maxOutputTokens", *params.max_tokens);
  if (params.temperature) config.number("temperature", *params.temperature);
  if (params.top_p) config.number("topP", *params.top_p);
  if (params.top_k) config.number("topK", *params.top_k);
  if (params.seed) config.number("seed", *params.seed & kSeedMask);
  if (params.presence_penalty) config.number("presencePenalty", *params.presence_penalty);
  if (params.frequency_penalty) config.number("frequencyPenalty", *params.frequency_penalty);
  if (!params.stop.empty()) config.texts("stopSequences", params.stop);
  append_thinking(config, options);
  config.end();
  return out == "{}" ? std::string() : out;
}

// RFC 3986: everything but unreserved characters.
void append_percent_encoded(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != std::string::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::string GeminiCodec::path() const {
  std::string_view name = options_.model;
  std::string path = "/models/";
  for (const std::string_view folder : {"models/", "tunedModels/"}) {
    if (!name.starts_with(folder)) continue;
    path = "/" + std::string(folder);
    name.remove_prefix(folder.size());
    break;
  }
  append_percent_encoded(path, name);
  return path + (options_.stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
}

std::string GeminiCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  if (const std::string system = system_text(request); !system.empty())
    append_system(body.key("systemInstruction"), system);
  append_contents(body.key("contents"), request.messages);
  if (!request.tools.empty()) {
    append_tools(body.key("tools"), request.tools);
    if (!request.tool_choice.empty())
      append_tool_config(body.key("toolConfig"), request.tool_choice);
  }
  const std::string config =
      generation_config(merged_params(options_.params, request.params), options_);
  if (!config.empty()) body.raw("generationConfig", config);
  return body.take();
}

std::unique_ptr<Decoder> GeminiCodec::decoder() const {
  return std::make_unique<GeminiDecoder>(options_);
}

std::optional<std::string> GeminiCodec::refuses(const Request& request) const {
  if (!request.continuations.empty()) return no_loglikelihood("gemini");
  return bad_tool_schema(request);
}

}  // namespace assay::backends
