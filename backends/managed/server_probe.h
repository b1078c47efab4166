// What a running model server says of itself: kind, version, models. Used by managed backends (is
// it there, does it serve what I want) and by discovery.
//
// Set-up work: blocks for at most `timeout` a question, never on the clock.
//
//   if (const auto found = probe_server("http://127.0.0.1:8000", std::chrono::seconds(1)))
//     fmt::print("{} {}", server_kind_name(found->kind), found->version);   // "vLLM 0.10.1"
//
// Sources: each server's public API documentation: vLLM "OpenAI-Compatible Server" (/version,
// /v1/models with owned_by "vllm"), SGLang "Native APIs" (/get_model_info, /get_server_info),
// llama.cpp tools/server/README.md (/props, /health, owned_by "llamacpp"), Ollama docs/api.md
// (/api/version, /api/tags), Text Generation Inference "API reference" (/info), LM Studio "REST
// API"
// (/api/v0/models).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"

namespace assay::backends {

enum class ServerKind : uint8_t {
  kOpenAiCompatible,  // answers /v1/models; nothing more is known
  kVllm,
  kSglang,
  kLlamaCpp,
  kTgi,
  kLmStudio,
  kOllama,
};
std::string_view server_kind_name(ServerKind kind);

struct ProbedServer {
  ServerKind kind = ServerKind::kOpenAiCompatible;
  std::string version;              // empty: it does not say
  std::vector<std::string> models;  // as it names them
};

inline constexpr size_t kProbedModelsMax = 256;

// `origin`: "http://host:port". Nothing: nobody answers there, or it is no model server.
std::optional<ProbedServer> probe_server(const std::string& origin, Nanos timeout);

}  // namespace assay::backends
