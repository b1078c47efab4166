// Fetcher: data over HTTPS for set-up work (data sets, their pictures), never on the clock.
//
// Where it stands: suites ask (suites/loader), backends/transport answers (CurlFetcher), app makes
// one and hands it down. Main thread; every call blocks until it is done, has failed or the user
// stopped. An HTTP status is no error: the reply says it. Errors: no connection after the tries,
// the reply longer than `bytes_max`, the file cannot be written, interrupted.
//
//   FetchRequest request;
//   request.url = "https://example.org/set/test.jsonl";
//   ASSAY_TRY(const FetchReply reply, fetcher.get_file(request, "test.jsonl.part"));
//   if (reply.status != 200) ...
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay {

// Bytes so far and bytes in all (0: not known).
using FetchProgress = std::function<void(uint64_t done, uint64_t total)>;

struct FetchRequest {
  std::string url;
  std::vector<std::string> headers;  // "name: value"
  // A token, sent as `authorization: Bearer` to the URL's own scheme, host and port and to no
  // other: a redirect elsewhere goes without it. Never part of a message.
  std::string bearer;
  uint64_t bytes_max = uint64_t{64} << 20;
  Nanos stall_timeout{std::chrono::seconds(60)};  // (almost) no byte for so long ends a try
  uint32_t tries_max = 6;                         // of one get(): 429, 5xx and lost connections
  FetchProgress progress;                         // may be empty
};

struct FetchReply {
  int status = 0;
  std::string body;                                          // of get_file(): only of a failure
  std::vector<std::pair<std::string, std::string>> headers;  // of the last answer; lower-case names

  // Empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers) {
      if (name == lower_name) return value;
    }
    return {};
  }
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // The body in memory, decompressed.
  virtual Result<FetchReply> get(const FetchRequest& request) = 0;
  // Status 200: the body as it is stored there (a .gz stays one) is the file `path`, made anew.
  virtual Result<FetchReply> get_file(const FetchRequest& request, const std::string& path) = 0;
  // Waits; kInterrupted where the user stopped meanwhile.
  virtual Result<void> pause(Nanos time) = 0;
};

}  // namespace assay
