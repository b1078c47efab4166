// discover_servers: the model servers that already run on this machine, for `assay doctor`.
//
// Where it stands: called by app on the main thread; asks every address at the same time, each in
// a thread of its own.
//
//   for (const FoundServer& found : discover_servers(well_known_addresses()))
//     fmt::print("{} {}", found.url, fmt::join(found.specs, " "));
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/managed/server_probe.h"

namespace assay::backends {

struct FoundServer {
  std::string origin;  // "http://127.0.0.1:8000"
  ProbedServer server;
  std::vector<std::string> specs;  // what to type after -m, one for each model
};

// Ports of 127.0.0.1 where such servers listen unless told otherwise: vLLM 8000, SGLang 30000,
// llama.cpp and TGI 8080, LM Studio 1234, Ollama 11434; and where OLLAMA_HOST points.
std::vector<std::string> well_known_origins();
// OLLAMA_HOST as Ollama reads it: [scheme://]host[:port], with 127.0.0.1:11434 for what is absent;
// a server that listens everywhere (0.0.0.0) is asked at 127.0.0.1.
std::string ollama_origin(std::string_view ollama_host);

// In the order of `origins`. An origin where nobody answers within `timeout` is left out.
std::vector<FoundServer> discover_servers(std::span<const std::string> origins,
                                          Nanos timeout = std::chrono::seconds(1));

}  // namespace assay::backends
