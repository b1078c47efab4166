// Url: an http(s) address taken apart, and header lines that people give. Pure functions, used
// while the command line and settings are read.
//
//   ASSAY_TRY(const Url url, parse_url("http://user:secret@host:8000/v1"));
//   url.text()                                  // "http://host:8000/v1"
//   hide_url_credentials("a http://u:p@host b")  // "a http://[redacted]@host b"
#pragma once

#include <string>
#include <string_view>

#include "backends/secrets.h"
#include "harness/base/result.h"

namespace assay::backends {

struct Url {
  std::string scheme;  // "http" or "https"
  Secret userinfo;     // "user:password", percent-decoded; empty: none
  std::string host;    // lower case; an IPv6 address with its brackets
  int port = 0;        // 0: the scheme's own
  std::string path;    // "/v1", without a slash at its end
  std::string query;   // with its '?'

  // Without the credentials.
  [[nodiscard]] std::string text() const;
  // 127.0.0.0/8, ::1 or localhost: the server runs on this machine.
  [[nodiscard]] bool is_loopback() const;
};

// Absolute, http or https, without a fragment. Errors never hold the credentials.
Result<Url> parse_url(std::string_view text);

// Every "://user:password@" of a text without its credentials.
std::string hide_url_credentials(std::string_view text);

// "Name: value" as a request may carry it: a token, a colon, printable text. Names of headers that
// carry keys are errors: keys come from the environment.
Result<void> check_header(std::string_view line);

// Letters, digits and `_`, at least one: what members of a request and variables are called.
bool is_identifier(std::string_view text);

// Bytes outside of the unreserved set as %XX (RFC 3986).
std::string percent_encode(std::string_view text);

}  // namespace assay::backends
