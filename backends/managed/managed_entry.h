// ManagedEntry: a server of the user's own, described in assay.yaml, that `managed:NAME` starts.
//
// Where it stands: read by app with the rest of assay.yaml, given to the backends in
// BackendContext::managed.
//
//   managed:
//     - name: tiny
//       command: node server.mjs --model {model} --port {port}
//       model: stories260K.gguf
//       start_timeout: 2m
//
//   ASSAY_TRY(config.managed, backends::read_managed_entries(*root.find("managed")));
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"

namespace assay::backends {

struct ManagedEntry {
  std::string name;
  std::vector<std::string> command;  // words; {port} and {model} inside them are replaced
  std::string model;                 // as requests name it; the entry's name when not given
  uint16_t port = 0;                 // 0: a free one at each start
  std::string health = "/health";
  std::string base_path = "/v1";
  std::string format = "openai-chat";  // a wire format
  std::chrono::milliseconds start_timeout = std::chrono::minutes(10);
  std::vector<std::pair<std::string, std::string>> env;  // {port} and {model} in values too
  std::string cwd;                                       // empty: where assay runs
  uint32_t concurrency = 1;                              // requests it takes at once
  bool restart = true;                                   // once, after a crash
};

inline constexpr size_t kManagedEntriesMax = 256;

// A list of mappings; complaints name file:line:column.
Result<std::vector<ManagedEntry>> read_managed_entries(const YamlNode& node);

}  // namespace assay::backends
