// llama-server:FILE.gguf, ollama:NAME, vllm:NAME, managed:NAME ...  models behind servers on this
// machine that Assay starts when they do not run, watches, restarts once, and stops.
//
// Where it stands: rows of backends/registry. A managed backend is a remote backend (its wire
// format, parameters and transport) plus a ManagedServer (backends/managed). docs/managed.md is its
// manual.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("llama-server:qwen3.gguf?ctx=8192&temperature=0"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_llama_server_backend(spec, context));
//   ASSAY_TRY_VOID(backend->prepare(suites));   // blocks until the server is healthy
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backends/endpoint_spec.h"
#include "backends/managed/managed_server.h"
#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_llama_server_backend(const ModelSpec& spec,
                                                           const BackendContext& context);
Result<std::unique_ptr<Backend>> make_ollama_backend(const ModelSpec& spec,
                                                     const BackendContext& context);
Result<std::unique_ptr<Backend>> make_vllm_backend(const ModelSpec& spec,
                                                   const BackendContext& context);
// Of `managed:` in context.config_text (backends/managed/managed_entry.h).
Result<std::unique_ptr<Backend>> make_managed_backend(const ModelSpec& spec,
                                                      const BackendContext& context);

std::string llama_server_availability(const BackendContext& context);
std::string ollama_availability(const BackendContext& context);
std::string vllm_availability(const BackendContext& context);
std::string managed_availability(const BackendContext& context);

// What the four have in common.
struct ManagedPlan {
  ManagedServerOptions server;
  EndpointSpec endpoint;  // of the remote backend; where it is, is only known once the server runs
  std::string title;      // before the version: "llama.cpp"
  // Where the port is not given: the origin of a server that may already run, and whether it is one
  // that can be used.
  std::string running_origin;
  std::function<bool(const std::string& origin)> usable;
  // Once it is healthy: whether it has the model; the error says what to do.
  std::function<Result<void>(const std::string& origin)> check;
  std::string start_hint;  // what to do when its program is not found
};
Result<std::unique_ptr<Backend>> make_backend_of_plan(ManagedPlan plan,
                                                      const BackendContext& context);

}  // namespace assay::backends
