#include "backends/endpoint_spec.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "backends/params.h"
#include "backends/price_params.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr uint32_t kConcurrencyStart = 8;  // from which an automatic lane grows
constexpr int64_t kTokensMax = 10'000'000;
constexpr int64_t kPerMinuteMax = 1'000'000'000;
// The protocol of the R1 report: sampling, length, no system prompt (arXiv 2501.12948, section 3).
constexpr double kR1Temperature = 0.6;
constexpr double kR1TopP = 0.95;
constexpr int64_t kR1MaxTokens = 32'768;

bool is_http(const ModelSpec& spec) { return spec.backend == "http" || spec.backend == "https"; }

std::string variable(const std::string& name) {
  if (name.empty()) return {};
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? "" : value;
}

// Formats that a batch endpoint exists for.
bool has_batches(std::string_view wire) {
  return wire.starts_with("openai-") || wire == "anthropic";
}

// Formats that live at a server's root rather than under /v1.
bool is_native(std::string_view wire) { return wire == "ollama" || wire == "llama-cpp"; }

void replace_mark(std::string& text, std::string_view mark, std::string_view value) {
  if (const size_t at = text.find(mark); at != std::string::npos)
    text.replace(at, mark.size(), value);
}

template <typename T>
void set_if(const Params& params, std::string_view key, std::optional<T>& out, T value) {
  if (params.has(key)) out = value;
}

// http://host:port/v1#model → the address and the model.
Result<void> split_http_name(const ModelSpec& spec, const Params& params, std::string& address,
                             std::string& model) {
  const size_t hash = spec.name.find('#');
  if (hash == std::string::npos || hash + 1 == spec.name.size()) {
    return params.error(
        fmt::format("names no model, expected {}://HOST:PORT/v1#MODEL[?key=value]", spec.backend));
  }
  address = spec.backend + ":" + spec.name.substr(0, hash);
  model = spec.name.substr(hash + 1);
  return {};
}

Result<std::string> base_text(const Provider& provider, Params& params, const std::string& model) {
  const std::string given = params.text("base_url", "");
  const bool versioned = params.has("api_version") && !provider.versioned_url.empty();
  std::string base = versioned ? provider.versioned_url : provider.base_url;
  std::string endpoint;
  const bool has_endpoint = base.find("{endpoint}") != std::string::npos;
  if (has_endpoint) endpoint = params.text("endpoint", variable(provider.endpoint_env));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!given.empty()) return given;
  if (has_endpoint && endpoint.empty()) {
    return params.error(fmt::format(
        "no endpoint: give ?endpoint=https://...{}",
        provider.endpoint_env.empty() ? "" : fmt::format(" or set {}", provider.endpoint_env)));
  }
  replace_mark(base, "{endpoint}", endpoint);
  replace_mark(base, "{model}", percent_encode(model));
  return base;
}

Result<void> read_address(const ModelSpec& spec, const Provider& provider, Params& params,
                          EndpointSpec& out) {
  std::string model = spec.name;
  std::string address;
  if (is_http(spec)) {
    ASSAY_TRY_VOID(split_http_name(spec, params, address, model));
    address = params.text("base_url", address);
  } else if (model.empty()) {
    return params.error(fmt::format("names no model, expected {}:MODEL", spec.backend));
  }
  if (address.empty()) {
    ASSAY_TRY(address, base_text(provider, params, model));
  }
  Result<Url> base = parse_url(address);
  if (!base) return params.error(base.error().message);
  out.base = std::move(base).value();
  if (!out.base.userinfo.empty())
    return params.error(
        "a URL with a user or password is taken only as http://USER:PASSWORD@...; "
        "keys come from key_env=NAME or key_file=FILE");
  out.base.userinfo = spec.credentials;
  out.options.model = std::move(model);
  if (const std::string version = params.text("api_version", ""); !version.empty())
    out.query = "api-version=" + percent_encode(version);
  return {};
}

Result<void> read_wire(const ModelSpec& spec, const Provider& provider, Params& params,
                       EndpointSpec& out) {
  ASSAY_TRY(out.wire, params.one_of("wire", provider.wire, wire_formats()));
  if (is_native(out.wire) && out.base.path.ends_with("/v1")) {
    out.base.path.resize(out.base.path.size() - 3);
  } else if (!is_native(out.wire) && out.base.path.empty() &&
             (is_http(spec) || is_native(provider.wire))) {
    out.base.path = "/v1";
  }
  WireOptions& options = out.options;
  ASSAY_TRY(options.stream, params.flag("stream", true));
  ASSAY_TRY(options.keep_wire, params.flag("keep_wire", false));
  options.max_tokens_field = params.text("max_tokens_field", provider.max_tokens_field);
  if (!is_identifier(options.max_tokens_field))
    return params.error(
        fmt::format("parameter `max_tokens_field` is `{}`, expected a name like "
                    "max_tokens or max_completion_tokens",
                    options.max_tokens_field));
  options.stream_usage = provider.stream_usage;
  options.max_tokens_default = provider.max_tokens_default;
  ASSAY_TRY(out.batch, params.flag("batch", provider.batch && has_batches(out.wire)));
  if (out.batch && !has_batches(out.wire))
    return params.error(
        fmt::format("parameter `batch` is on, but there is no batch endpoint for the wire format "
                    "{}: expected openai-chat, openai-responses, openai-completions or anthropic",
                    out.wire));
  out.seed_field = provider.seed_field;
  out.http.headers = provider.headers;
  const std::string header = params.text("header", "");
  if (params.has("header")) {
    const Result<void> sound = check_header(header);
    if (!sound) return params.error(sound.error().message);
    out.http.headers.push_back(header);
  }
  return {};
}

Result<void> read_extra_body(Params& params, WireOptions& options) {
  const std::string text = params.text("extra_body", "");
  if (text.empty()) return {};
  const Result<Json> body = parse_json(text, "extra_body");
  if (!body) return params.error("parameter `extra_body`: " + body.error().text());
  if (!body->is_object())
    return params.error(
        fmt::format("parameter `extra_body` is {}, expected a JSON object", json_type_name(*body)));
  options.extra_body = dump_json(*body);
  return {};
}

// What a preset sets; parameters given beside it win.
Result<void> read_preset(Params& params, EndpointSpec& out) {
  ASSAY_TRY(const std::string preset, params.one_of("preset", "", {"r1"}));
  if (preset != "r1") return {};
  out.options.params.temperature = kR1Temperature;
  out.options.params.top_p = kR1TopP;
  out.options.params.max_tokens = kR1MaxTokens;
  out.system = SystemMode::kDrop;
  return {};
}

Result<void> read_sampling(Params& params, GenerationParams& sampling) {
  ASSAY_TRY(const double temperature, params.number("temperature", 0, 0, 10));
  set_if(params, "temperature", sampling.temperature, temperature);
  ASSAY_TRY(const double top_p, params.number("top_p", 1, 0, 1));
  set_if(params, "top_p", sampling.top_p, top_p);
  ASSAY_TRY(const int64_t top_k, params.integer("top_k", 0, -1, kTokensMax));
  set_if(params, "top_k", sampling.top_k, top_k);
  ASSAY_TRY(const double min_p, params.number("min_p", 0, 0, 1));
  set_if(params, "min_p", sampling.min_p, min_p);
  ASSAY_TRY(const int64_t max_tokens, params.integer("max_tokens", 1, 1, kTokensMax));
  set_if(params, "max_tokens", sampling.max_tokens, max_tokens);
  ASSAY_TRY(const int64_t seed, params.integer("seed", 0, 0, INT64_MAX));
  set_if(params, "seed", sampling.seed, static_cast<uint64_t>(seed));
  ASSAY_TRY(const double presence, params.number("presence_penalty", 0, -2, 2));
  set_if(params, "presence_penalty", sampling.presence_penalty, presence);
  ASSAY_TRY(const double frequency, params.number("frequency_penalty", 0, -2, 2));
  set_if(params, "frequency_penalty", sampling.frequency_penalty, frequency);
  const std::string stop = params.text("stop", "");
  if (!stop.empty()) sampling.stop = {stop};
  return {};
}

Result<void> read_reasoning(const Provider& provider, Params& params, EndpointSpec& out) {
  const char* own = provider.think == ThinkMode::kOff    ? "off"
                    : provider.think == ThinkMode::kOpen ? "open"
                                                         : "auto";
  ReasoningOptions& reasoning = out.options.reasoning;
  ASSAY_TRY(const std::string think, params.one_of("think", own, {"auto", "open", "off"}));
  reasoning.opened_by_template = think == "open";
  reasoning.off = think == "off";
  const std::string tag = params.text("think_tag", "");
  if (params.has("think_tag")) {
    const size_t comma = tag.find(',');
    if (comma == std::string::npos || comma == 0 || comma + 1 == tag.size())
      return params.error(fmt::format(
          "parameter `think_tag` is `{}`, expected OPENING,CLOSING like <think>,</think>", tag));
    reasoning.tags.insert(reasoning.tags.begin(), {tag.substr(0, comma), tag.substr(comma + 1)});
  }
  out.options.reasoning_effort = params.text("reasoning_effort", "");
  ASSAY_TRY(out.options.thinking_budget, params.integer("thinking_budget", -1, -1, kTokensMax));
  const char* system = out.system == SystemMode::kDrop ? "drop" : "keep";
  ASSAY_TRY(const std::string mode, params.one_of("system", system, {"keep", "drop", "developer"}));
  out.system = mode == "drop"        ? SystemMode::kDrop
               : mode == "developer" ? SystemMode::kDeveloper
                                     : SystemMode::kKeep;
  return {};
}

Result<void> read_limits(Params& params, BackendTraits& traits) {
  ASSAY_TRY(traits.requests_per_minute, params.integer("rpm", 0, 1, kPerMinuteMax));
  ASSAY_TRY(traits.tokens_per_minute, params.integer("tpm", 0, 1, kPerMinuteMax));
  traits.concurrency_default = kConcurrencyStart;
  traits.concurrency_auto = true;
  if (params.text("concurrency", "auto") == "auto") return {};
  const Result<int64_t> fixed = params.integer("concurrency", 1, 1, 4096);
  if (!fixed)
    return params.error(
        fmt::format("parameter `concurrency` is `{}`, expected auto or an integer "
                    "1..4096",
                    params.text("concurrency", "")));
  traits.concurrency_default = static_cast<uint32_t>(*fixed);
  traits.concurrency_auto = false;
  return {};
}

Result<void> read_timeouts(Params& params, const BackendContext& context, HttpOptions& http) {
  const Nanos total = context.timeout.count() > 0 ? Nanos(context.timeout) : http.total_timeout;
  ASSAY_TRY(http.total_timeout, params.duration("timeout", total));
  ASSAY_TRY(http.connect_timeout, params.duration("connect_timeout", http.connect_timeout));
  ASSAY_TRY(http.first_token_timeout,
            params.duration("first_token_timeout", http.first_token_timeout));
  ASSAY_TRY(http.stall_timeout, params.duration("stall_timeout", http.stall_timeout));
  for (const auto& [key, value] : {std::pair{"timeout", http.total_timeout},
                                   std::pair{"connect_timeout", http.connect_timeout},
                                   std::pair{"first_token_timeout", http.first_token_timeout},
                                   std::pair{"stall_timeout", http.stall_timeout}}) {
    if (value.count() == 0)
      return params.error(fmt::format("parameter `{}` is 0, expected a longer duration", key));
  }
  return {};
}

Result<void> read_transport(Params& params, const BackendContext& context, EndpointSpec& out) {
  HttpOptions& http = out.http;
  http.kernel_stamps = context.kernel_stamps;
  ASSAY_TRY(const std::string client, params.one_of("client", "auto", {"auto", "curl"}));
  out.curl_only = client == "curl";
  ASSAY_TRY_VOID(read_timeouts(params, context, http));
  http.ca_file = params.text("ca_file", "");
  if (!http.ca_file.empty() && access(http.ca_file.c_str(), R_OK) != 0)
    return params.error(
        fmt::format("parameter `ca_file` is `{}`, which cannot be read", http.ca_file));
  http.proxy = params.text("proxy", "");
  if (http.proxy.find('@') != std::string::npos)
    return params.error(
        "parameter `proxy` holds a user or password; give it by the variable "
        "HTTPS_PROXY");
  ASSAY_TRY(http.insecure, params.flag("insecure", false));
  ASSAY_TRY(const std::string version, params.one_of("http", "auto", {"auto", "1.1", "2"}));
  http.version = version == "2"     ? HttpVersion::k2
                 : version == "1.1" ? HttpVersion::k11
                                    : HttpVersion::kAuto;
  return {};
}

// The first variable that is set.
Result<void> read_key_variables(const std::vector<std::string>& names, EndpointSpec& out) {
  for (const std::string& name : names) {
    ASSAY_TRY(out.key, read_key_variable(name));
    out.key_label = fmt::format("[{}]", name);
    if (!out.key.empty()) return {};
  }
  return {};
}

std::string key_advice(const Provider& provider, const std::vector<std::string>& names) {
  return fmt::format("no key: {}key_file=FILE{}",
                     names.empty() ? "give key_env=NAME or "
                                   : fmt::format("set {} or give ", fmt::join(names, " or ")),
                     provider.keys_page.empty() ? ""
                                                : fmt::format("; keys of {} are made at {}",
                                                              provider.title, provider.keys_page));
}

Result<void> read_key(const ModelSpec& spec, const Provider& provider, Params& params,
                      const BackendContext& context, EndpointSpec& out) {
  const std::string file = params.text("key_file", "");
  const std::string given = params.text("key_env", "");
  // What stands here instead may be a key: it is not repeated.
  if (!given.empty() && !is_identifier(given))
    return input_error(fmt::format("model `{}:...`", spec.backend),
                       "parameter `key_env` is no name of a variable, expected letters, digits and "
                       "`_` (keys themselves do not belong here)");
  if (!file.empty() && !given.empty())
    return params.error("both `key_env` and `key_file` are given, expected one of them");
  const std::vector<std::string> names =
      given.empty() ? provider.key_env : std::vector<std::string>{given};
  out.auth_prefix = provider.auth == AuthStyle::kNone ? auth_prefix(AuthStyle::kBearer)
                                                      : auth_prefix(provider.auth);
  if (!file.empty()) {
    ASSAY_TRY(out.key, read_key_file(file, context.warn));
    out.key_label = "[key_file]";
  } else {
    ASSAY_TRY_VOID(read_key_variables(names, out));
  }
  const bool needed = provider.key == KeyNeed::kRequired || !given.empty();
  if (out.key.empty() && needed) out.key_missing = key_advice(provider, names);
  if (!out.key.empty() && out.base.scheme == "http" && !out.base.is_loopback() && context.warn)
    context.warn(fmt::format("model `{}`: the key travels unencrypted over http://", out.label));
  return {};
}

void append_number(std::string& text, const char* key, const auto& value) {
  if (value) text += fmt::format("\n{}={}", key, *value);
}

// Everything that can change an answer, one line each; keys, timeouts, limits, prices, proxies and
// whether the reply is streamed do not. Texts are JSON strings, so that no value can look like
// another line.
std::string config_text(const EndpointSpec& endpoint) {
  const WireOptions& options = endpoint.options;
  const GenerationParams& sampling = options.params;
  std::string text = "remote v1";
  const auto append = [&](const char* key, std::string_view value) {
    if (value.empty()) return;
    text += fmt::format("\n{}=", key);
    append_json_string(text, value);
  };
  append("base", endpoint.base.text());
  append("query", endpoint.query);
  append("wire", endpoint.wire);
  append("model", options.model);
  append_number(text, "temperature", sampling.temperature);
  append_number(text, "top_p", sampling.top_p);
  append_number(text, "top_k", sampling.top_k);
  append_number(text, "min_p", sampling.min_p);
  append_number(text, "max_tokens", sampling.max_tokens);
  append_number(text, "seed", sampling.seed);
  append_number(text, "presence_penalty", sampling.presence_penalty);
  append_number(text, "frequency_penalty", sampling.frequency_penalty);
  for (const std::string& stop : sampling.stop) append("stop", stop);
  append("reasoning_effort", options.reasoning_effort);
  if (options.thinking_budget >= 0)
    text += fmt::format("\nthinking_budget={}", options.thinking_budget);
  if (options.reasoning.opened_by_template) text += "\nthink=open";
  if (options.reasoning.off) text += "\nthink=off";
  for (const auto& [open, close] : options.reasoning.tags)
    append("tag", fmt::format("{},{}", open, close));
  if (endpoint.system != SystemMode::kKeep)
    text += endpoint.system == SystemMode::kDrop ? "\nsystem=drop" : "\nsystem=developer";
  append("extra_body", options.extra_body);
  append("max_tokens_field", options.max_tokens_field);
  if (options.max_tokens_default >= 0)
    text += fmt::format("\nmax_tokens_default={}", options.max_tokens_default);
  append("seed_field", endpoint.seed_field);
  for (const std::string& header : endpoint.http.headers) append("header", header);
  return text;
}

}  // namespace

std::string EndpointSpec::url_of(std::string_view path) const {
  std::string url = base.text();
  url.resize(url.size() - base.query.size());
  url += path;
  for (const std::string_view part :
       {base.query.empty() ? std::string_view() : std::string_view(base.query).substr(1),
        std::string_view(query)}) {
    if (part.empty()) continue;
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += part;
  }
  return url;
}

Result<EndpointSpec> read_endpoint(const ModelSpec& given, const Provider& provider,
                                   const BackendContext& context) {
  ModelSpec spec = given;
  spec.params.insert(context.remote_defaults.begin(), context.remote_defaults.end());
  Params params(spec);
  EndpointSpec out;
  out.label = spec.text;
  out.options.text_bytes_kept = context.text_bytes_kept;
  out.provider = provider.name;
  ASSAY_TRY_VOID(read_address(spec, provider, params, out));
  ASSAY_TRY_VOID(read_wire(spec, provider, params, out));
  ASSAY_TRY_VOID(read_extra_body(params, out.options));
  ASSAY_TRY_VOID(read_preset(params, out));
  ASSAY_TRY_VOID(read_sampling(params, out.options.params));
  ASSAY_TRY_VOID(read_reasoning(provider, params, out));
  ASSAY_TRY_VOID(read_limits(params, out.traits));
  ASSAY_TRY_VOID(read_prices(params, out.options.model, out.traits.prices));
  ASSAY_TRY_VOID(read_transport(params, context, out));
  ASSAY_TRY_VOID(read_key(spec, provider, params, context, out));
  ASSAY_TRY_VOID(params.finish());
  if (!out.key_missing.empty() && context.keys_required) return params.error(out.key_missing);
  out.traits.max_tokens = out.options.params.max_tokens;
  out.traits.config = config_text(out);
  out.traits.version = fmt::format("{} {}", provider.title, out.wire);
  out.traits.local = out.base.is_loopback();
  if (!provider.price_prefix.empty())
    out.traits.price_name = provider.price_prefix + "/" + out.options.model;
  return out;
}

Provider plain_http_provider(const std::string& scheme) {
  Provider provider;
  provider.name = scheme;
  provider.title = "OpenAI-compatible server";
  provider.key = KeyNeed::kOptional;
  return provider;
}

}  // namespace assay::backends
