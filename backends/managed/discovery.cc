#include "backends/managed/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

namespace assay::backends {
namespace {

constexpr std::array<uint16_t, 5> kWellKnownPorts{8000, 30000, 8080, 1234, 11434};
constexpr std::string_view kOllamaPort = "11434";

std::vector<std::string> specs_of(const std::string& origin, const ProbedServer& server) {
  std::vector<std::string> specs;
  specs.reserve(server.models.size());
  for (const std::string& model : server.models) {
    specs.push_back(server.kind == ServerKind::kOllama ? "ollama:" + model
                                                       : fmt::format("{}/v1#{}", origin, model));
  }
  return specs;
}

}  // namespace

std::string ollama_origin(std::string_view ollama_host) {
  std::string_view scheme = "http";
  const size_t mark = ollama_host.find("://");
  if (mark != std::string_view::npos) {
    scheme = ollama_host.substr(0, mark);
    ollama_host.remove_prefix(mark + 3);
  }
  ollama_host = ollama_host.substr(0, ollama_host.find('/'));
  // "[::1]:11434" has colons of its own.
  const size_t bracket = ollama_host.rfind(']');
  const size_t colon = ollama_host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = ollama_host.substr(0, colon);
  const bool has_port = colon != std::string_view::npos && colon + 1 < ollama_host.size();
  const std::string_view scheme_port = scheme == "https" ? "443" : "80";
  const std::string_view port_absent = mark == std::string_view::npos ? kOllamaPort : scheme_port;
  const std::string_view port = has_port ? ollama_host.substr(colon + 1) : port_absent;
  if (host.empty() || host == "0.0.0.0" || host == "[::]") host = "127.0.0.1";
  return fmt::format("{}://{}:{}", scheme, host, port);
}

std::vector<std::string> well_known_origins() {
  std::vector<std::string> origins;
  origins.reserve(std::size(kWellKnownPorts) + 1);
  for (const uint16_t port : kWellKnownPorts)
    origins.push_back(fmt::format("http://127.0.0.1:{}", port));
  const char* ollama_host = std::getenv("OLLAMA_HOST");
  if (ollama_host != nullptr && *ollama_host != '\0') {
    std::string origin = ollama_origin(ollama_host);
    if (std::find(origins.begin(), origins.end(), origin) == origins.end())
      origins.push_back(std::move(origin));
  }
  return origins;
}

std::vector<FoundServer> discover_servers(std::span<const std::string> origins, Nanos timeout) {
  std::vector<std::optional<ProbedServer>> answers(origins.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < origins.size(); ++i)
      threads.emplace_back([&, i] { answers[i] = probe_server(origins[i], timeout); });
  }
  std::vector<FoundServer> found;
  for (size_t i = 0; i < origins.size(); ++i) {
    if (!answers[i]) continue;
    std::vector<std::string> specs = specs_of(origins[i], *answers[i]);
    found.push_back({origins[i], std::move(*answers[i]), std::move(specs)});
  }
  return found;
}

}  // namespace assay::backends
