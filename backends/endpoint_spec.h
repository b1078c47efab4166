// EndpointSpec: what a model spec of a remote model says, with the provider's row and every
// parameter resolved: where requests go, what is in them, what they cost.
//
// Where it stands: between backends/registry (the spec as text) and backends/remote_backend (which
// builds a transport and a codec from it). Pure but for the key, which is read from the environment
// or a file. Used while the command line is read. docs/models.md lists the parameters.
//
//   ASSAY_TRY(EndpointSpec endpoint, read_endpoint(spec, provider, context));
//   endpoint.url_of(codec->path())    // "https://api.openai.com/v1/chat/completions"
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backends/codec/wire_codec.h"
#include "backends/providers.h"
#include "backends/registry.h"
#include "backends/secrets.h"
#include "backends/transport/http.h"
#include "backends/url.h"
#include "harness/api/backend.h"

namespace assay::backends {

// What becomes of system messages.
enum class SystemMode : uint8_t {
  kKeep,
  kDeveloper,  // role "developer"
  kDrop,       // their text goes in front of the next user message
};

struct EndpointSpec {
  std::string label;     // the spec, without credentials, for messages
  std::string provider;  // "openai", "http"
  Url base;
  std::string query;  // behind every path: "api-version=..."; may be empty
  std::string wire;   // format
  WireOptions options;
  SystemMode system = SystemMode::kKeep;
  std::string seed_field = "seed";
  HttpOptions http;        // everything but the URLs and the key
  bool batch = false;      // has a batch endpoint of its wire format's kind
  bool curl_only = false;  // libcurl also where the bench would take PlainHttpTransport
  BackendTraits traits;

  Secret key;             // empty: none is sent
  std::string key_label;  // "[OPENAI_API_KEY]"
  std::string auth_prefix;
  std::string key_missing;  // not empty: a key is needed and this is what to do

  [[nodiscard]] std::string url_of(std::string_view path) const;
};

// `provider` is the row of spec.backend. A key that is needed and missing is an error unless the
// context says that keys are not required.
Result<EndpointSpec> read_endpoint(const ModelSpec& spec, const Provider& provider,
                                   const BackendContext& context);

// The row that stands for "http" and "https" specs: any OpenAI-compatible server.
Provider plain_http_provider(const std::string& scheme);

}  // namespace assay::backends
