// Anthropic's Message Batches: one request holds all messages, its results are one file.
//
// Where it stands: made by backends/remote_backend where the endpoint has batches and the wire
// format is Anthropic's. A batch has no name of ours there: one whose creation nobody saw is looked
// for among those of its size that are no older, and known by the custom ids of its results; while
// such a one runs it cannot be told, and find() says so.
//
//   std::unique_ptr<BatchClient> client = make_anthropic_batch(endpoint, http, codec, redactor);
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
std::unique_ptr<BatchClient> make_anthropic_batch(const EndpointSpec& endpoint, HttpOptions http,
                                                  const RemoteCodec& codec,
                                                  const Redactor& redactor);

}  // namespace assay::backends
