// ReplyWriter: a reply in the words of the OpenAI API: the JSON of a whole reply, or of each event
// of a stream. Knows nothing of sockets, time or faults.
//
//   ReplyWriter writer(options, ask, plans, name);
//   writer.chunk_event(0, 1);   // {"id":"chatcmpl-mock-7", ... "delta":{"content":"river"} ...}
//
// Sources: OpenAI API reference, "Chat completions" (the object, the chunk object) and
// "Completions"; DeepSeek API "Reasoning model" (reasoning_content); OpenRouter "Reasoning tokens"
// (reasoning).
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

  // Events of a stream, in this order; chunk_event and echo_event go on from the text before them.
  [[nodiscard]] std::string role_event() const;
  std::string echo_event();
  std::string chunk_event(size_t first_token, size_t end_token);
  [[nodiscard]] std::string finish_event() const;
  [[nodiscard]] bool streams_usage() const;
  [[nodiscard]] std::string usage_event() const;

 private:
  // Where in its text the log-probabilities stand.
  struct Place {
    uint64_t hash = 0;
    int64_t offset = 0;     // in code points
    bool at_start = false;  // the first token of a prompt has no probability
  };

  [[nodiscard]] std::string head(std::string_view object) const;
  [[nodiscard]] std::string event(std::string_view choice) const;
  [[nodiscard]] std::string usage_json() const;
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
  Place place_;
};

}  // namespace assay::app::mock
