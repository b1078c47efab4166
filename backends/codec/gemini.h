// "gemini": generateContent of the Gemini API, under a base URL that ends in /v1beta. The key's
// header (x-goog-api-key) is the backend's. The model stands in the path; a name that already
// begins with "models/" or "tunedModels/" is taken as it is.
//
// Where it stands: one row of make_wire_codec(). Const and shared: encode() on the feeder, decoders
// on the decode thread.
//
// Peculiarities that a user sees in the request:
//   - thinking_budget becomes thinkingConfig.thinkingBudget, reasoning_effort
//     thinkingConfig.thinkingLevel; with either (but a budget of 0) the thoughts are asked for.
//   - the seed is cut to 31 bits, which is what the API takes; min_p does not exist there.
//   - tools go as JSON schema (parametersJsonSchema), since `parameters` knows only a part of it.
//   - a tool's reply names the function: the call it answers is looked up by its id, else by its
//     place among the calls before it.
//
// A finish reason of a content filter (SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII,
// LANGUAGE, IMAGE_*) and a blocked prompt are refusals; a function call that the model wrote badly
// (MALFORMED_FUNCTION_CALL) is an answer, and a wrong one.
//
// Sources: "generateContent", "Thinking", "Function calling", "Safety settings" and
// "Troubleshooting" of ai.google.dev.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

class GeminiCodec final : public WireCodec {
 public:
  GeminiCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}

  [[nodiscard]] std::string path() const override;
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
