// Replies with given deltas in each wire format, for the table of reasoning cases. A format that
// carries reasoning adds one row to reasoning_renderers() and its two functions.
#pragma once

#include <string>
#include <vector>

#include "tests/backends/codec/format_renderers.h"
#include "tests/backends/codec/reasoning_reply.h"

namespace assay::backends::test {

struct ReasoningRenderer {
  std::string format;
  std::string (*streamed)(const ReasoningReply& reply);
  std::string (*whole)(const ReasoningReply& reply);
  bool has_field = true;               // reasoning may come apart from the answer
  bool counts_reasoning = true;        // its usage has a place for reasoning tokens
  bool carries_cut_characters = true;  // bytes of a character may come in two deltas
};

// ---- OpenAI chat completions and completions ----

inline std::string choices_usage(const ReasoningReply& reply) {
  std::string out;
  ObjectWriter usage(out);
  usage.number("prompt_tokens", int64_t{10});
  usage.number("completion_tokens", reply.output_tokens);
  if (reply.reasoning_tokens >= 0) {
    usage.raw("completion_tokens_details",
              "{\"reasoning_tokens\":" + std::to_string(reply.reasoning_tokens) + "}");
  }
  usage.end();
  return out;
}

// One reply object with one choice whose text stands in `holder` ("delta", "message", or "" for
// completions).
inline std::string choices_object(const std::string& holder, const std::string& reasoning,
                                  const std::string& answer, const std::string& finish,
                                  const std::string& usage) {
  std::string out = R"({"id":"c","model":"m","choices":[)";
  ObjectWriter choice(out);
  choice.number("index", int64_t{0});
  if (holder.empty()) {
    choice.text("text", answer);
  } else {
    ObjectWriter message(choice.key(holder));
    if (!reasoning.empty()) message.text("reasoning_content", reasoning);
    if (!answer.empty() || reasoning.empty()) message.text("content", answer);
    message.end();
  }
  finish.empty() ? choice.raw("finish_reason", "null") : choice.text("finish_reason", finish);
  choice.end();
  out += "]";
  if (!usage.empty()) out += ",\"usage\":" + usage;
  return out + "}";
}

inline std::string choices_streamed(const std::string& holder, const ReasoningReply& reply) {
  std::string out;
  const auto event = [&](const std::string& data) { out += "data: " + data + "\n\n"; };
  for (const Delta& delta : reply.deltas) {
    const bool thought = delta.channel == Channel::kReasoning;
    event(choices_object(holder, thought ? delta.text : "", thought ? "" : delta.text, "", ""));
  }
  const std::string usage = reply.output_tokens >= 0 ? choices_usage(reply) : "";
  event(choices_object(holder, "", "", reply.length ? "length" : "stop", usage));
  event("[DONE]");
  return out;
}

inline std::string choices_whole(const std::string& holder, const ReasoningReply& reply) {
  return choices_object(holder, text_of(reply, Channel::kReasoning),
                        text_of(reply, Channel::kAnswer), reply.length ? "length" : "stop",
                        reply.output_tokens >= 0 ? choices_usage(reply) : "");
}

inline std::string chat_streamed(const ReasoningReply& r) { return choices_streamed("delta", r); }
inline std::string chat_whole(const ReasoningReply& r) { return choices_whole("message", r); }
inline std::string completions_streamed(const ReasoningReply& r) { return choices_streamed("", r); }
inline std::string completions_whole(const ReasoningReply& r) { return choices_whole("", r); }

// ---- OpenAI responses ----

inline std::string responses_object(const ReasoningReply& reply, bool with_output) {
  std::string out = R"({"id":"r","model":"m","status":)";
  out += reply.length
             ? R"("incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[)"
             : R"("completed","output":[)";
  const std::string thought = text_of(reply, Channel::kReasoning);
  const std::string answer = text_of(reply, Channel::kAnswer);
  if (with_output && !thought.empty()) {
    out += R"({"type":"reasoning","summary":[{"type":"summary_text","text":)";
    append_json_string(out, thought);
    out += "}]},";
  }
  if (with_output) {
    out += R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":)";
    append_json_string(out, answer);
    out += "}]}";
  }
  out += ']';
  if (reply.output_tokens >= 0) {
    out +=
        ",\"usage\":{\"input_tokens\":10,\"output_tokens\":" + std::to_string(reply.output_tokens);
    if (reply.reasoning_tokens >= 0) {
      out += ",\"output_tokens_details\":{\"reasoning_tokens\":" +
             std::to_string(reply.reasoning_tokens) + "}";
    }
    out += '}';
  }
  return out + "}";
}

inline std::string responses_streamed(const ReasoningReply& reply) {
  std::string out;
  for (const Delta& delta : reply.deltas) {
    const std::string type = delta.channel == Channel::kReasoning
                                 ? "response.reasoning_summary_text.delta"
                                 : "response.output_text.delta";
    std::string data;
    ObjectWriter event(data);
    event.text("type", type);
    event.number("output_index", int64_t{0});
    event.text("delta", delta.text);
    event.end();
    out += "event: " + type + "\ndata: " + data + "\n\n";
  }
  const std::string type = reply.length ? "response.incomplete" : "response.completed";
  return out + "event: " + type + "\ndata: {\"type\":\"" + type +
         "\",\"response\":" + responses_object(reply, false) + "}\n\n";
}

inline std::string responses_whole(const ReasoningReply& r) { return responses_object(r, true); }

inline std::vector<ReasoningRenderer> reasoning_renderers() {
  return {
      {"openai-chat", chat_streamed, chat_whole, true, true, true},
      {"openai-completions", completions_streamed, completions_whole, false, true, true},
      {"openai-responses", responses_streamed, responses_whole, true, true, true},
      {"anthropic", anthropic_streamed, anthropic_whole, true, true, false},
      {"gemini", gemini_streamed, gemini_whole, true, true, false},
      {"ollama", ollama_streamed, ollama_whole, true, false, false},
      {"llama-cpp", llama_streamed, llama_whole, false, false, false},
  };
}

}  // namespace assay::backends::test
