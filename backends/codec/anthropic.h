// "anthropic": the Messages API of Anthropic and of servers that speak it, under a base URL that
// ends in /v1. The key's header (x-api-key) is the backend's; anthropic-version is named here.
//
// Where it stands: one row of make_wire_codec(). Const and shared: encode() on the feeder, decoders
// on the decode thread.
//
// Peculiarities that a user sees in the request:
//   - max_tokens is demanded by the API: the model's or suite's own, else max_tokens_default of the
//     provider, else kAnthropicMaxTokens.
//   - thinking_budget > 0 asks for thinking. max_tokens counts the thinking too, so a max_tokens
//     that is not larger than the budget is raised by it; temperature, top_k and a top_p below 0.95
//     are left away, since the API refuses them then. 0 forbids thinking.
//   - reasoning_effort becomes output_config.effort.
//   - seed, min_p and the penalties do not exist there and are left away.
//   - system messages are joined by an empty line and stand at the top, wherever they stood.
//
// Sources: "Messages", "Streaming messages", "Extended thinking", "Handling stop reasons", "Effort"
// and "Errors" of Anthropic's API documentation.
//
//   ASSAY_TRY(auto codec, make_wire_codec("anthropic", {.model = "claude-sonnet-4-5"}));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

inline constexpr int64_t kAnthropicMaxTokens = 4096;  // where nobody gave one

class AnthropicCodec final : public WireCodec {
 public:
  AnthropicCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}

  [[nodiscard]] std::string path() const override { return "/messages"; }
  [[nodiscard]] std::vector<std::string> headers() const override {
    return {"anthropic-version: 2023-06-01"};
  }
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
