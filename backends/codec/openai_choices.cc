#include "backends/codec/openai_choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "backends/codec/json_scanner.h"
#include "backends/codec/wire_json.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr std::string_view kDone = "[DONE]";

// What a scanned chunk said; views point into its bytes.
struct Chunk {
  std::string_view id;
  std::string_view model;
  std::string_view fingerprint;
  std::string finish_reason;
  bool has_choice = false;
  bool has_usage = false;
  int64_t input_tokens = -1;
  int64_t output_tokens = -1;
  int64_t total_tokens = -1;
};

// A string without escapes, as a view; or null.
bool plain_text(JsonScanner& in, std::string_view& out) {
  if (in.peek() == 'n') return in.null();
  return in.plain_string(out);
}

// A string or null, appended.
bool text(JsonScanner& in, std::string& out) {
  return in.peek() == 'n' ? in.null() : in.string(out);
}

// Calls `take(key)` for each member; false once it does, or where this is no object.
template <typename Take>
bool members(JsonScanner& in, Take&& take) {
  if (!in.take('{')) return false;
  if (in.take('}')) return true;
  do {
    std::string_view key;
    if (!in.key(key) || !take(key)) return false;
  } while (in.take(','));
  return in.take('}');
}

enum ChunkKey : unsigned {
  kContent = 1,
  kReasoning = 2,
  kDelta = 4,
  kFinish = 8,
  kIndex = 16,
  kId = 32,
  kModel = 64,
  kFingerprint = 128,
  kChoices = 256,
  kUsage = 512,
};

// A repeated key is unusual: left to the slow path.
bool once(unsigned& seen, ChunkKey bit) { return std::exchange(seen, seen | bit) != (seen | bit); }

bool scan_delta(JsonScanner& in, unsigned& seen, std::string& answer, std::string& reasoning) {
  return members(in, [&](std::string_view key) {
    if (key == "content") return once(seen, kContent) && text(in, answer);
    if (key == "reasoning_content" || key == "reasoning") {
      if (in.peek() == 'n') return in.null();
      return once(seen, kReasoning) && in.string(reasoning);
    }
    if (key == "role") return in.skip_value();
    // Refusals, calls and anything unknown: only their absence is usual.
    return in.null();
  });
}

// One choice; its text goes to `answer` and `reasoning` when it is the first.
bool scan_choice(JsonScanner& in, Chunk& chunk, std::string& answer, std::string& reasoning) {
  unsigned seen = 0;
  return members(in, [&](std::string_view key) {
    if (key == "index") {
      int64_t index = -1;
      return once(seen, kIndex) && in.count(index) && index == 0;
    }
    if (key == "delta") return once(seen, kDelta) && scan_delta(in, seen, answer, reasoning);
    if (key == "text") return once(seen, kContent) && text(in, answer);
    if (key == "finish_reason") return once(seen, kFinish) && text(in, chunk.finish_reason);
    if (key == "message" || key == "error") return false;
    return in.skip_value();
  });
}

// Usage in every chunk, as vLLM gives it on demand: plain counts. With details: the slow path.
bool scan_usage(JsonScanner& in, Chunk& chunk) {
  if (in.peek() == 'n') return in.null();
  chunk.has_usage = true;
  return members(in, [&](std::string_view key) {
    for (const auto& [name, count] : {std::pair{"prompt_tokens", &chunk.input_tokens},
                                      std::pair{"completion_tokens", &chunk.output_tokens},
                                      std::pair{"total_tokens", &chunk.total_tokens}}) {
      if (key == name) return *count < 0 && in.count(*count);
    }
    return in.null();
  });
}

bool scan_chunk_members(JsonScanner& in, Chunk& chunk, std::string& answer,
                        std::string& reasoning) {
  unsigned seen = 0;
  return members(in, [&](std::string_view key) {
    if (key == "id") return once(seen, kId) && plain_text(in, chunk.id);
    if (key == "model") return once(seen, kModel) && plain_text(in, chunk.model);
    if (key == "system_fingerprint")
      return once(seen, kFingerprint) && plain_text(in, chunk.fingerprint);
    if (key == "choices") {
      if (!once(seen, kChoices) || !in.take('[')) return false;
      chunk.has_choice = true;
      return scan_choice(in, chunk, answer, reasoning) && in.take(']');
    }
    if (key == "usage") return once(seen, kUsage) && scan_usage(in, chunk);
    if (key == "error" || key == "x_groq" || key == "detail" || key == "message") return in.null();
    if (key == "object" || key == "type") {
      std::string_view value;
      return plain_text(in, value) && value != "error";
    }
    return in.skip_value();
  });
}

UsageCounts usage_of(const Chunk& chunk) {
  return {.input_total = chunk.input_tokens,
          .output_total = chunk.output_tokens,
          .total = chunk.total_tokens};
}

std::string_view first_text(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const std::string_view found = text_member(object, key); !found.empty()) return found;
  }
  return {};
}

// OpenRouter: [{"type":"reasoning.text","text":..} or {"type":"reasoning.summary","summary":..}].
std::string details_text(const Json& message) {
  std::string out;
  const Json* details = list_member(message, "reasoning_details");
  if (details == nullptr) return out;
  for (const Json& part : *details) out += first_text(part, {"text", "summary"});
  return out;
}

}  // namespace

FinishKind finish_kind_of_choice(std::string_view reason) {
  // Besides OpenAI's: Mistral (model_length), DeepSeek (insufficient_system_resource), Zhipu
  // (sensitive, network_error), vLLM and SGLang (abort), proxies of Anthropic and Gemini.
  constexpr std::array<std::pair<std::string_view, FinishKind>, 18> kKinds{{
      {"length", FinishKind::kLength},
      {"max_tokens", FinishKind::kLength},
      {"max_output_tokens", FinishKind::kLength},
      {"MAX_TOKENS", FinishKind::kLength},
      {"model_length", FinishKind::kLength},
      {"tool_calls", FinishKind::kToolCalls},
      {"function_call", FinishKind::kToolCalls},
      {"tool_use", FinishKind::kToolCalls},
      {"content_filter", FinishKind::kRefusal},
      {"refusal", FinishKind::kRefusal},
      {"safety", FinishKind::kRefusal},
      {"SAFETY", FinishKind::kRefusal},
      {"sensitive", FinishKind::kRefusal},
      {"error", FinishKind::kError},
      {"network_error", FinishKind::kError},
      {"insufficient_system_resource", FinishKind::kError},
      {"abort", FinishKind::kError},
      {"cancelled", FinishKind::kError},
  }};
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& row) { return row.first == reason; });
  return found == kKinds.end() ? FinishKind::kStop : found->second;
}

// Of the dialects of this format: OpenAI, OpenRouter (cache_write_tokens, also OpenAI's since
// GPT-5.6), DeepSeek (prompt_cache_*), Together and Moonshot (cached_tokens beside the totals),
// Mistral, Groq, vLLM, llama.cpp; xAI counts reasoning outside of completion_tokens, which its
// total tells. Tokens of rejected predictions are in completion_tokens, and billed as such.
UsageCounts usage_of_choices(const Json& usage) {
  constexpr std::string_view kPrompt = "prompt_tokens_details";
  constexpr std::string_view kReply = "completion_tokens_details";
  constexpr std::string_view kCached = "cached_tokens_details";
  UsageReader in(usage);
  UsageCounts counts;
  counts.input_total = in.count("prompt_tokens");
  counts.cached = in.count(kPrompt, "cached_tokens");
  for (const char* key : {"prompt_cache_hit_tokens", "cached_tokens"}) {
    if (counts.cached < 0) counts.cached = in.count(key);
  }
  counts.uncached = in.count("prompt_cache_miss_tokens");
  counts.cache_write = in.count(kPrompt, "cache_write_tokens");
  counts.image = in.count(kPrompt, "image_tokens");
  counts.audio = in.count(kPrompt, "audio_tokens");
  counts.cached_image = in.count(kPrompt, kCached, "image_tokens");
  counts.cached_audio = in.count(kPrompt, kCached, "audio_tokens");
  counts.output_total = in.count("completion_tokens");
  counts.reasoning = in.count(kReply, "reasoning_tokens");
  if (counts.reasoning < 0) counts.reasoning = in.count("reasoning_tokens");
  counts.image_output = in.count(kReply, "image_tokens");
  counts.audio_output = in.count(kReply, "audio_tokens");
  counts.total = in.count("total_tokens");
  counts.fault = in.fault();
  return counts;
}

void ChoicesDecoder::event(std::string_view type, std::string_view data, const ChunkStamp& at) {
  if (data == kDone) {
    reply().terminal();
    return;
  }
  if (fast_ && type != "error" && scan_chunk(data, at)) return;
  const std::optional<Json> body = parse(data);
  if (!body) return;
  if (!body->is_object()) {
    reply().malformed(fmt::format("an event is {}, expected an object", json_type_name(*body)));
    return;
  }
  const bool has_error = take_error(*body, reply());
  if (type == "error" && !has_error) reply().error({}, data);
  chunk(*body, at);
}

void ChoicesDecoder::document(const Json& body, const ChunkStamp& at) {
  const bool has_error = take_error(body, reply());
  const Json* choices = list_member(body, "choices");
  if ((choices == nullptr || choices->empty()) && !has_error) {
    reply().malformed("the reply has no `choices`");
    return;
  }
  chunk(body, at);
}

bool ChoicesDecoder::scan_chunk(std::string_view data, const ChunkStamp& at) {
  answer_.clear();
  reasoning_.clear();
  JsonScanner in(data);
  Chunk chunk;
  if (!scan_chunk_members(in, chunk, answer_, reasoning_) || !in.at_end() || !chunk.has_choice)
    return false;
  identify(chunk.id, chunk.model, chunk.fingerprint);
  reply().tokens_so_far(chunk.output_tokens);
  reply().reasoning(reasoning_, at);
  reply().answer(answer_, at);
  finish_choice(chunk.finish_reason);
  if (chunk.has_usage) reply().usage(usage_of(chunk));
  return true;
}

void ChoicesDecoder::chunk(const Json& body, const ChunkStamp& at) {
  identify(text_member(body, "id"), text_member(body, "model"),
           text_member(body, "system_fingerprint"));
  const Json* usage = object_member(body, "usage");
  reply().tokens_so_far(usage == nullptr ? -1 : count_member(*usage, "completion_tokens"));
  if (const Json* choices = list_member(body, "choices"); choices != nullptr) {
    for (size_t i = 0; i < choices->size(); ++i) {
      const Json& one = (*choices)[i];
      const int64_t index = count_member(one, "index");
      if (index < 0 ? i == 0 : index == 0) choice(one, at);
    }
  }
  if (const Json* groq = object_member(body, "x_groq"); groq != nullptr) {
    if (const Json* groq_usage = object_member(*groq, "usage"); groq_usage != nullptr)
      reply().usage(usage_of_choices(*groq_usage));
    if (member(*groq, "error") != nullptr) take_error(*groq, reply());
  }
  if (usage == nullptr) return;
  reply().usage(usage_of_choices(*usage));
  if (std::string cost = provider_cost_of(*usage); !cost.empty())
    reply().provider_cost(std::move(cost));
}

void ChoicesDecoder::choice(const Json& choice, const ChunkStamp& at) {
  if (member(choice, "error") != nullptr) take_error(choice, reply());
  for (const char* key : {"delta", "message"}) {
    if (const Json* said = object_member(choice, key); said != nullptr) message(*said, at);
  }
  reply().answer(text_member(choice, "text"), at);
  finish_choice(text_member(choice, "finish_reason"));
}

void ChoicesDecoder::message(const Json& message, const ChunkStamp& at) {
  // The same text may stand in several of these.
  if (const auto field = first_text(message, {"reasoning_content", "reasoning"}); !field.empty()) {
    reply().reasoning(field, at);
  } else {
    reply().reasoning(details_text(message), at);
  }
  if (const Json* parts = list_member(message, "content"); parts != nullptr) {
    content_parts(*parts, at);
  } else {
    reply().answer(text_member(message, "content"), at);
  }
  reply().refusal(text_member(message, "refusal"), at);
  if (const Json* calls = list_member(message, "tool_calls"); calls != nullptr)
    tool_calls(*calls, at);
  // The old form of one call without an id.
  if (const Json* call = object_member(message, "function_call"); call != nullptr)
    function(slot_of(-1, {}), {}, *call, at);
}

void ChoicesDecoder::content_parts(const Json& parts, const ChunkStamp& at) {
  for (const Json& part : parts) {
    if (const Json* thoughts = member(part, "thinking"); thoughts != nullptr) {
      if (thoughts->is_string()) reply().reasoning(thoughts->get_ref<const std::string&>(), at);
      if (!thoughts->is_array()) continue;
      for (const Json& thought : *thoughts) reply().reasoning(text_member(thought, "text"), at);
      continue;
    }
    reply().refusal(text_member(part, "refusal"), at);
    reply().answer(text_member(part, "text"), at);
  }
}

void ChoicesDecoder::tool_calls(const Json& calls, const ChunkStamp& at) {
  for (size_t i = 0; i < calls.size(); ++i) {
    const Json& call = calls[i];
    const int64_t index = count_member(call, "index");
    const std::string_view id = text_member(call, "id");
    const Json* said = object_member(call, "function");
    if (said == nullptr) continue;
    function(slot_of(index < 0 ? static_cast<int64_t>(i) : index, id), id, *said, at);
  }
}

void ChoicesDecoder::function(size_t slot, std::string_view id, const Json& function,
                              const ChunkStamp& at) {
  const Json* arguments = member(function, "arguments");
  const std::string_view name = text_member(function, "name");
  if (arguments != nullptr && !arguments->is_string()) {
    reply().tool_call(slot, id, name, dump_json(*arguments), at);
  } else {
    reply().tool_call(slot, id, name, text_member(function, "arguments"), at);
  }
}

// Calls are told apart by their index; some servers give every call the same one, then by their id.
size_t ChoicesDecoder::slot_of(int64_t wire_index, std::string_view id) {
  for (size_t i = slots_.size(); i-- > 0;) {
    Slot& slot = slots_[i];
    if (slot.wire_index != wire_index) continue;
    if (!id.empty() && !slot.id.empty() && slot.id != id) break;
    if (slot.id.empty()) slot.id = id;
    return i;
  }
  if (slots_.size() < ReplyBuilder::kToolCallsMax) slots_.push_back({wire_index, std::string(id)});
  return slots_.size() - 1;
}

void ChoicesDecoder::identify(std::string_view id, std::string_view model,
                              std::string_view fingerprint) {
  if (identified_) return;
  if (!id.empty()) reply().response_id(id);
  if (!model.empty()) reply().served_model(model);
  if (!fingerprint.empty()) reply().fingerprint(fingerprint);
  identified_ = !id.empty() && !model.empty() && !fingerprint.empty();
}

void ChoicesDecoder::finish_choice(std::string_view reason) {
  if (!reason.empty()) reply().finished(reason, finish_kind_of_choice(reason));
}

}  // namespace assay::backends
