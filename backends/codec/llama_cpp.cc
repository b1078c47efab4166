#include "backends/codec/llama_cpp.h"

#include <cmath>
#include <string_view>

#include "backends/codec/request_parts.h"
#include "backends/codec/wire_decoder.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr uint64_t kRandomSeed = 0xFFFFFFFF;  // how the server is asked for a random one

bool is_true(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

// What stopped the generation, in the words of `stop_type`; empty: not said.
std::string_view stop_type_of(const Json& end) {
  if (const std::string_view type = text_member(end, "stop_type"); !type.empty() && type != "none")
    return type;
  if (is_true(end, "stopped_limit")) return "limit";
  if (is_true(end, "stopped_eos")) return "eos";
  return is_true(end, "stopped_word") ? "word" : "";
}

// The logarithm of a token's probability; null where none is given, and for 0.
Json logprob_of(const Json& token) {
  if (const Json* logprob = member(token, "logprob"); logprob != nullptr && logprob->is_number())
    return *logprob;
  const Json* prob = member(token, "prob");
  if (prob == nullptr || !prob->is_number()) return nullptr;
  const double value = prob->get<double>();
  return value > 0 && value <= 1 ? Json(std::log(value)) : Json(nullptr);
}

std::string_view token_text(const Json& token) {
  for (const char* key : {"token", "tok_str", "content"}) {
    if (const std::string_view text = text_member(token, key); !text.empty()) return text;
  }
  return {};
}

// The newer form {token, logprob, top_logprobs} (top_probs with prob after sampling), and the older
// {content, probs: [{tok_str, prob}]}, whose own probability stands in the list.
Json uniform(const Json& token) {
  const std::string_view text = token_text(token);
  Json own = logprob_of(token);
  Json top = Json::array();
  const Json* list = nullptr;
  for (const char* key : {"top_logprobs", "top_probs", "probs"}) {
    if (list == nullptr) list = list_member(token, key);
  }
  for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
    Json logprob = logprob_of((*list)[i]);
    if (own.is_null() && token_text((*list)[i]) == text) own = logprob;
    Json entry = Json::object();
    entry["token"] = token_text((*list)[i]);
    entry["logprob"] = std::move(logprob);
    top.push_back(std::move(entry));
  }
  Json out = Json::object();
  out["token"] = text;
  out["logprob"] = std::move(own);
  out["top"] = std::move(top);
  return out;
}

class LlamaCppDecoder final : public WireDecoder {
 public:
  using WireDecoder::WireDecoder;

 private:
  void event(std::string_view, std::string_view data, const ChunkStamp& at) override {
    if (data == "[DONE]") return reply().terminal();
    if (const std::optional<Json> parsed = parse(data)) document(*parsed, at);
  }

  void document(const Json& body, const ChunkStamp& at) override {
    if (take_error(body, reply())) return;
    if (member(body, "content") == nullptr && member(body, "stop") == nullptr)
      return reply().malformed("neither a completion nor an error");
    reply().answer(text_member(body, "content"), at);
    if (const Json* tokens = list_member(body, "completion_probabilities")) probabilities(*tokens);
    if (is_true(body, "stop")) end(body);
  }

  void end(const Json& body) {
    reply().served_model(text_member(body, "model"));
    usage(body);
    details(body);
    const std::string_view type = stop_type_of(body);
    const bool cut = type == "limit" || is_true(body, "truncated");
    if (cut || !type.empty()) reply().finished(type, cut ? FinishKind::kLength : FinishKind::kStop);
    reply().terminal();
  }

  void usage(const Json& body) {
    UsageReader in(body);
    UsageCounts counts;
    counts.input_total = in.count("tokens_evaluated");
    counts.output_total = in.count("tokens_predicted");
    counts.cached = in.count("timings", "cache_n");
    // `tokens_cached` is what the cache holds afterwards, the reply too.
    const int64_t processed = in.count("timings", "prompt_n");
    if (counts.cached < 0 && processed >= 0 && processed <= counts.input_total)
      counts.cached = counts.input_total - processed;
    counts.fault = in.fault();
    if (counts.said() || !counts.fault.empty()) reply().usage(counts);
  }

  void probabilities(const Json& tokens) {
    for (const Json& token : tokens) {
      const std::string text = dump_json(uniform(token));
      if (probabilities_.size() + text.size() >= kLlamaCppProbabilitiesMax) {
        cut_ = true;
        return;
      }
      if (!probabilities_.empty()) probabilities_ += ',';
      probabilities_ += text;
    }
  }

  void details(const Json& body) {
    std::string out;
    ObjectWriter details(out);
    if (const Json* timings = object_member(body, "timings"))
      details.raw("timings", dump_json(*timings));
    if (!probabilities_.empty()) details.raw("token_logprobs", "[" + probabilities_ + "]");
    if (cut_) details.boolean("token_logprobs_cut", true);
    details.end();
    if (out != "{}") reply().details(std::move(out));
  }

  std::string probabilities_;  // of the tokens so far, as members of a JSON list
  bool cut_ = false;
};

}  // namespace

std::string LlamaCppCodec::encode(const Attempt& attempt) const {
  const Request& request = attempt.request;
  const GenerationParams params = merged_params(options_.params, request.params);
  BodyWriter body(extra_);
  body.text("prompt", request.messages.empty() ? std::string_view() : request.messages[0].text);
  if (params.max_tokens) body.number("n_predict", *params.max_tokens);
  if (params.temperature) body.number("temperature", *params.temperature);
  if (params.top_k) body.number("top_k", *params.top_k);
  if (params.top_p) body.number("top_p", *params.top_p);
  if (params.min_p) body.number("min_p", *params.min_p);
  if (params.seed) body.number("seed", *params.seed % kRandomSeed);
  if (!params.stop.empty()) body.texts("stop", params.stop);
  if (params.presence_penalty) body.number("presence_penalty", *params.presence_penalty);
  if (params.frequency_penalty) body.number("frequency_penalty", *params.frequency_penalty);
  body.boolean("cache_prompt", true);
  body.boolean("stream", options_.stream);
  return body.take();
}

std::unique_ptr<Decoder> LlamaCppCodec::decoder() const {
  return std::make_unique<LlamaCppDecoder>(options_);
}

std::optional<std::string> LlamaCppCodec::refuses(const Request& request) const {
  if (!request.continuations.empty()) return no_loglikelihood("llama-cpp");
  if (request.messages.size() != 1 || request.messages[0].role != "user") {
    return "the format llama-cpp takes one user message as its prompt, without a chat template; "
           "use openai-chat under the server's /v1";
  }
  if (!request.messages[0].images.empty())
    return "the format llama-cpp takes no pictures; use openai-chat under the server's /v1";
  if (!request.tools.empty())
    return "the format llama-cpp takes no tools; use openai-chat under the server's /v1";
  return std::nullopt;
}

}  // namespace assay::backends
