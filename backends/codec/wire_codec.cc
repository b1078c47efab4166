#include "backends/codec/wire_codec.h"

#include <fmt/format.h>

#include <algorithm>

#include "backends/codec/anthropic.h"
#include "backends/codec/gemini.h"
#include "backends/codec/llama_cpp.h"
#include "backends/codec/ollama.h"
#include "backends/codec/openai_chat.h"
#include "backends/codec/openai_completions.h"
#include "backends/codec/openai_responses.h"
#include "backends/codec/wire_json.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

struct Format {
  std::string_view name;
  std::unique_ptr<WireCodec> (*make)(WireOptions options, ExtraBody extra);
};

template <typename Codec>
std::unique_ptr<WireCodec> make(WireOptions options, ExtraBody extra) {
  return std::make_unique<Codec>(std::move(options), std::move(extra));
}

// A new wire format is its .h and .cc and one row here.
const std::vector<Format>& formats() {
  static const std::vector<Format> kFormats{
      {"openai-chat", make<ChatCodec>},
      {"openai-responses", make<ResponsesCodec>},
      {"openai-completions", make<CompletionsCodec>},
      {"anthropic", make<AnthropicCodec>},
      {"gemini", make<GeminiCodec>},
      {"llama-cpp", make<LlamaCppCodec>},
      {"ollama", make<OllamaCodec>},
  };
  return kFormats;
}

}  // namespace

Result<std::unique_ptr<WireCodec>> make_wire_codec(std::string_view format, WireOptions options) {
  const auto row = std::find_if(formats().begin(), formats().end(),
                                [&](const Format& known) { return known.name == format; });
  if (row == formats().end()) {
    return input_error(
        "", fmt::format("`{}` is no wire format{}", format, did_you_mean(format, wire_formats())));
  }
  ASSAY_TRY(ExtraBody extra, ExtraBody::parse(options.extra_body));
  return row->make(std::move(options), std::move(extra));
}

std::vector<std::string> wire_formats() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.emplace_back(format.name);
  return names;
}

}  // namespace assay::backends
