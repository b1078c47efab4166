// The batches of OpenAI, and of servers that speak its Batch API: a file is uploaded, a batch is
// made of it, its results are files again.
//
// Where it stands: made by backends/remote_backend where the endpoint has batches and its wire
// format is one of OpenAI's. How a batch is found again whose creation nobody saw: by its metadata
// in the list of batches.
//
//   std::unique_ptr<BatchClient> client = make_openai_batch(endpoint, http, codec, redactor);
#pragma once

#include <memory>

#include "backends/endpoint_spec.h"
#include "backends/remote_codec.h"
#include "backends/secrets.h"
#include "backends/transport/http.h"
#include "harness/api/batch_client.h"

namespace assay::backends {

// `endpoint`, `codec` (of whole replies) and `redactor` outlive the client; `http` has the
// endpoint's headers and key.
std::unique_ptr<BatchClient> make_openai_batch(const EndpointSpec& endpoint, HttpOptions http,
                                               const RemoteCodec& codec, const Redactor& redactor);

}  // namespace assay::backends
