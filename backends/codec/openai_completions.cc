#include "backends/codec/openai_completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "backends/codec/echo_logprobs.h"
#include "backends/codec/openai_choices.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

std::string_view context_of(const Request& request, const Continuation& continuation) {
  if (continuation.context) return *continuation.context;
  return request.messages.empty() ? std::string_view() : request.messages.front().text;
}

void append_prompt(std::string& out, const Request& request, const Continuation& continuation) {
  append_json_string(out, std::string(context_of(request, continuation)) + continuation.text);
}

class CompletionsDecoder final : public ChoicesDecoder {
 public:
  using ChoicesDecoder::ChoicesDecoder;

 protected:
  void document(const Json& body, const ChunkStamp& at) override {
    const Json* choices = list_member(body, "choices");
    const bool asks_likelihood = attempt() != nullptr && !attempt()->request.continuations.empty();
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
    likelihoods(*choices, generated);
  }

 private:
  // The choices may come in any order; each says which prompt it belongs to.
  void likelihoods(const Json& choices, int64_t generated) {
    const std::vector<Continuation>& asked = attempt()->request.continuations;
    std::vector<const Json*> by_prompt(asked.size());
    for (size_t i = 0; i < choices.size(); ++i) {
      const int64_t index = asked.size() == 1 ? 0 : count_member(choices[i], "index");
      if (index >= 0 && index < static_cast<int64_t>(asked.size()))
        by_prompt[static_cast<size_t>(index)] = &choices[i];
    }
    const bool complete = std::none_of(by_prompt.begin(), by_prompt.end(),
                                       [](const Json* c) { return c == nullptr; });
    if (!complete) {
      reply().malformed(
          fmt::format("{} prompts were sent, and the reply does not answer each", asked.size()));
      return;
    }
    // Usage counts the whole reply: of several prompts each generated the one token asked for.
    const int64_t each = asked.size() == 1 ? generated : generated < 0 ? -1 : 1;
    for (size_t i = 0; i < asked.size(); ++i) {
      if (!likelihood(*by_prompt[i], asked[i], each)) return;
    }
    // The limit of one token is ours.
    reply().finished(text_member(*by_prompt.front(), "finish_reason"), FinishKind::kStop);
  }

  bool likelihood(const Json& choice, const Continuation& asked, int64_t generated) {
    const Json* logprobs = object_member(choice, "logprobs");
    if (logprobs == nullptr) {
      reply().malformed("the reply has no `logprobs`: this server cannot give log-likelihoods");
      return false;
    }
    const Result<EchoResult> result =
        echo_loglikelihood(*logprobs, context_of(attempt()->request, asked), asked.text, generated);
    if (!result) {
      reply().malformed(result.error().text());
      return false;
    }
    if (result->straddles)
      reply().note(
          "a token holds the end of the context and the beginning of the continuation; "
          "its log-likelihood was counted");
    reply().loglikelihood(result->value);
    return true;
  }
};

}  // namespace

std::string CompletionsCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  BodyWriter body(extra_);
  body.text("model", options_.model);
  const std::string_view prompt =
      request.messages.empty() ? std::string_view() : request.messages.front().text;
  if (!request.continuations.empty()) {
    std::string& out = body.key("prompt");
    if (request.continuations.size() == 1) {
      append_prompt(out, request, request.continuations.front());
    } else {
      for (size_t i = 0; i < request.continuations.size(); ++i) {
        out += i == 0 ? '[' : ',';
        append_prompt(out, request, request.continuations[i]);
      }
      out += ']';
    }
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
