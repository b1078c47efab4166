// ChatCodec: OpenAI chat completions (POST /chat/completions), the wire format of most providers
// and local servers.
//
// Where it stands: a row of wire_codec.cc; encode() on the feeder, decoders (openai_choices.h) on
// the decode thread. A log-likelihood cannot be asked in this format.
// Source: platform.openai.com/docs/api-reference/chat/create; `top_k` and `min_p` as vLLM's
// "Extra parameters" (docs.vllm.ai "OpenAI-Compatible Server").
#pragma once

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

class ChatCodec final : public WireCodec {
 public:
  ChatCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::string path() const override { return "/chat/completions"; }
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
