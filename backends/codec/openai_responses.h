// ResponsesCodec: OpenAI responses (POST /responses).
//
// Where it stands: a row of wire_codec.cc; encode() on the feeder, decoders on the decode thread.
// The first system message becomes `instructions`. `seed`, `stop`, `top_k`, `min_p` and the
// penalties have no place in this API and are left out. Summary parts and texts of reasoning are
// joined by an empty line. `store` is false: nothing is kept at the provider.
// Sources: platform.openai.com/docs/api-reference/responses/create and /responses-streaming,
// platform.openai.com/docs/guides/reasoning.
#pragma once

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

class ResponsesCodec final : public WireCodec {
 public:
  ResponsesCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::string path() const override { return "/responses"; }
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
