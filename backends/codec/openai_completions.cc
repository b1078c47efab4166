#include "backends/codec/openai_completions.h"

#include <fmt/format.h>

#include "backends/codec/echo_logprobs.h"
#include "backends/codec/openai_choices.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

class CompletionsDecoder final : public ChoicesDecoder {
 public:
  using ChoicesDecoder::ChoicesDecoder;

 protected:
  void document(const Json& body, const ChunkStamp& at) override {
    const Json* choices = list_member(body, "choices");
    const bool asks_likelihood = attempt() != nullptr && attempt()->request.continuation &&
                                 !attempt()->request.messages.empty();
    if (!asks_likelihood || choices == nullptr || choices->empty()) {
      ChoicesDecoder::document(body, at);
      return;
    }
    identify(text_member(body, "id"), text_member(body, "model"),
             text_member(body, "system_fingerprint"));
    int64_t generated = -1;
    if (const Json* usage = object_member(body, "usage"); usage != nullptr) {
      reply().usage(usage_of_choices(*usage));
      generated = count_member(*usage, "completion_tokens");
    }
    likelihood(choices->front(), generated);
  }

 private:
  void likelihood(const Json& choice, int64_t generated) {
    const Json* logprobs = object_member(choice, "logprobs");
    if (logprobs == nullptr) {
      reply().malformed("the reply has no `logprobs`: this server cannot give log-likelihoods");
      return;
    }
    const Request& request = attempt()->request;
    const Result<EchoResult> result = echo_loglikelihood(*logprobs, request.messages.front().text,
                                                         *request.continuation, generated);
    if (!result) {
      reply().malformed(result.error().text());
      return;
    }
    if (result->straddles)
      reply().note(
          "a token holds the end of the context and the beginning of the continuation; "
          "its log-likelihood was counted");
    reply().loglikelihood(result->value);
    // The limit of one token is ours.
    reply().finished(text_member(choice, "finish_reason"), FinishKind::kStop);
  }
};

}  // namespace

std::string CompletionsCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  body.text("model", options_.model);
  const std::string_view prompt =
      request.messages.empty() ? std::string_view() : request.messages.front().text;
  if (request.continuation) {
    std::string& out = body.key("prompt");
    append_json_string(out, std::string(prompt) + *request.continuation);
    body.number("max_tokens", int64_t{1});
    body.number("temperature", int64_t{0});
    body.number("logprobs", int64_t{1});
    body.boolean("echo", true);
    return body.take();
  }
  body.text("prompt", prompt);
  const GenerationParams params = merged_params(options_.params, request.params);
  if (params.max_tokens) body.number("max_tokens", *params.max_tokens);
  write_sampling(body, params);
  if (options_.stream) {
    body.boolean("stream", true);
    if (options_.stream_usage) body.raw("stream_options", R"({"include_usage":true})");
  }
  return body.take();
}

std::unique_ptr<Decoder> CompletionsCodec::decoder() const {
  return std::make_unique<CompletionsDecoder>(options_);
}

std::optional<std::string> CompletionsCodec::refuses(const Request& request) const {
  if (request.messages.size() != 1 || request.messages.front().role != "user")
    return "a completions format takes one user message as its prompt, and no others";
  if (!request.messages.front().images.empty()) return "a completions format takes no pictures";
  if (!request.tools.empty()) return "a completions format takes no tools";
  return std::nullopt;
}

}  // namespace assay::backends
