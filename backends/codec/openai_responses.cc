#include "backends/codec/openai_responses.h"

#include <fmt/format.h>

#include <utility>

#include "backends/codec/json_scanner.h"
#include "backends/codec/wire_decoder.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr std::string_view kParagraph = "\n\n";  // between parts of reasoning
constexpr std::string_view kTextDelta = "response.output_text.delta";
constexpr std::string_view kSummaryDelta = "response.reasoning_summary_text.delta";
constexpr std::string_view kReasoningDelta = "response.reasoning_text.delta";

void append_user_content(std::string& out, const Message& message) {
  if (message.images.empty()) {
    append_json_string(out, message.text);
    return;
  }
  out += '[';
  if (!message.text.empty()) {
    ObjectWriter part(out);
    part.text("type", "input_text");
    part.text("text", message.text);
    part.end();
  }
  for (const Image& image : message.images) {
    if (out.back() != '[') out += ',';
    out += R"({"type":"input_image","image_url":)";
    append_image_data_url(out, image);
    out += '}';
  }
  out += ']';
}

// A message may become several items: its text, and each of its calls.
void append_items(std::string& out, const Message& message) {
  const auto begin = [&] {
    if (out.back() != '[') out += ',';
  };
  if (!message.tool_call_id.empty()) {
    begin();
    ObjectWriter item(out);
    item.text("type", "function_call_output");
    item.text("call_id", message.tool_call_id);
    item.text("output", message.text);
    item.end();
    return;
  }
  if (!message.text.empty() || !message.images.empty() || message.tool_calls.empty()) {
    begin();
    ObjectWriter item(out);
    item.text("role", message.role);
    append_user_content(item.key("content"), message);
    item.end();
  }
  for (const ToolCall& call : message.tool_calls) {
    begin();
    ObjectWriter item(out);
    item.text("type", "function_call");
    item.text("call_id", call.id);
    item.text("name", call.name);
    item.text("arguments", call.arguments);
    item.end();
  }
}

void append_tools(std::string& out, const std::vector<Tool>& tools) {
  out += '[';
  for (const Tool& tool : tools) {
    if (out.back() != '[') out += ',';
    ObjectWriter writer(out);
    writer.text("type", "function");
    writer.text("name", tool.name);
    if (!tool.description.empty()) writer.text("description", tool.description);
    append_tool_parameters(writer.key("parameters"), tool);
    writer.boolean("strict", false);
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
  ObjectWriter writer(out);
  writer.text("type", "function");
  writer.text("name", choice);
  writer.end();
}

UsageCounts usage_of(const Json& usage) {
  constexpr std::string_view kPrompt = "input_tokens_details";
  constexpr std::string_view kReply = "output_tokens_details";
  constexpr std::string_view kCached = "cached_tokens_details";
  UsageReader in(usage);
  UsageCounts counts;
  counts.input_total = in.count("input_tokens");
  counts.cached = in.count(kPrompt, "cached_tokens");
  counts.cache_write = in.count(kPrompt, "cache_write_tokens");
  counts.image = in.count(kPrompt, "image_tokens");
  counts.audio = in.count(kPrompt, "audio_tokens");
  counts.cached_image = in.count(kPrompt, kCached, "image_tokens");
  counts.cached_audio = in.count(kPrompt, kCached, "audio_tokens");
  counts.output_total = in.count("output_tokens");
  counts.reasoning = in.count(kReply, "reasoning_tokens");
  counts.image_output = in.count(kReply, "image_tokens");
  counts.audio_output = in.count(kReply, "audio_tokens");
  counts.total = in.count("total_tokens");
  counts.fault = in.fault();
  return counts;
}

// Where a piece of reasoning comes from.
enum class Source : uint8_t { kSummary, kText, kWholeSummary, kWholeText };
struct Part {
  Source source = Source::kSummary;
  int64_t item = -1;
  int64_t index = -1;
  bool operator==(const Part&) const = default;
};

struct ScannedDelta {
  std::string_view type;
  int64_t output_index = -1;
  int64_t summary_index = -1;
  int64_t content_index = -1;
  bool has_delta = false;
};

bool scan_member(JsonScanner& in, std::string_view key, ScannedDelta& event, std::string& delta) {
  if (key == "type") {
    return event.type.empty() && in.plain_string(event.type) &&
           (event.type == kTextDelta || event.type == kSummaryDelta ||
            event.type == kReasoningDelta);
  }
  if (key == "delta") return !std::exchange(event.has_delta, true) && in.string(delta);
  if (key == "output_index") return in.count(event.output_index);
  if (key == "summary_index") return in.count(event.summary_index);
  if (key == "content_index") return in.count(event.content_index);
  return key != "response" && in.skip_value();
}

// A whole event of one of the three kinds, or false.
bool scan_delta(JsonScanner& in, ScannedDelta& event, std::string& delta) {
  if (!in.take('{')) return false;
  do {
    std::string_view key;
    if (!in.key(key) || !scan_member(in, key, event, delta)) return false;
  } while (in.take(','));
  return in.take('}') && in.at_end() && !event.type.empty() && event.has_delta;
}

class ResponsesDecoder final : public WireDecoder {
 public:
  explicit ResponsesDecoder(const WireOptions& options) : WireDecoder(options) {}

 protected:
  void event(std::string_view type, std::string_view data, const ChunkStamp& at) override {
    if (data == "[DONE]") {
      reply().terminal();
      return;
    }
    if (scan_text_delta(data, at)) return;
    const std::optional<Json> body = parse(data);
    if (!body) return;
    if (!body->is_object()) {
      reply().malformed(fmt::format("an event is {}, expected an object", json_type_name(*body)));
      return;
    }
    const std::string_view said = text_member(*body, "type");
    take(said.empty() ? type : said, *body, at);
  }

  void document(const Json& body, const ChunkStamp& at) override {
    if (take_error(body, reply())) {
      identify(body);
      return;
    }
    if (list_member(body, "output") == nullptr) {
      reply().malformed("the reply has no `output`");
      return;
    }
    output(body, at);
    settle(body);
  }

 private:
  struct Slot {
    int64_t output_index;
    std::string item_id;
    bool has_arguments = false;
  };

  // The commonest events, without a document.
  bool scan_text_delta(std::string_view data, const ChunkStamp& at) {
    JsonScanner in(data);
    ScannedDelta event;
    delta_.clear();
    if (!scan_delta(in, event, delta_)) return false;
    if (event.type == kTextDelta) {
      answer(delta_, at);
    } else {
      const bool summary = event.type == kSummaryDelta;
      reasoning({summary ? Source::kSummary : Source::kText, event.output_index,
                 summary ? event.summary_index : event.content_index},
                delta_, at);
    }
    return true;
  }

  void take(std::string_view type, const Json& body, const ChunkStamp& at) {
    if (const Json* response = object_member(body, "response"); response != nullptr) {
      take_response(type, *response, at);
      return;
    }
    const std::string_view delta = text_member(body, "delta");
    if (type == kTextDelta) {
      answer(delta, at);
    } else if (type == "response.refusal.delta") {
      has_text_ = true;
      reply().refusal(delta, at);
    } else if (type == kSummaryDelta || type == kReasoningDelta) {
      reasoning_delta(type, body, delta, at);
    } else if (type == "response.function_call_arguments.delta") {
      arguments(body, delta, false, at);
    } else if (type == "response.function_call_arguments.done") {
      arguments(body, text_member(body, "arguments"), true, at);
    } else if (type == "response.output_item.added" || type == "response.output_item.done") {
      if (const Json* item = object_member(body, "item"); item != nullptr)
        call_item(*item, count_member(body, "output_index"), at);
    } else if (type == "error") {
      if (!take_error(body, reply())) reply().error({}, dump_json(body));
    } else if (type == "message") {
      take_error(body, reply());
    }
  }

  void take_response(std::string_view type, const Json& response, const ChunkStamp& at) {
    identify(response);
    if (type != "response.completed" && type != "response.incomplete" &&
        type != "response.failed" && type != "response.cancelled") {
      return;
    }
    // Servers that stream no text give it here.
    if (!has_text_ && !has_calls_) output(response, at);
    settle(response);
  }

  void identify(const Json& response) {
    if (const auto id = text_member(response, "id"); !id.empty()) reply().response_id(id);
    if (const auto model = text_member(response, "model"); !model.empty())
      reply().served_model(model);
  }

  void answer(std::string_view text, const ChunkStamp& at) {
    has_text_ = has_text_ || !text.empty();
    reply().answer(text, at);
  }

  void reasoning_delta(std::string_view type, const Json& body, std::string_view delta,
                       const ChunkStamp& at) {
    const bool summary = type == kSummaryDelta;
    reasoning({summary ? Source::kSummary : Source::kText, count_member(body, "output_index"),
               count_member(body, summary ? "summary_index" : "content_index")},
              delta, at);
  }

  void reasoning(const Part& part, std::string_view text, const ChunkStamp& at) {
    if (text.empty()) return;
    if (part_ && *part_ != part) reply().reasoning(kParagraph, at);
    part_ = part;
    reply().reasoning(text, at);
  }

  size_t slot_of(int64_t output_index, std::string_view item_id) {
    for (size_t i = 0; i < slots_.size(); ++i) {
      const bool same_item = !item_id.empty() && slots_[i].item_id == item_id;
      if (same_item || (output_index >= 0 && slots_[i].output_index == output_index)) return i;
    }
    if (slots_.size() < ReplyBuilder::kToolCallsMax)
      slots_.push_back({output_index, std::string(item_id)});
    return slots_.size() - 1;
  }

  void call_item(const Json& item, int64_t output_index, const ChunkStamp& at) {
    if (text_member(item, "type") != "function_call") return;
    const size_t slot = slot_of(output_index, text_member(item, "id"));
    const std::string_view said = text_member(item, "arguments");
    const bool first = !slots_[slot].has_arguments && !said.empty();
    slots_[slot].has_arguments = slots_[slot].has_arguments || first;
    has_calls_ = true;
    reply().tool_call(slot, text_member(item, "call_id"), text_member(item, "name"),
                      first ? said : std::string_view(), at);
  }

  // `whole`: the arguments in full, of use only where none came in pieces.
  void arguments(const Json& body, std::string_view text, bool whole, const ChunkStamp& at) {
    const size_t index = slot_of(count_member(body, "output_index"), text_member(body, "item_id"));
    Slot& slot = slots_[index];
    if (whole && slot.has_arguments) return;
    slot.has_arguments = slot.has_arguments || !text.empty();
    has_calls_ = true;
    reply().tool_call(index, {}, text_member(body, "name"), text, at);
  }

  // What a finished response object holds.
  void output(const Json& response, const ChunkStamp& at) {
    const Json* items = list_member(response, "output");
    if (items == nullptr) return;
    for (size_t i = 0; i < items->size(); ++i) {
      const Json& item = (*items)[i];
      const std::string_view type = text_member(item, "type");
      if (type == "reasoning" && !has_streamed_reasoning()) {
        reasoning_list(item, "summary", {Source::kWholeSummary, static_cast<int64_t>(i), 0}, at);
        reasoning_list(item, "content", {Source::kWholeText, static_cast<int64_t>(i), 0}, at);
      }
      if (type == "message") message(item, at);
      call_item(item, static_cast<int64_t>(i), at);
    }
  }
  // Told apart from the reasoning that output() itself adds.
  [[nodiscard]] bool has_streamed_reasoning() const {
    return part_ && part_->source <= Source::kText;
  }

  void reasoning_list(const Json& item, std::string_view key, Part part, const ChunkStamp& at) {
    const Json* texts = list_member(item, key);
    if (texts == nullptr) return;
    for (const Json& text : *texts) {
      reasoning(part, text_member(text, "text"), at);
      ++part.index;
    }
  }

  void message(const Json& item, const ChunkStamp& at) {
    const Json* parts = list_member(item, "content");
    if (parts == nullptr) return;
    for (const Json& part : *parts) {
      answer(text_member(part, "text"), at);
      reply().refusal(text_member(part, "refusal"), at);
    }
  }

  void settle(const Json& response) {
    identify(response);
    if (const Json* usage = object_member(response, "usage"); usage != nullptr) {
      reply().usage(usage_of(*usage));
      if (std::string cost = provider_cost_of(*usage); !cost.empty())
        reply().provider_cost(std::move(cost));
    }
    const std::string_view status = text_member(response, "status");
    if (status == "completed") {
      reply().finished(status, has_calls_ ? FinishKind::kToolCalls : FinishKind::kStop);
    } else if (status == "incomplete") {
      incomplete(response);
    } else if (status == "failed" || status == "cancelled") {
      take_error(response, reply());
      reply().finished(status, FinishKind::kError);
    }
  }

  void incomplete(const Json& response) {
    std::string_view reason = "incomplete";
    if (const Json* details = object_member(response, "incomplete_details"); details != nullptr) {
      if (const auto said = text_member(*details, "reason"); !said.empty()) reason = said;
    }
    reply().finished(reason,
                     reason == "content_filter" ? FinishKind::kRefusal : FinishKind::kLength);
  }

  std::vector<Slot> slots_;
  std::string delta_;         // kept for its memory
  std::optional<Part> part_;  // of the last reasoning text
  bool has_text_ = false;
  bool has_calls_ = false;
};

}  // namespace

std::string ResponsesCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  body.text("model", options_.model);
  size_t first = 0;
  if (!request.messages.empty() && request.messages.front().role == "system") {
    body.text("instructions", request.messages.front().text);
    first = 1;
  }
  std::string& input = body.key("input");
  input += '[';
  for (size_t i = first; i < request.messages.size(); ++i) append_items(input, request.messages[i]);
  input += ']';
  const GenerationParams params = merged_params(options_.params, request.params);
  if (params.max_tokens) body.number("max_output_tokens", *params.max_tokens);
  if (params.temperature) body.number("temperature", *params.temperature);
  if (params.top_p) body.number("top_p", *params.top_p);
  if (!options_.reasoning_effort.empty()) {
    ObjectWriter reasoning(body.key("reasoning"));
    reasoning.text("effort", options_.reasoning_effort);
    reasoning.text("summary", "auto");
    reasoning.end();
  }
  if (!request.tools.empty()) {
    append_tools(body.key("tools"), request.tools);
    write_tool_choice(body, request.tool_choice);
  }
  body.boolean("store", false);
  if (options_.stream) body.boolean("stream", true);
  return body.take();
}

std::unique_ptr<Decoder> ResponsesCodec::decoder() const {
  return std::make_unique<ResponsesDecoder>(options_);
}

std::optional<std::string> ResponsesCodec::refuses(const Request& request) const {
  if (request.continuations.empty()) return std::nullopt;
  return "a log-likelihood cannot be asked of a chat format: use openai-completions";
}

}  // namespace assay::backends
