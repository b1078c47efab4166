// openai:MODEL, http://host:port/v1#MODEL ...  a model behind HTTP.
//
// Where it stands: what backends/registry makes for every row of backends/providers.yaml and for
// http(s) specs. Joins backends/transport/http with a wire format's codec. docs/models.md is its
// manual.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("deepseek:deepseek-chat?temperature=0"));
//   ASSAY_TRY(auto backend, make_remote_backend(spec, *table.find("deepseek"), context));
//   ASSAY_TRY_VOID(backend->prepare(suites));   // nothing is sent: key, URL, first requests
//
// Secrets: the key is only in HttpOptions::secret_headers; replies, errors and header lines lose it
// before anyone stores them (remote_codec.h; here for what the transport says).
#pragma once

#include <memory>

#include "backends/endpoint_spec.h"
#include "backends/providers.h"
#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_remote_backend(const ModelSpec& spec,
                                                     const Provider& provider,
                                                     const BackendContext& context);
// The same for an endpoint that is already resolved (servers that Assay started).
Result<std::unique_ptr<Backend>> make_remote_backend(EndpointSpec endpoint,
                                                     const BackendContext& context);

}  // namespace assay::backends
