// BatchHttp: requests of a batch endpoint over HTTP: the endpoint's headers and key, tries again
// where that is harmless, statuses as errors that say what to do, secrets taken out of them.
//
// Where it stands: between the clients of backends/batch and transport/http_call. Main thread;
// every call blocks, and ends soon after `stop` was requested.
//
//   BatchHttp http(options, redactor);
//   ASSAY_TRY(const Json batch, http.get(endpoint.url_of("/batches/batch_1"), stop));
//
// Errors as harness/api/batch_client.h says: kInput and kNotFound for a refusal, kIo for no
// connection, kInfrastructure for what may pass.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "backends/batch/result_lines.h"
#include "backends/secrets.h"
#include "backends/transport/http.h"
#include "harness/api/batch_client.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::backends {

class BatchHttp {
 public:
  enum class Repeat : uint8_t {
    kAlways,       // asking twice does no harm
    kWhenRefused,  // creates something: only where it cannot have
  };

  // `options`: headers, key and the like; its URL and content type do not count. `redactor`
  // outlives this.
  BatchHttp(HttpOptions options, const Redactor& redactor);

  [[nodiscard]] Result<Json> get(const std::string& url, const std::stop_token& stop) const;
  [[nodiscard]] Result<Json> post(const std::string& url, const std::string& content_type,
                                  std::string_view body, Repeat repeat,
                                  const std::stop_token& stop) const;
  // The lines of a file, as they come. Not tried again: lines were taken already.
  [[nodiscard]] Result<void> get_lines(const std::string& url, const ResultLines::Take& take,
                                       const std::stop_token& stop) const;

 private:
  struct Question;
  [[nodiscard]] Result<Json> ask(const Question& question, const std::stop_token& stop) const;
  [[nodiscard]] Error refusal(const std::string& url, const HttpReply& reply) const;
  [[nodiscard]] Error redacted(Error error) const;

  HttpOptions options_;
  const Redactor& redactor_;
};

// One bad line must not cost the others, which are paid: it becomes a reply to nobody.
BatchReply reply_of(Result<BatchReply> line);
BatchReply too_long();

}  // namespace assay::backends
