// "llama-cpp": the native completion endpoint of llama.cpp's server (/completion), under a base URL
// without a path. No chat template is applied: the one user message is the prompt as it stands.
//
// Where it stands: one row of make_wire_codec(). Const and shared: encode() on the feeder, decoders
// on the decode thread.
//
// Peculiarities:
//   - several messages, pictures and tools are refused (the server's /v1/chat/completions takes
//     them: format openai-chat).
//   - log-likelihoods are refused: n_probs speaks of generated tokens only, never of given ones.
//   - n_probs comes through extra_body; the probabilities go into the details as
//     "token_logprobs": [{"token","logprob","top":[{"token","logprob"}]}], at most
//     kLlamaCppProbabilitiesMax bytes of them ("token_logprobs_cut": true where there were more).
//   - the cached part of the prompt is timings.cache_n, in older servers what tokens_evaluated
//     counts beyond timings.prompt_n. (tokens_cached is no such count: it is what the slot holds
//     afterwards, the generated tokens too.)
//   - the seed is taken modulo 2^32 - 1, the server's mark for a random one.
//
// Sources: tools/server/README.md of github.com/ggml-org/llama.cpp; examples/server/README.md of
// 2024 for the older fields (stopped_eos, stopped_limit, stopped_word; probs with tok_str).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

inline constexpr size_t kLlamaCppProbabilitiesMax = size_t{16} << 20;

class LlamaCppCodec final : public WireCodec {
 public:
  LlamaCppCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}

  [[nodiscard]] std::string path() const override { return "/completion"; }
  [[nodiscard]] std::string cheap_path() const override { return "/health"; }
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
