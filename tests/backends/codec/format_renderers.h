// Replies with given deltas in the wire formats anthropic, gemini, ollama and llama-cpp, for the
// table of reasoning cases (reasoning_renderers.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/backends/codec/reasoning_reply.h"

namespace assay::backends::test {

inline std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

inline std::string data_event(const std::string& json) { return "data: " + json + "\n\n"; }

// ---- Anthropic messages ----

inline std::string anthropic_usage(const ReasoningReply& reply) {
  if (reply.output_tokens < 0) return "";
  std::string out = ",\"usage\":{\"input_tokens\":10,\"output_tokens\":";
  out += std::to_string(reply.output_tokens);
  if (reply.reasoning_tokens >= 0) {
    out += ",\"output_tokens_details\":{\"thinking_tokens\":" +
           std::to_string(reply.reasoning_tokens) + "}";
  }
  return out + "}";
}

inline std::string anthropic_stop(const ReasoningReply& reply) {
  return reply.length ? R"("stop_reason":"max_tokens")" : R"("stop_reason":"end_turn")";
}

inline std::string anthropic_streamed(const ReasoningReply& reply) {
  std::string out =
      data_event(R"({"type":"message_start","message":{"id":"i","model":"m","content":[]}})");
  int index = -1;
  const auto stop = [&] {
    if (index >= 0)
      out += data_event(R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}");
  };
  Channel open = Channel::kTool;  // none
  for (const Delta& delta : reply.deltas) {
    const std::string kind = delta.channel == Channel::kReasoning ? "thinking" : "text";
    if (delta.channel != open) {
      stop();
      ++index;
      open = delta.channel;
      out += data_event(R"({"type":"content_block_start","index":)" + std::to_string(index) +
                        R"(,"content_block":{"type":")" + kind + "\",\"" + kind + R"(":""}})");
    }
    out += data_event(R"({"type":"content_block_delta","index":)" + std::to_string(index) +
                      R"(,"delta":{"type":")" + kind + "_delta\",\"" + kind +
                      "\":" + json_text(delta.text) + "}}");
  }
  stop();
  out += data_event(R"({"type":"message_delta","delta":{)" + anthropic_stop(reply) + "}" +
                    anthropic_usage(reply) + "}");
  return out + data_event(R"({"type":"message_stop"})");
}

inline std::string anthropic_whole(const ReasoningReply& reply) {
  const std::string thought = text_of(reply, Channel::kReasoning);
  const std::string answer = text_of(reply, Channel::kAnswer);
  std::string content;
  if (!thought.empty()) content = R"({"type":"thinking","thinking":)" + json_text(thought) + "}";
  if (!thought.empty() && !answer.empty()) content += ',';
  if (!answer.empty()) content += R"({"type":"text","text":)" + json_text(answer) + "}";
  return R"({"id":"i","type":"message","model":"m","content":[)" + content + "]," +
         anthropic_stop(reply) + anthropic_usage(reply) + "}";
}

// ---- Gemini ----

// Zeros are left out, as the API does; the total tells that thoughts were counted.
inline std::string gemini_usage(const ReasoningReply& reply) {
  if (reply.output_tokens < 0) return "";
  const bool counted = reply.reasoning_tokens >= 0;
  const int64_t thoughts = counted ? reply.reasoning_tokens : 0;
  const int64_t candidates = reply.output_tokens - thoughts;
  std::string out = ",\"usageMetadata\":{\"promptTokenCount\":10";
  if (candidates > 0) out += ",\"candidatesTokenCount\":" + std::to_string(candidates);
  if (thoughts > 0) out += ",\"thoughtsTokenCount\":" + std::to_string(thoughts);
  if (counted) out += ",\"totalTokenCount\":" + std::to_string(10 + reply.output_tokens);
  return out + "}";
}

inline std::string gemini_part(Channel channel, const std::string& text) {
  return "{\"text\":" + json_text(text) +
         (channel == Channel::kReasoning ? R"(,"thought":true})" : "}");
}

inline std::string gemini_chunk(const std::string& parts, const std::string& behind) {
  return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"})" + behind;
}

inline std::string gemini_end(const ReasoningReply& reply) {
  return std::string(reply.length ? R"(,"finishReason":"MAX_TOKENS"}])"
                                  : R"(,"finishReason":"STOP"}])") +
         gemini_usage(reply) + "}";
}

inline std::string gemini_streamed(const ReasoningReply& reply) {
  std::string out;
  for (const Delta& delta : reply.deltas)
    out += data_event(gemini_chunk(gemini_part(delta.channel, delta.text), "}]}"));
  return out + data_event(gemini_chunk("", gemini_end(reply)));
}

inline std::string gemini_whole(const ReasoningReply& reply) {
  std::string parts;
  for (const Channel channel : {Channel::kReasoning, Channel::kAnswer}) {
    const std::string text = text_of(reply, channel);
    if (text.empty()) continue;
    if (!parts.empty()) parts += ',';
    parts += gemini_part(channel, text);
  }
  return gemini_chunk(parts, gemini_end(reply));
}

// ---- Ollama ----

inline std::string ollama_end(const ReasoningReply& reply) {
  std::string out = reply.length ? R"("done":true,"done_reason":"length")"
                                 : R"("done":true,"done_reason":"stop")";
  if (reply.output_tokens >= 0)
    out += ",\"prompt_eval_count\":10,\"eval_count\":" + std::to_string(reply.output_tokens);
  return out + "}\n";
}

inline std::string ollama_line(const std::string& thinking, const std::string& content,
                               const std::string& behind) {
  std::string out = R"({"model":"m","message":{"role":"assistant","content":)" + json_text(content);
  if (!thinking.empty()) out += ",\"thinking\":" + json_text(thinking);
  return out + "}," + behind;
}

inline std::string ollama_streamed(const ReasoningReply& reply) {
  std::string out;
  for (const Delta& delta : reply.deltas) {
    const bool thought = delta.channel == Channel::kReasoning;
    out += ollama_line(thought ? delta.text : "", thought ? "" : delta.text, "\"done\":false}\n");
  }
  // Two lines at the least: a reply of one did not stream.
  if (reply.deltas.empty()) out += ollama_line("", "", "\"done\":false}\n");
  return out + ollama_line("", "", ollama_end(reply));
}

inline std::string ollama_whole(const ReasoningReply& reply) {
  return ollama_line(text_of(reply, Channel::kReasoning), text_of(reply, Channel::kAnswer),
                     ollama_end(reply));
}

// ---- llama.cpp ----

inline std::string llama_end(const ReasoningReply& reply, const std::string& content) {
  std::string out = R"({"content":)" + json_text(content) + R"(,"stop":true,"stop_type":)" +
                    (reply.length ? R"("limit")" : R"("eos")");
  if (reply.output_tokens >= 0)
    out += ",\"tokens_evaluated\":10,\"tokens_predicted\":" + std::to_string(reply.output_tokens);
  return out + "}";
}

inline std::string llama_streamed(const ReasoningReply& reply) {
  std::string out;
  for (const Delta& delta : reply.deltas)
    out += data_event(R"({"content":)" + json_text(delta.text) + R"(,"stop":false})");
  return out + data_event(llama_end(reply, ""));
}

inline std::string llama_whole(const ReasoningReply& reply) {
  return llama_end(reply, text_of(reply, Channel::kAnswer));
}

}  // namespace assay::backends::test
