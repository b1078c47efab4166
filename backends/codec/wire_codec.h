// WireCodec: a codec of an HTTP wire format, with what the transport must know of it.
//
// Where it stands: made by remote_backend from a provider's row; encode() runs on the feeder,
// decoders on the decode thread.
//
//   WireOptions options{.model = "deepseek-reasoner"};
//   ASSAY_TRY(std::unique_ptr<WireCodec> codec, make_wire_codec("openai-chat", options));
//   url = base + codec->path();
//
// Decoders take streamed and whole replies alike: what the bytes begin with decides (an SSE stream
// begins with a field name or a colon, a document with '{' or '['), so that a server that ignores
// `stream` is understood too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/codec/reasoning_splitter.h"
#include "harness/api/codec.h"
#include "harness/base/result.h"

namespace assay::backends {

struct WireOptions {
  std::string model;  // as the provider names it
  bool stream = true;
  bool keep_wire = false;
  uint64_t text_bytes_kept = UINT64_MAX;  // of each channel of a reply
  ReasoningOptions reasoning;
  GenerationParams params;       // the model's own settings: they win over the suite's
  std::string reasoning_effort;  // "low", "medium", "high" ...; empty: not sent
  int64_t thinking_budget = -1;  // tokens, where the format has such a thing; -1: not sent
  std::string extra_body;        // JSON object whose members are merged into every request, last
  // Provider's peculiarities (columns of providers.yaml).
  std::string max_tokens_field = "max_tokens";  // "max_completion_tokens" for OpenAI's reasoning
                                                // models; formats of their own ignore it
  bool stream_usage = true;         // ask for usage in the stream (`stream_options.include_usage`)
  int64_t max_tokens_default = -1;  // where the format demands one (Anthropic) and nobody gave it
};

class WireCodec : public Codec {
 public:
  // Behind the base URL: "/chat/completions"; may hold the model's name (Gemini), percent-encoded.
  [[nodiscard]] virtual std::string path() const = 0;
  // Besides content-type and authorisation: "anthropic-version: 2023-06-01".
  [[nodiscard]] virtual std::vector<std::string> headers() const { return {}; }
  // A path that answers a cheap GET, for warm-up and discovery: "/models".
  [[nodiscard]] virtual std::string cheap_path() const { return "/models"; }
  // encode() of what this request asks is possible; otherwise what is not (a picture in a format
  // without pictures, a continuation in a chat format), for people.
  [[nodiscard]] virtual std::optional<std::string> refuses(const Request& request) const = 0;
};

// Formats: openai-chat, openai-responses, openai-completions, anthropic, gemini, ollama, llama-cpp.
// An unknown one is an error that names the nearest.
Result<std::unique_ptr<WireCodec>> make_wire_codec(std::string_view format, WireOptions options);
std::vector<std::string> wire_formats();

}  // namespace assay::backends
