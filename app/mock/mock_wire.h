// ReplyWriter: a reply in the words of the OpenAI API: the JSON of a whole reply, or of each event
// of a stream; and the whole message of Anthropic's. Knows nothing of sockets, time or faults.
//
//   ReplyWriter writer(options, ask, plans, number, created_unix_s);
//   writer.chunk_event(0, 1, out);   // {"id":"chatcmpl-mock-7", ... "delta":{"content":"river"}
//   ...}
//
// Sources: OpenAI API reference, "Chat completions" (the object, the chunk object) and
// "Completions"; DeepSeek API "Reasoning model" (reasoning_content); OpenRouter "Reasoning tokens"
// (reasoning); vLLM, OpenAI-compatible server, stream_options.continuous_usage_stats; Anthropic API
// reference, "Messages" (the message object).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/mock_ask.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_reply.h"

namespace assay::app::mock {

class ReplyWriter {
 public:
  // `options` outlives the writer. One plan for each prompt of `ask`.
  ReplyWriter(const MockOptions& options, MockAsk ask, std::vector<ReplyPlan> plans,
              uint64_t number, int64_t created_unix_s);

  [[nodiscard]] const MockAsk& ask() const { return ask_; }
  [[nodiscard]] const ReplyPlan& plan() const { return plans_[0]; }
  [[nodiscard]] int64_t output_tokens() const;

  [[nodiscard]] std::string whole() const;

  // Pieces of the tool call that a reply begins with; each counts as a token. 0: no tool call.
  [[nodiscard]] size_t tool_pieces() const;

  // Events of a stream, appended to `out`, in this order; chunk_event and echo_event go on from the
  // text before them.
  void role_event(std::string& out) const;
  void echo_event(std::string& out);
  void tool_event(size_t piece, std::string& out) const;
  void chunk_event(size_t first_token, size_t end_token, std::string& out);
  void finish_event(std::string& out) const;
  [[nodiscard]] bool streams_usage() const;
  void usage_event(std::string& out) const;

 private:
  // Where in its text the log-probabilities stand.
  struct Place {
    uint64_t hash = 0;
    int64_t offset = 0;     // in code points
    bool at_start = false;  // the first token of a prompt has no probability
  };

  [[nodiscard]] std::string head(std::string_view object) const;
  // What follows an event's choice, with `tokens` said so far.
  void end_event(size_t tokens, std::string& out) const;
  void append_usage(int64_t tokens, std::string& out) const;
  [[nodiscard]] bool has_continuous_usage() const;
  [[nodiscard]] std::string_view finish_reason(const ReplyPlan& plan) const;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] std::string chat_choice() const;
  [[nodiscard]] std::string completion_choice(size_t index) const;
  [[nodiscard]] Place start_of(size_t index, bool of_prompt) const;
  void append_logprobs(std::string& out, const std::vector<std::string_view>& tokens,
                       Place& place) const;
  void append_chat_logprobs(std::string& out, const std::vector<std::string_view>& tokens,
                            Place& place) const;
  void append_text_logprobs(std::string& out, const std::vector<std::string_view>& tokens,
                            Place& place) const;
  void append_top(std::string& out, uint64_t hash, std::string_view token) const;

  const MockOptions* options_;
  MockAsk ask_;
  std::vector<ReplyPlan> plans_;
  std::string id_;
  int64_t created_unix_s_;
  std::string event_head_;  // of every event of a stream
  Place place_;
};

}  // namespace assay::app::mock
