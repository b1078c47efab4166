// MockAsk: what the body of an API request asks for, as far as the mock cares.
//
//   MockAsk ask;
//   if (auto refusal = read_ask(body, Endpoint::kChat, ask)) reply(refusal->status,
//   error_json(*refusal));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::app::mock {

enum class Endpoint : uint8_t {
  kChat,
  kCompletions,
  kMessages,  // Anthropic's; whole replies only
};

// An error object of the API.
struct Refusal {
  int status = 400;
  std::string type;
  std::string code;
  std::string message;
};
std::string error_json(const Refusal& refusal);
// The same in the words of Anthropic's API.
std::string message_error_json(const Refusal& refusal);

struct MockAsk {
  static constexpr size_t kPromptsMax = 128;
  static constexpr int64_t kTopLogprobsMax = 20;

  Endpoint endpoint = Endpoint::kChat;
  std::string model;  // empty: not named
  // Chat and messages: the text of the last user message. Completions: each prompt.
  std::vector<std::string> prompts;
  bool stream = false;
  bool include_usage = false;
  bool continuous_usage = false;  // with include_usage: in every event
  bool echo = false;
  bool ignore_eos = false;  // exactly max_tokens tokens (as vLLM and SGLang understand it)
  std::optional<int64_t> max_tokens;    // or max_completion_tokens
  std::optional<int64_t> top_logprobs;  // set: log-probabilities are wanted, with so many rivals
  std::vector<std::string> stop;
  int64_t prompt_tokens = 0;
  int64_t images = 0;
};

// What is wrong with the request, if anything; `ask` is whole only where nothing is.
std::optional<Refusal> read_ask(std::string_view body, Endpoint endpoint, MockAsk& ask);

}  // namespace assay::app::mock
