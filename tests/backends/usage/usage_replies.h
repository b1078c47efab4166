// Replies of every wire format around a given usage object, whole and streamed.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace assay::backends::test {

struct UsageReply {
  std::string format;
  std::string answer;
  std::string reasoning;
  bool in_x_groq = false;
  std::vector<Json> usages;  // of one reply; the last one is of all of it
};

inline std::string sse(const Json& event) { return "data: " + dump_json(event) + "\n\n"; }

inline Json with_usage(Json reply, const char* key, const Json& usage) {
  if (!usage.is_null()) reply[key] = usage;
  return reply;
}

// ---- OpenAI chat ----

inline std::string chat_whole(const UsageReply& r) {
  Json message{{"role", "assistant"}, {"content", r.answer}};
  if (!r.reasoning.empty()) message["reasoning_content"] = r.reasoning;
  const Json choice{{"index", 0}, {"message", std::move(message)}, {"finish_reason", "stop"}};
  return dump_json(with_usage({{"choices", Json::array({choice})}}, "usage", r.usages.back()));
}

inline Json chat_chunk(const char* key, const std::string& text, const Json& finish) {
  const Json choice{{"index", 0}, {"delta", Json{{key, text}}}, {"finish_reason", finish}};
  return {{"choices", Json::array({choice})}};
}

// One usage stands in an event of its own, several in the chunks.
inline std::string chat_streamed(const UsageReply& r) {
  std::string out;
  if (!r.reasoning.empty()) out += sse(chat_chunk("reasoning_content", r.reasoning, nullptr));
  if (r.usages.size() > 1 || r.in_x_groq) {
    for (const Json& usage : r.usages) {
      Json chunk = chat_chunk("content", r.answer, nullptr);
      out += sse(r.in_x_groq ? with_usage(chunk, "x_groq", Json{{"usage", usage}})
                             : with_usage(chunk, "usage", usage));
    }
    return out + sse(chat_chunk("content", "", "stop")) + "data: [DONE]\n\n";
  }
  out += sse(chat_chunk("content", r.answer, nullptr)) + sse(chat_chunk("content", "", "stop"));
  if (!r.usages.back().is_null())
    out += sse(Json{{"choices", Json::array()}, {"usage", r.usages.back()}});
  return out + "data: [DONE]\n\n";
}

// ---- OpenAI completions ----

inline std::string completions_whole(const UsageReply& r) {
  const Json choice{{"index", 0}, {"text", r.answer}, {"finish_reason", "stop"}};
  return dump_json(with_usage({{"choices", Json::array({choice})}}, "usage", r.usages.back()));
}

inline std::string completions_streamed(const UsageReply& r) {
  const Json choice{{"index", 0}, {"text", r.answer}, {"finish_reason", "stop"}};
  return sse({{"choices", Json::array({choice})}}) +
         sse({{"choices", Json::array()}, {"usage", r.usages.back()}}) + "data: [DONE]\n\n";
}

// ---- OpenAI responses ----

inline Json responses_object(const UsageReply& r) {
  const Json part{{"type", "output_text"}, {"text", r.answer}};
  const Json item{{"type", "message"}, {"content", Json::array({part})}};
  return with_usage(
      {{"object", "response"}, {"status", "completed"}, {"output", Json::array({item})}}, "usage",
      r.usages.back());
}

inline std::string responses_streamed(const UsageReply& r) {
  return sse({{"type", "response.output_text.delta"}, {"output_index", 0}, {"delta", r.answer}}) +
         sse({{"type", "response.completed"}, {"response", responses_object(r)}});
}

// ---- Anthropic ----

inline std::string anthropic_whole(const UsageReply& r) {
  Json content = Json::array();
  if (!r.reasoning.empty()) content.push_back({{"type", "thinking"}, {"thinking", r.reasoning}});
  content.push_back({{"type", "text"}, {"text", r.answer}});
  return dump_json(with_usage(
      {{"type", "message"}, {"content", std::move(content)}, {"stop_reason", "end_turn"}}, "usage",
      r.usages.back()));
}

inline std::string anthropic_block(int index, const char* type, const std::string& text) {
  const std::string delta = std::string(type) + "_delta";
  return sse({{"type", "content_block_start"},
              {"index", index},
              {"content_block", Json{{"type", type}, {type, ""}}}}) +
         sse({{"type", "content_block_delta"},
              {"index", index},
              {"delta", Json{{"type", delta}, {type, text}}}}) +
         sse({{"type", "content_block_stop"}, {"index", index}});
}

inline std::string anthropic_streamed(const UsageReply& r) {
  const Json message = with_usage({{"content", Json::array()}}, "usage", r.usages.front());
  std::string out = sse({{"type", "message_start"}, {"message", message}});
  if (!r.reasoning.empty()) out += anthropic_block(0, "thinking", r.reasoning);
  out += anthropic_block(1, "text", r.answer);
  for (size_t i = r.usages.size() > 1 ? 1 : 0; i < r.usages.size(); ++i)
    out += sse(with_usage({{"type", "message_delta"}, {"delta", {{"stop_reason", "end_turn"}}}},
                          "usage", r.usages[i]));
  return out + sse({{"type", "message_stop"}});
}

// ---- Gemini ----

inline Json gemini_document(const UsageReply& r, const Json& usage, bool last) {
  Json parts = Json::array();
  if (!r.reasoning.empty()) parts.push_back({{"text", r.reasoning}, {"thought", true}});
  parts.push_back({{"text", r.answer}});
  Json candidate{{"content", Json{{"parts", std::move(parts)}}}};
  if (last) candidate["finishReason"] = "STOP";
  return with_usage({{"candidates", Json::array({candidate})}}, "usageMetadata", usage);
}

inline std::string gemini_streamed(const UsageReply& r) {
  std::string out;
  for (size_t i = 0; i < r.usages.size(); ++i)
    out += sse(gemini_document(r, r.usages[i], i + 1 == r.usages.size()));
  return out;
}

// ---- Ollama, llama.cpp: the counts stand beside the rest ----

inline std::string ollama_reply(const UsageReply& r, bool streamed) {
  Json message{{"role", "assistant"}, {"content", r.answer}};
  if (!r.reasoning.empty()) message["thinking"] = r.reasoning;
  Json end{{"done", true}, {"done_reason", "stop"}};
  end.update(r.usages.back());
  if (!streamed) {
    end["message"] = std::move(message);
    return dump_json(end) + "\n";
  }
  end["message"] = Json{{"content", ""}};
  return dump_json(Json{{"message", std::move(message)}, {"done", false}}) + "\n" + dump_json(end) +
         "\n";
}

inline std::string llama_cpp_reply(const UsageReply& r, bool streamed) {
  Json end{{"content", streamed ? "" : r.answer}, {"stop", true}, {"stop_type", "eos"}};
  end.update(r.usages.back());
  if (!streamed) return dump_json(end);
  return sse({{"content", r.answer}, {"stop", false}}) + sse(end);
}

inline std::string usage_reply(const UsageReply& r, bool streamed) {
  if (r.format == "openai-chat") return streamed ? chat_streamed(r) : chat_whole(r);
  if (r.format == "openai-completions")
    return streamed ? completions_streamed(r) : completions_whole(r);
  if (r.format == "openai-responses")
    return streamed ? responses_streamed(r) : dump_json(responses_object(r));
  if (r.format == "anthropic") return streamed ? anthropic_streamed(r) : anthropic_whole(r);
  if (r.format == "gemini")
    return streamed ? gemini_streamed(r) : dump_json(gemini_document(r, r.usages.back(), true));
  if (r.format == "ollama") return ollama_reply(r, streamed);
  return r.format == "llama-cpp" ? llama_cpp_reply(r, streamed) : std::string();
}

}  // namespace assay::backends::test
