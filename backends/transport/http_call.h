// http_call: one blocking request for set-up work (batches, discovery, health checks), never on the
// clock.
//
// Where it stands: above libcurl's easy interface; called on the main thread. Redirects are not
// followed: a key must not go to another host.
//
//   HttpCall call{.method = "POST", .url = url, .body = json, .stop = stop};
//   ASSAY_TRY(const HttpReply reply, http_call(options, call));   // any status is a reply
//
// Errors name the URL without its query and say why: kIo where there was no connection and so
// nothing was sent; kInput where TLS was refused, kLimit where the reply is longer than allowed,
// the error of `take`, kInterrupted where the user stopped; kInfrastructure for the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "backends/transport/http.h"

namespace assay::backends {

struct HttpCall {
  std::string method = "GET";  // or POST
  std::string url;
  std::vector<std::string> headers;  // besides those of the options
  std::string_view body;             // of POST; outlives the call
  Nanos timeout{0};                  // of the whole; 0: none
  Nanos stall_timeout{0};            // (almost) no byte for so long; 0: none
  uint64_t bytes_max = uint64_t{4} << 20;
  // Takes the bytes of a reply with status 200 as they come, instead of HttpReply::body.
  std::function<Result<void>(std::string_view)> take;
  std::stop_token stop;
};

// Of the options: headers, secret_headers, ca_file, proxy, insecure, version, connect_timeout.
Result<HttpReply> http_call(const HttpOptions& options, const HttpCall& call);

}  // namespace assay::backends
