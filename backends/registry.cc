#include "backends/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "backends/managed_backend.h"
#include "backends/model/baseline.h"
#include "backends/plugin/plugin_backend.h"
#include "backends/plugin/tesseract.h"
#include "backends/process_backend.h"
#include "backends/providers.h"
#include "backends/remote_backend.h"
#include "backends/replay_backend.h"
#include "backends/simulated_backend.h"
#include "backends/url.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

using Factory = Result<std::unique_ptr<Backend>> (*)(const ModelSpec&, const BackendContext&);
using Availability = std::string (*)(const BackendContext&);

std::string always_available(const BackendContext& /*context*/) { return "yes"; }

Result<std::unique_ptr<Backend>> make_http_backend(const ModelSpec& spec,
                                                   const BackendContext& context) {
  return make_remote_backend(spec, plain_http_provider(spec.backend), context);
}

struct Row {
  std::string_view name;
  std::string_view form;
  std::string_view summary;
  Factory make;
  Availability available;
};

// A new backend is one row here; a new provider of an HTTP format one in providers.yaml. These rows
// come first.
constexpr std::array kTable = {
    Row{"tesseract", "tesseract:LANG[+LANG...][?psm=N&oem=N&dpi=N]",
        "OCR in this process by Tesseract", make_tesseract_backend, tesseract_availability},
    Row{"baseline", "baseline:random|majority|bm25|linear[?train=N&seed=N]",
        "what a model must beat; bm25 and linear learn from the suite's train split",
        make_baseline_backend, always_available},
    Row{"process", "process:PROGRAM [ARG...][?label=TEXT]",
        "any program that speaks JSON lines on its standard input and output", make_process_backend,
        always_available},
    Row{"llama-server", "llama-server:FILE.gguf[?ctx=N&ngl=N&parallel=N&args=TEXT&binary=PATH]",
        "a GGUF file behind llama.cpp's server, which Assay starts and stops",
        make_llama_server_backend, llama_server_availability},
    Row{"ollama", "ollama:NAME[?key=value]",
        "a model of Ollama: the one that runs, or one that Assay starts and stops",
        make_ollama_backend, ollama_availability},
    Row{"vllm", "vllm:NAME[?args=TEXT&base_url=URL]",
        "a model behind vLLM: the one that runs, or one that Assay starts and stops",
        make_vllm_backend, vllm_availability},
    Row{"managed", "managed:NAME", "a server of assay.yaml, which Assay starts and stops",
        make_managed_backend, managed_availability},
    Row{"replay", "replay:RUN.assay[?model=NAME]", "answers from a stored run", make_replay_backend,
        always_available},
    Row{"simulated", "simulated:LABEL[?accuracy=P&delay=TIME]",
        "a seeded model with known accuracy, delays and faults, on a virtual clock",
        make_simulated_backend, always_available},
    Row{"http", "http://HOST:PORT/v1#MODEL[?key=value]",
        "any server that speaks a known wire format, OpenAI chat completions by default",
        make_http_backend, always_available},
    Row{"https", "https://HOST/v1#MODEL[?key=value]", "the same with TLS", make_http_backend,
        always_available},
};

Error spec_error(const std::string& text, size_t offset, std::string message) {
  return input_error(fmt::format("model `{}`, column {}", hide_url_credentials(text), offset + 1),
                     std::move(message));
}

bool is_backend_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::optional<int> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// text[begin, end) with each %XX replaced by its byte.
Result<std::string> percent_decode(const std::string& text, size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::optional<int> high = i + 1 < end ? hex_value(text[i + 1]) : std::nullopt;
    const std::optional<int> low = i + 2 < end ? hex_value(text[i + 2]) : std::nullopt;
    if (!high || !low) {
      return spec_error(text, i,
                        fmt::format("`{}` is not a percent escape, expected % and two hex digits "
                                    "(a percent sign itself is %25)",
                                    text.substr(i, std::min<size_t>(3, end - i))));
    }
    const int byte = *high * 16 + *low;
    if (byte == 0) return spec_error(text, i, "a zero byte (%00) is not allowed");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

Result<void> parse_params(const std::string& text, size_t begin,
                          std::map<std::string, std::string>& params) {
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('&', begin), text.size());
    const size_t equals = std::min(text.find('=', begin), end);
    if (equals == begin) {
      return spec_error(text, begin, "a parameter without a name, expected KEY=VALUE");
    }
    ASSAY_TRY(std::string key, percent_decode(text, begin, equals));
    ASSAY_TRY(std::string value, percent_decode(text, std::min(equals + 1, end), end));
    if (params.contains(key)) {
      return spec_error(text, begin, fmt::format("parameter `{}` is given twice", key));
    }
    params.emplace(std::move(key), std::move(value));
    begin = end + 1;
  }
  return {};
}

// Moves "user:password@" of "//user:password@host/v1#model" into its own place.
Result<void> take_credentials(ModelSpec& spec) {
  const size_t end = std::min(spec.name.find_first_of("/#", 2), spec.name.size());
  if (!spec.name.starts_with("//") || spec.name.rfind('@', end) == std::string::npos) return {};
  Result<Url> url = parse_url(spec.backend + ":" + spec.name.substr(0, end));
  if (!url) return input_error(fmt::format("model `{}`", spec.text), url.error().message);
  spec.credentials = std::move(url->userinfo);
  spec.name.erase(2, spec.name.rfind('@', end) - 1);
  return {};
}

// The plugins of the context, each opened once.
struct OpenPlugin {
  std::shared_ptr<const Plugin> plugin;  // shared: every model of it keeps it
  std::string path;
};

Result<std::vector<OpenPlugin>> open_plugins(const BackendContext& context,
                                             const ProviderTable& providers) {
  std::vector<OpenPlugin> open;
  for (const std::string& path : context.plugins) {
    ASSAY_TRY(std::shared_ptr<const Plugin> plugin, Plugin::open(path));
    const std::string name = plugin->name();
    const auto taken = std::find_if(kTable.begin(), kTable.end(),
                                    [&](const Row& row) { return row.name == name; });
    if (taken != kTable.end() || providers.find(name) != nullptr) {
      return input_error(
          path, fmt::format("its backend is called `{}`, the name of a built-in one", name));
    }
    for (const OpenPlugin& other : open) {
      if (other.plugin->name() != name) continue;
      return input_error(
          path, fmt::format("its backend is called `{}`, as that of {}", name, other.path));
    }
    open.push_back({std::move(plugin), path});
  }
  return open;
}

// "yes", or which variable is missing.
std::string key_state(const Provider& provider) {
  if (provider.key != KeyNeed::kRequired)
    return fmt::format("yes, where it runs at {}", provider.base_url);
  for (const std::string& name : provider.key_env) {
    const Result<Secret> key = read_key_variable(name);
    if (key && !key->empty()) return "yes";
  }
  return provider.key_env.empty() ? "needs key_env=NAME or key_file=FILE"
                                  : fmt::format("needs {}", fmt::join(provider.key_env, " or "));
}

void list_providers(const BackendContext& context, std::vector<BackendListing>& listing) {
  const Result<ProviderTable> providers =
      ProviderTable::load(context.config_text, context.config_name);
  if (!providers) {
    listing.push_back({context.config_name, "", "providers", providers.error().text()});
    return;
  }
  for (const Provider& row : providers->rows()) {
    const bool built_in = std::any_of(kTable.begin(), kTable.end(),
                                      [&](const Row& other) { return other.name == row.name; });
    if (built_in) continue;
    listing.push_back(
        {row.name, fmt::format("{}:MODEL[?key=value]", row.name), row.title, key_state(row)});
  }
}

}  // namespace

Result<ModelSpec> parse_model_spec(const std::string& text) {
  constexpr size_t kSpecBytesMax = 4096;
  if (text.size() > kSpecBytesMax) {
    return input_error("model", fmt::format("a name of {} bytes, expected at most {}", text.size(),
                                            kSpecBytesMax));
  }
  ModelSpec spec;
  spec.text = hide_url_credentials(text);
  size_t colon = 0;
  while (colon < text.size() && is_backend_char(text[colon])) ++colon;
  if (colon == text.size() || text[colon] != ':' || colon == 0) {
    return spec_error(text, colon,
                      colon == text.size()
                          ? "no `:` found, expected BACKEND:NAME like tesseract:eng or "
                            "baseline:linear"
                          : "expected BACKEND:NAME with a backend of lower-case letters, digits, "
                            "`-` and `_`");
  }
  spec.backend = text.substr(0, colon);
  const size_t question = std::min(text.find('?', colon), text.size());
  spec.name = text.substr(colon + 1, question - colon - 1);
  if (spec.backend == "http" || spec.backend == "https") ASSAY_TRY_VOID(take_credentials(spec));
  if (question < text.size()) ASSAY_TRY_VOID(parse_params(text, question + 1, spec.params));
  return spec;
}

Result<std::unique_ptr<Backend>> make_backend(const ModelSpec& spec,
                                              const BackendContext& context) {
  for (const Row& row : kTable) {
    if (row.name == spec.backend) return row.make(spec, context);
  }
  ASSAY_TRY(const ProviderTable providers,
            ProviderTable::load(context.config_text, context.config_name));
  ASSAY_TRY(const std::vector<OpenPlugin> plugins, open_plugins(context, providers));
  if (const Provider* provider = providers.find(spec.backend))
    return make_remote_backend(spec, *provider, context);
  std::vector<std::string> known;
  known.reserve(kTable.size() + plugins.size() + providers.rows().size());
  for (const Row& row : kTable) known.emplace_back(row.name);
  for (const Provider& row : providers.rows()) known.push_back(row.name);
  for (const OpenPlugin& open : plugins) {
    if (open.plugin->name() == spec.backend) {
      return make_plugin_backend(open.plugin, spec, context);
    }
    known.push_back(open.plugin->name());
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string hint = did_you_mean(spec.backend, known);
  return Error{ErrorCode::kNotFound,
               fmt::format("unknown backend `{}`{} known: {}", spec.backend,
                           hint.empty() ? ";" : hint, fmt::join(known, ", ")),
               fmt::format("model `{}`", spec.text)};
}

std::vector<BackendListing> list_backends(const BackendContext& context) {
  std::vector<BackendListing> listing;
  listing.reserve(kTable.size() + context.plugins.size());
  for (const Row& row : kTable) {
    listing.push_back({std::string(row.name), std::string(row.form), std::string(row.summary),
                       row.available(context)});
  }
  list_providers(context, listing);
  for (const std::string& path : context.plugins) {
    const Result<std::shared_ptr<const Plugin>> plugin = Plugin::open(path);
    if (plugin) {
      listing.push_back(
          {(*plugin)->name(), (*plugin)->form(), (*plugin)->summary(), (*plugin)->availability()});
    } else {
      listing.push_back({path, "", "plugin", plugin.error().text()});
    }
  }
  return listing;
}

}  // namespace assay::backends
