// What the end of a transfer means: libcurl's code and what is known beside it → outcome and a
// sentence for people. Pure; loop thread (HttpTransport) and set-up code (http_get).
//
//   const HttpFailure failure = explain({.code = CURLE_COULDNT_CONNECT, .url = url});
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "harness/types/response.h"

namespace assay::backends {

struct FailedTransfer {
  CURLcode code = CURLE_OK;
  std::string_view detail;  // libcurl's message; may be empty
  std::string_view url;
  std::string_view ca_file;
  long verify_result = 0;  // of the certificate, as OpenSSL numbers it
  int os_error = 0;
  int proxy_status = 0;   // the proxy's answer to CONNECT
  bool sent = false;      // the request's bytes had begun to leave
  bool answered = false;  // bytes of a reply had come
};

struct HttpFailure {
  Outcome outcome = Outcome::kConnectError;
  std::string text;
};

HttpFailure explain(const FailedTransfer& failed);

// "Connection refused"
std::string error_name(int os_error);

// "http://host:port": no path, query or password, for messages.
std::string url_for_people(std::string_view url);

}  // namespace assay::backends
