#include "backends/managed_backend.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "backends/command_line.h"
#include "backends/managed/discovery.h"
#include "backends/managed/managed_entry.h"
#include "backends/managed/managed_transport.h"
#include "backends/params.h"
#include "backends/remote_backend.h"
#include "harness/base/hash.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

constexpr std::chrono::seconds kProbeTimeout{2};
constexpr int64_t kContextMax = 100'000'000;
constexpr int64_t kLayersMax = 100'000;
constexpr int64_t kParallelMax = 4096;
constexpr uintmax_t kHashedBytesMax = uintmax_t{256}
                                      << 20;         // a larger file counts by its beginning
constexpr size_t kBeginningBytes = size_t{1} << 20;  // and its size

class ManagedBackend final : public Backend {
 public:
  ManagedBackend(ManagedPlan plan, BackendContext context)
      : plan_(std::move(plan)), context_(std::move(context)), traits_(plan_.endpoint.traits) {}
  ~ManagedBackend() override { transport_.reset(); }  // before the server that it watches

  // The inner backend as far as it can be known before the server runs: for dry runs.
  Result<void> open(uint16_t port) {
    EndpointSpec endpoint = plan_.endpoint;
    endpoint.base.host = "127.0.0.1";
    endpoint.base.port = port;
    ASSAY_TRY(inner_, make_remote_backend(std::move(endpoint), context_));
    return {};
  }

  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const> suites) override;
  void set_clock(const Clock& clock) override {
    inner_->set_clock(clock);
    if (transport_ != nullptr) transport_->set_clock(clock);
  }
  [[nodiscard]] Transport& transport() override {
    ASSAY_CHECK(transport_ != nullptr, "the server was not prepared");
    return *transport_;
  }
  [[nodiscard]] const Codec& codec() const override { return inner_->codec(); }
  [[nodiscard]] std::string describe_request(const Attempt& attempt) const override {
    return inner_->describe_request(attempt);
  }
  Result<void> warm_up(uint32_t connections) override { return inner_->warm_up(connections); }
  [[nodiscard]] std::vector<int64_t> server_pids() const override {
    const pid_t pid = server_ == nullptr ? 0 : server_->pid();
    return pid > 0 ? std::vector<int64_t>{pid} : std::vector<int64_t>{};
  }
  [[nodiscard]] std::optional<ServerAddress> server_address() const override {
    return inner_->server_address();
  }
  void end_turn() override;
  std::vector<Fact> take_facts() override;

 private:
  ManagedPlan plan_;
  BackendContext context_;
  BackendTraits traits_;
  std::unique_ptr<ManagedServer> server_;
  std::unique_ptr<Backend> inner_;
  std::unique_ptr<ManagedTransport> transport_;
  bool ended_ = false;
};

Result<void> ManagedBackend::prepare(std::span<const Suite* const> suites) {
  ManagedServerOptions options = plan_.server;
  const bool may_run = options.port == 0 && !plan_.running_origin.empty();
  if (may_run && plan_.usable(plan_.running_origin)) {
    ASSAY_TRY(const Url url, parse_url(plan_.running_origin));
    options.port = static_cast<uint16_t>(url.port);
  }
  ASSAY_TRY(server_, ManagedServer::make(std::move(options)));
  ASSAY_TRY_VOID(open(server_->port()));
  ASSAY_TRY_VOID(
      inner_->prepare(suites));  // what the format cannot say, before anything is started
  Result<void> started = server_->start();
  if (!started) {
    Error error = started.error();
    if (error.code == ErrorCode::kNotFound && !plan_.start_hint.empty())
      error.message += "; " + plan_.start_hint;
    return error;
  }
  if (plan_.check) ASSAY_TRY_VOID(plan_.check(server_->origin()));
  const std::string version = server_->version();
  traits_.version = version.empty() ? plan_.title : plan_.title + " " + version;
  const bool one_at_a_time = traits_.concurrency_default == 1 && !traits_.concurrency_auto;
  transport_ = std::make_unique<ManagedTransport>(inner_->transport(), *server_,
                                                  one_at_a_time && context_.workers <= 1);
  return {};
}

void ManagedBackend::end_turn() {
  if (server_ == nullptr || ended_) return;
  server_->set_on_change({});
  server_->stop();
  ended_ = true;
}

std::vector<Fact> ManagedBackend::take_facts() {
  std::vector<Fact> facts;
  if (server_ == nullptr) return facts;
  for (EventFact& event : server_->take_events()) facts.emplace_back(std::move(event));
  if (ended_) {
    for (GaugeFact& gauge : server_->measure(plan_.endpoint.label))
      facts.emplace_back(std::move(gauge));
  }
  return facts;
}

// --- what the rows share ---

// The spec without the parameters that are the server's; the rest is the remote backend's.
ModelSpec without(const ModelSpec& spec, std::initializer_list<const char*> keys) {
  ModelSpec rest = spec;
  for (const char* key : keys) rest.params.erase(key);
  return rest;
}

Provider local_provider(const std::string& name, const std::string& title,
                        const std::string& base_path, const std::string& wire) {
  Provider provider;
  provider.name = name;
  provider.title = title;
  provider.base_url = "http://127.0.0.1" + base_path;
  provider.key = KeyNeed::kNone;
  provider.auth = AuthStyle::kNone;
  provider.wire = wire;
  return provider;
}

void set_concurrency(const ModelSpec& spec, uint32_t concurrency, BackendTraits& traits) {
  if (spec.params.contains("concurrency")) return;
  traits.concurrency_default = concurrency;
  traits.concurrency_auto = false;
}

// start_timeout, args and binary, which every kind of server has.
Result<void> read_server_params(Params& params, const BackendContext& context,
                                ManagedServerOptions& server, std::vector<std::string>& args) {
  ASSAY_TRY(const Nanos timeout, params.duration("start_timeout", server.start_timeout));
  server.start_timeout = std::chrono::ceil<std::chrono::milliseconds>(timeout);
  const std::string text = params.text("args", "");
  Result<std::vector<std::string>> words = split_command_line(text);
  if (!words) return params.error("parameter `args` " + words.error().message);
  args = std::move(words).value();
  server.notice = context.notice;
  server.stop = context.stop;
  return {};
}

Result<uint16_t> read_port(Params& params) {
  ASSAY_TRY(const int64_t port, params.integer("port", 0, 0, 65535));
  return static_cast<uint16_t>(port);
}

std::string quoted_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += fmt::format(" {}:{}", word.size(), word);
  return text;
}

// A program on PATH, or as a path of its own.
bool is_installed(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::string file = fmt::format("{}/{}", rest.substr(0, rest.find(':')), program);
    if (::access(file.c_str(), X_OK) == 0) return true;
    rest = rest.find(':') == std::string_view::npos ? "" : rest.substr(rest.find(':') + 1);
  }
  return false;
}

std::string availability_of(const std::string& program) {
  return is_installed(program) ? "yes" : fmt::format("no {} in PATH", program);
}

// --- llama-server ---

Result<void> check_gguf(const Params& params, const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    return params.error(fmt::format("`{}` is a folder, expected a GGUF file", path));
  std::ifstream in(path, std::ios::binary);
  if (!in) return params.error(fmt::format("`{}` cannot be read, expected a GGUF file", path));
  std::array<char, 4> magic{};
  in.read(magic.data(), magic.size());
  if (!in || std::string_view(magic.data(), magic.size()) != "GGUF") {
    return params.error(
        fmt::format("`{}` is no GGUF file: it does not begin with the letters GGUF", path));
  }
  return {};
}

// What stands for the file in the model's identity: its content as far as it is read in a moment.
// The beginning holds the metadata: name, architecture, quantization, tokenizer.
Result<std::string> identity_of_file(const Params& params, const std::string& path) {
  std::error_code failed;
  const uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed) return params.error(fmt::format("`{}`: {}", path, failed.message()));
  if (size <= kHashedBytesMax) {
    ASSAY_TRY(const Hash hash, sha256_file(path));
    return hash.hex();
  }
  std::string beginning(kBeginningBytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  if (!in) return params.error(fmt::format("`{}` cannot be read", path));
  return fmt::format("{} bytes, beginning {}", size, sha256(beginning).hex());
}

}  // namespace

Result<std::unique_ptr<Backend>> make_backend_of_plan(ManagedPlan plan,
                                                      const BackendContext& context) {
  plan.endpoint.traits.local = true;
  uint16_t port = plan.server.port;
  if (port == 0 && !plan.running_origin.empty()) {
    ASSAY_TRY(const Url url, parse_url(plan.running_origin));
    port = static_cast<uint16_t>(url.port);
  }
  auto backend = std::make_unique<ManagedBackend>(std::move(plan), context);
  ASSAY_TRY_VOID(backend->open(port));
  return std::unique_ptr<Backend>(std::move(backend));
}

Result<std::unique_ptr<Backend>> make_llama_server_backend(const ModelSpec& spec,
                                                           const BackendContext& context) {
  Params params(spec);
  const std::string& file = spec.name;
  if (file.empty()) return params.error("names no file, expected llama-server:FILE.gguf");
  ASSAY_TRY_VOID(check_gguf(params, file));
  const std::string binary = params.text("binary", "llama-server");
  ASSAY_TRY(const int64_t parallel, params.integer("parallel", 1, 1, kParallelMax));
  ASSAY_TRY(const int64_t context_size, params.integer("ctx", 0, 1, kContextMax));
  ASSAY_TRY(const int64_t gpu_layers, params.integer("ngl", 0, 0, kLayersMax));

  ManagedPlan plan;
  plan.title = "llama.cpp";
  plan.start_hint = "install llama.cpp, or name its server with binary=PATH";
  ManagedServerOptions& server = plan.server;
  server.name = "llama-server";
  ASSAY_TRY(server.port, read_port(params));
  std::vector<std::string> args;
  ASSAY_TRY_VOID(read_server_params(params, context, server, args));
  std::vector<std::string> settings{"-np", std::to_string(parallel)};
  if (params.has("ctx")) settings.insert(settings.end(), {"-c", std::to_string(context_size)});
  if (params.has("ngl")) settings.insert(settings.end(), {"-ngl", std::to_string(gpu_layers)});
  settings.insert(settings.end(), args.begin(), args.end());
  server.argv = {binary, "-m", file, "--host", "127.0.0.1", "--port", "{port}"};
  server.argv.insert(server.argv.end(), settings.begin(), settings.end());
  server.version_argv = {binary, "--version"};

  ModelSpec rest =
      without(spec, {"binary", "parallel", "ctx", "ngl", "port", "start_timeout", "args"});
  rest.name = std::filesystem::path(file).stem().string();
  const Provider provider = local_provider("llama-server", plan.title, "/v1", "openai-chat");
  ASSAY_TRY(plan.endpoint, read_endpoint(rest, provider, context));
  set_concurrency(spec, static_cast<uint32_t>(parallel), plan.endpoint.traits);
  ASSAY_TRY(const std::string identity, identity_of_file(params, file));
  plan.endpoint.traits.config +=
      fmt::format("\nllama-server\nfile={}\nargs={}", identity, quoted_words(settings));
  return make_backend_of_plan(std::move(plan), context);
}

std::string llama_server_availability(const BackendContext& /*context*/) {
  return availability_of("llama-server");
}

// --- ollama ---

namespace {

// "qwen3" is "qwen3:latest" to Ollama.
std::string full_ollama_name(const std::string& name) {
  const size_t slash = name.rfind('/');
  const size_t colon = name.find(':', slash == std::string::npos ? 0 : slash);
  return colon == std::string::npos ? name + ":latest" : name;
}

Result<void> check_ollama_model(const std::string& label, const std::string& name,
                                const std::string& origin) {
  const std::optional<ProbedServer> server = probe_server(origin, kProbeTimeout);
  const std::string where = fmt::format("model `{}`", label);
  if (!server || server->kind != ServerKind::kOllama) {
    return Error{ErrorCode::kInfrastructure, fmt::format("what listens at {} is no Ollama", origin),
                 where};
  }
  const std::string wanted = full_ollama_name(name);
  for (const std::string& model : server->models) {
    if (full_ollama_name(model) == wanted) return {};
  }
  return Error{
      ErrorCode::kNotFound,
      fmt::format("Ollama at {} does not have `{}`; run `ollama pull {}`{}", origin, name, name,
                  server->models.empty()
                      ? " (it has no models yet)"
                      : fmt::format(" (it has: {})", fmt::join(server->models, ", "))),
      where};
}

// Servers elsewhere are only used, never managed.
bool is_this_machine(const Url& url) {
  return url.scheme == "http" && (url.host == "127.0.0.1" || url.host == "localhost");
}

Result<Provider> provider_of(const BackendContext& context, const std::string& name) {
  ASSAY_TRY(const ProviderTable table,
            ProviderTable::load(context.config_text, context.config_name));
  const Provider* provider = table.find(name);
  ASSAY_CHECK(provider != nullptr, "providers.yaml lost its row `{}`", name);
  return *provider;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_ollama_backend(const ModelSpec& spec,
                                                     const BackendContext& context) {
  Params params(spec);
  if (spec.name.empty()) return params.error("names no model, expected ollama:NAME");
  ASSAY_TRY(Provider provider, provider_of(context, "ollama"));
  const char* host = std::getenv("OLLAMA_HOST");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (host != nullptr && *host != '\0') provider.base_url = ollama_origin(host);
  const std::string given = params.text("base_url", provider.base_url);
  Result<Url> url = parse_url(given);
  if (!url) return params.error(url.error().message);
  if (!is_this_machine(*url)) return make_remote_backend(spec, provider, context);

  ManagedPlan plan;
  plan.title = "Ollama";
  plan.start_hint = "install Ollama, or name its program with binary=PATH";
  ManagedServerOptions& server = plan.server;
  server.name = "ollama";
  server.port = static_cast<uint16_t>(url->port == 0 ? 80 : url->port);
  server.health_path = "/api/version";
  std::vector<std::string> args;
  ASSAY_TRY_VOID(read_server_params(params, context, server, args));
  const std::string binary = params.text("binary", "ollama");
  server.argv = {binary, "serve"};
  server.argv.insert(server.argv.end(), args.begin(), args.end());
  server.env = {{"OLLAMA_HOST", "127.0.0.1:{port}"}};

  const ModelSpec rest = without(spec, {"binary", "start_timeout", "args", "base_url"});
  provider.base_url = "http://127.0.0.1";
  ASSAY_TRY(plan.endpoint, read_endpoint(rest, provider, context));
  set_concurrency(spec, 1, plan.endpoint.traits);
  plan.check = [label = spec.text, name = spec.name](const std::string& origin) {
    return check_ollama_model(label, name, origin);
  };
  return make_backend_of_plan(std::move(plan), context);
}

std::string ollama_availability(const BackendContext& /*context*/) {
  return availability_of("ollama");
}

// --- vllm ---

Result<std::unique_ptr<Backend>> make_vllm_backend(const ModelSpec& spec,
                                                   const BackendContext& context) {
  Params params(spec);
  if (spec.name.empty()) return params.error("names no model, expected vllm:NAME");
  ASSAY_TRY(Provider provider, provider_of(context, "vllm"));
  Result<Url> url = parse_url(params.text("base_url", provider.base_url));
  if (!url) return params.error(url.error().message);
  if (!is_this_machine(*url)) return make_remote_backend(spec, provider, context);

  ManagedPlan plan;
  plan.title = "vLLM";
  plan.start_hint = "install vLLM, or name its program with binary=PATH";
  plan.running_origin = fmt::format("http://127.0.0.1:{}", url->port == 0 ? 80 : url->port);
  plan.usable = [name = spec.name](const std::string& origin) {
    const std::optional<ProbedServer> server = probe_server(origin, kProbeTimeout);
    return server &&
           std::find(server->models.begin(), server->models.end(), name) != server->models.end();
  };
  ManagedServerOptions& server = plan.server;
  server.name = "vllm";
  ASSAY_TRY(server.port, read_port(params));
  std::vector<std::string> args;
  ASSAY_TRY_VOID(read_server_params(params, context, server, args));
  const std::string binary = params.text("binary", "vllm");
  server.argv = {binary, "serve", spec.name, "--host", "127.0.0.1", "--port", "{port}"};
  server.argv.insert(server.argv.end(), args.begin(), args.end());
  server.version_argv = {binary, "--version"};

  const ModelSpec rest = without(spec, {"binary", "port", "start_timeout", "args", "base_url"});
  provider.base_url = "http://127.0.0.1/v1";
  ASSAY_TRY(plan.endpoint, read_endpoint(rest, provider, context));
  plan.endpoint.traits.config += "\nvllm\nargs=" + quoted_words(args);
  return make_backend_of_plan(std::move(plan), context);
}

std::string vllm_availability(const BackendContext& /*context*/) { return availability_of("vllm"); }

// --- managed: entries of assay.yaml ---

namespace {

Result<std::vector<ManagedEntry>> entries_of(const BackendContext& context) {
  if (context.config_text.empty()) return std::vector<ManagedEntry>{};
  ASSAY_TRY(const YamlNode root, read_yaml(context.config_text, context.config_name));
  const YamlNode* managed = root.is_map() ? root.find("managed") : nullptr;
  if (managed == nullptr) return std::vector<ManagedEntry>{};
  return read_managed_entries(*managed);
}

Result<ManagedEntry> find_entry(const ModelSpec& spec, const Params& params,
                                const BackendContext& context) {
  ASSAY_TRY(const std::vector<ManagedEntry> entries, entries_of(context));
  std::vector<std::string> names;
  for (const ManagedEntry& entry : entries) {
    if (entry.name == spec.name) return entry;
    names.push_back(entry.name);
  }
  if (names.empty()) {
    return params.error(
        "there is no such entry: `managed:` of assay.yaml names the servers that can be started, "
        "and it has none");
  }
  const std::string hint = did_you_mean(spec.name, names);
  return params.error(fmt::format("there is no entry `{}` in `managed:`{} it has: {}", spec.name,
                                  hint.empty() ? ";" : hint, fmt::join(names, ", ")));
}

std::string with_model(std::string text, const std::string& model) {
  constexpr std::string_view kMark = "{model}";
  for (size_t at = text.find(kMark); at != std::string::npos;
       at = text.find(kMark, at + model.size()))
    text.replace(at, kMark.size(), model);
  return text;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_managed_backend(const ModelSpec& spec,
                                                      const BackendContext& context) {
  Params params(spec);
  ASSAY_TRY(ManagedEntry entry, find_entry(spec, params, context));
  ManagedPlan plan;
  plan.title = entry.name;
  ManagedServerOptions& server = plan.server;
  server.name = entry.name;
  server.port = entry.port;
  server.health_path = entry.health;
  server.start_timeout = entry.start_timeout;
  server.restart = entry.restart;
  server.cwd = entry.cwd;
  server.notice = context.notice;
  server.stop = context.stop;
  for (const std::string& word : entry.command)
    server.argv.push_back(with_model(word, entry.model));
  for (const auto& [key, value] : entry.env)
    server.env.emplace_back(key, with_model(value, entry.model));

  ModelSpec rest = spec;
  rest.name = entry.model;
  const Provider provider = local_provider(entry.name, entry.name, entry.base_path, entry.format);
  ASSAY_TRY(plan.endpoint, read_endpoint(rest, provider, context));
  set_concurrency(spec, entry.concurrency, plan.endpoint.traits);
  plan.endpoint.traits.config += "\nmanaged\ncommand=" + quoted_words(server.argv);
  return make_backend_of_plan(std::move(plan), context);
}

std::string managed_availability(const BackendContext& context) {
  const Result<std::vector<ManagedEntry>> entries = entries_of(context);
  if (!entries) return entries.error().text();
  return entries->empty() ? "no `managed:` entries in assay.yaml" : "yes";
}

}  // namespace assay::backends
