// ChoicesDecoder: replies of the OpenAI chat completions and completions formats and of everything
// that imitates them: `choices` with a `delta` (chat, streamed), a `message` (chat, whole) or a
// `text` (completions).
//
// Where it stands: the decoder of openai_chat and openai_completions; decode thread. Chunks as
// models really send them are read by a scanner without building a document; all others take the
// slow path, and both say the same.
//
// Understood besides OpenAI's own fields: reasoning in `reasoning_content` (DeepSeek, vLLM, SGLang,
// llama.cpp, xAI), `reasoning` (OpenRouter, Groq, vLLM) or `reasoning_details` (OpenRouter),
// content parts with `thinking` (Mistral), `x_groq` (Groq), `prompt_cache_hit_tokens` (DeepSeek),
// output counts without reasoning (xAI, Gemini), errors inside a choice (OpenRouter). Choices other
// than the first are ignored. Sources: platform.openai.com/docs/api-reference/chat-streaming and
// /completions, api-docs.deepseek.com "Create chat completion", openrouter.ai/docs "Reasoning
// tokens" and "Errors", docs.mistral.ai "Reasoning", docs.x.ai "Reasoning",
// console.groq.com/docs/api-reference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/codec/wire_decoder.h"

namespace assay::backends {

FinishKind finish_kind_of_choice(std::string_view reason);
// An OpenAI usage object.
UsageCounts usage_of_choices(const Json& usage);

class ChoicesDecoder : public WireDecoder {
 public:
  // With `fast` false every chunk takes the slow path, for tests.
  explicit ChoicesDecoder(const WireOptions& options, bool fast = true)
      : WireDecoder(options), fast_(fast) {}

 protected:
  void event(std::string_view type, std::string_view data, const ChunkStamp& at) override;
  void document(const Json& body, const ChunkStamp& at) override;
  void identify(std::string_view id, std::string_view model, std::string_view fingerprint);

 private:
  struct Slot {
    int64_t wire_index;
    std::string id;
  };

  bool scan_chunk(std::string_view data, const ChunkStamp& at);
  void chunk(const Json& body, const ChunkStamp& at);
  void choice(const Json& choice, const ChunkStamp& at);
  void message(const Json& message, const ChunkStamp& at);
  void content_parts(const Json& parts, const ChunkStamp& at);
  void tool_calls(const Json& calls, const ChunkStamp& at);
  void function(size_t slot, std::string_view id, const Json& function, const ChunkStamp& at);
  void finish_choice(std::string_view reason);
  size_t slot_of(int64_t wire_index, std::string_view id);

  const bool fast_;
  bool identified_ = false;
  std::vector<Slot> slots_;  // of tool calls, in order of appearance
  std::string answer_;       // of the chunk that is scanned; kept for their memory
  std::string reasoning_;
};

}  // namespace assay::backends
