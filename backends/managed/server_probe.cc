#include "backends/managed/server_probe.h"

#include <array>
#include <utility>

#include "backends/transport/http.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr uint64_t kProbeBytesMax = uint64_t{1} << 20;
constexpr size_t kNameBytesMax = 512;

// The JSON document behind a GET, or null: no answer, another status, no JSON.
Json get_json(const std::string& url, Nanos timeout) {
  const Result<HttpReply> reply = http_get(url, timeout, {}, kProbeBytesMax);
  if (!reply || reply->status != 200) return nullptr;
  Result<Json> document = parse_json(reply->body, url);
  return document ? std::move(document).value() : Json(nullptr);
}

std::string text_of(const Json& object, std::string_view key) {
  const Json* member = object.is_object() ? find_member(object, key) : nullptr;
  if (member == nullptr || !member->is_string()) return {};
  return member->get_ref<const std::string&>().substr(0, kNameBytesMax);
}

// The `key` of each object in the list `list` of a document.
std::vector<std::string> names_in(const Json& document, std::string_view list,
                                  std::string_view key) {
  std::vector<std::string> names;
  const Json* entries = document.is_object() ? find_member(document, list) : nullptr;
  if (entries == nullptr || !entries->is_array()) return names;
  for (const Json& entry : *entries) {
    if (names.size() == kProbedModelsMax) break;
    std::string name = text_of(entry, key);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

std::string owner_of(const Json& models) {
  const Json* entries = models.is_object() ? find_member(models, "data") : nullptr;
  if (entries == nullptr || !entries->is_array() || entries->empty()) return {};
  return text_of(entries->front(), "owned_by");
}

ServerKind kind_of_owner(const std::string& owner) {
  constexpr std::array<std::pair<std::string_view, ServerKind>, 5> kOwners{{
      {"vllm", ServerKind::kVllm},
      {"sglang", ServerKind::kSglang},
      {"llamacpp", ServerKind::kLlamaCpp},
      {"organization_owner", ServerKind::kLmStudio},
      {"library", ServerKind::kOllama},
  }};
  for (const auto& [name, kind] : kOwners) {
    if (owner == name) return kind;
  }
  return ServerKind::kOpenAiCompatible;
}

// Asks the one question that only this kind of server answers.
ServerKind kind_by_questions(const std::string& origin, Nanos timeout) {
  if (!text_of(get_json(origin + "/api/version", timeout), "version").empty())
    return ServerKind::kOllama;
  const Json props = get_json(origin + "/props", timeout);
  if (props.is_object() && (find_member(props, "default_generation_settings") != nullptr ||
                            find_member(props, "build_info") != nullptr))
    return ServerKind::kLlamaCpp;
  if (!text_of(get_json(origin + "/get_model_info", timeout), "model_path").empty())
    return ServerKind::kSglang;
  if (!text_of(get_json(origin + "/info", timeout), "model_id").empty()) return ServerKind::kTgi;
  if (!text_of(get_json(origin + "/version", timeout), "version").empty()) return ServerKind::kVllm;
  const Json lm_studio = get_json(origin + "/api/v0/models", timeout);
  if (lm_studio.is_object() && find_member(lm_studio, "data") != nullptr)
    return ServerKind::kLmStudio;
  return ServerKind::kOpenAiCompatible;
}

std::string version_of(ServerKind kind, const std::string& origin, Nanos timeout) {
  switch (kind) {
    case ServerKind::kOllama:
      return text_of(get_json(origin + "/api/version", timeout), "version");
    case ServerKind::kLlamaCpp:
      return text_of(get_json(origin + "/props", timeout), "build_info");
    case ServerKind::kVllm:
      return text_of(get_json(origin + "/version", timeout), "version");
    case ServerKind::kSglang:
      return text_of(get_json(origin + "/get_server_info", timeout), "version");
    case ServerKind::kTgi:
      return text_of(get_json(origin + "/info", timeout), "version");
    case ServerKind::kLmStudio:
    case ServerKind::kOpenAiCompatible:
      return {};
  }
  return {};
}

std::vector<std::string> models_of(ServerKind kind, const Json& openai, const std::string& origin,
                                   Nanos timeout) {
  if (kind == ServerKind::kOllama)
    return names_in(get_json(origin + "/api/tags", timeout), "models", "name");
  std::vector<std::string> names = names_in(openai, "data", "id");
  if (names.empty() && kind == ServerKind::kTgi)
    names.push_back(text_of(get_json(origin + "/info", timeout), "model_id"));
  return names;
}

}  // namespace

std::string_view server_kind_name(ServerKind kind) {
  constexpr std::array<std::string_view, 7> kNames{
      "OpenAI-compatible", "vLLM", "SGLang", "llama.cpp", "TGI", "LM Studio", "Ollama"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<ProbedServer> probe_server(const std::string& origin, Nanos timeout) {
  // One question first: where nobody listens, the others need not be asked.
  const Result<HttpReply> first = http_get(origin + "/v1/models", timeout, {}, kProbeBytesMax);
  if (!first) return std::nullopt;
  Json models = nullptr;
  if (first->status == 200) {
    Result<Json> document = parse_json(first->body, origin);
    if (document) models = std::move(document).value();
  }
  ProbedServer server;
  server.kind = kind_of_owner(owner_of(models));
  if (server.kind == ServerKind::kOpenAiCompatible)
    server.kind = kind_by_questions(origin, timeout);
  const bool lists_models = models.is_object() && find_member(models, "data") != nullptr;
  if (server.kind == ServerKind::kOpenAiCompatible && !lists_models) return std::nullopt;
  server.version = version_of(server.kind, origin, timeout);
  server.models = models_of(server.kind, models, origin, timeout);
  return server;
}

}  // namespace assay::backends
