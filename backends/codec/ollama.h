// "ollama": the native API of Ollama (/api/chat), under a base URL without a path. Replies stream
// as one JSON object a line.
//
// Where it stands: one row of make_wire_codec(). Const and shared: encode() on the feeder, decoders
// on the decode thread.
//
// Peculiarities that a user sees in the request:
//   - `think` is sent where reasoning_effort ("low", "medium", "high"; "none" is false) or
//     thinking_budget is set: 0 is false, anything above is true, since there is no budget.
//   - the seed is cut to 31 bits.
//   - there is no tool_choice: "none" leaves the tools away, "required" or a name is refused.
//   - a model loads at the first request; a reply whose reason is "load" is no answer and is asked
//     again.
//
// The server's durations (nanoseconds) go into the response's details.
//
// Sources: docs/api.md of github.com/ollama/ollama, "Thinking" and "Errors" of docs.ollama.com.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backends/codec/wire_codec.h"
#include "backends/codec/wire_json.h"

namespace assay::backends {

class OllamaCodec final : public WireCodec {
 public:
  OllamaCodec(WireOptions options, ExtraBody extra)
      : options_(std::move(options)), extra_(std::move(extra)) {}

  [[nodiscard]] std::string path() const override { return "/api/chat"; }
  [[nodiscard]] std::string cheap_path() const override { return "/api/version"; }
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override;

 private:
  WireOptions options_;
  ExtraBody extra_;
};

}  // namespace assay::backends
