// CompletionsCodec: OpenAI completions (POST /completions): one text goes on, and log-likelihoods
// of a continuation by echo.
//
// Where it stands: a row of wire_codec.cc; encode() on the feeder, decoders on the decode thread.
// A log-likelihood is asked as prompt + continuation with echo and one token to generate (servers
// differ in whether they take 0), which is then left out; `extra_body` may say {"max_tokens":0}.
// Sources: platform.openai.com/docs/api-reference/completions; docs.vllm.ai "Completions API";
// llama-cpp-python's create_completion.
#pragma once

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

class CompletionsCodec final : public WireCodec {
 public:
  CompletionsCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::string path() const override { return "/completions"; }
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
