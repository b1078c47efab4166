#include "backends/transport/http_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace assay::backends {
namespace {

// X509_V_ERR_* of OpenSSL's x509_vfy.h, which libcurl hands through. It compares host names itself,
// before it asks OpenSSL for a result.
constexpr long kOk = 0;
constexpr long kNoResult = 1;
constexpr long kNotYetValid = 9;
constexpr long kExpired = 10;
constexpr long kSelfSigned = 18;
constexpr long kSelfSignedInChain = 19;
constexpr long kNoIssuer = 20;
constexpr long kNoIssuerOfFirst = 21;

constexpr std::string_view kClosedUnanswered =
    "the connection was closed before the request was answered";

std::string detail_or_name(const FailedTransfer& failed) {
  if (!failed.detail.empty()) return std::string(failed.detail);
  return curl_easy_strerror(failed.code);
}

HttpFailure not_connected(const FailedTransfer& failed) {
  const std::string why =
      failed.os_error != 0 ? error_name(failed.os_error) : detail_or_name(failed);
  return {Outcome::kConnectError,
          fmt::format("no connection to {}: {}", url_for_people(failed.url), why)};
}

// A certificate that was refused once is refused always: not retried.
HttpFailure certificate_refused(const FailedTransfer& failed) {
  const std::string who = url_for_people(failed.url);
  switch (failed.verify_result) {
    case kExpired:
      return {Outcome::kDenied, fmt::format("TLS: the certificate of {} has expired", who)};
    case kNotYetValid:
      return {Outcome::kDenied, fmt::format("TLS: the certificate of {} is not valid yet", who)};
    case kSelfSigned:
    case kSelfSignedInChain:
    case kNoIssuer:
    case kNoIssuerOfFirst:
      return {Outcome::kDenied,
              fmt::format("TLS: the certificate of {} is signed by nobody known here{}; name its "
                          "CA's PEM file (`ca_file`)",
                          who, failed.ca_file.empty() ? "" : fmt::format(" ({})", failed.ca_file))};
    case kOk:
    case kNoResult:
      return {Outcome::kDenied, fmt::format("TLS: the certificate of {} is for another host: {}",
                                            who, detail_or_name(failed))};
    default:
      return {Outcome::kDenied, fmt::format("TLS: the certificate of {} was refused: {}", who,
                                            detail_or_name(failed))};
  }
}

// Bytes went wrong on a connection that stood.
HttpFailure connection_failed(const FailedTransfer& failed) {
  if (failed.proxy_status >= 400 && !failed.sent)
    return {Outcome::kDenied, fmt::format("the proxy refused to connect to {}: status {}",
                                          url_for_people(failed.url), failed.proxy_status)};
  if (!failed.sent) return not_connected(failed);
  if (failed.answered)
    return {Outcome::kTruncated,
            fmt::format("the connection ended inside the reply: {}", detail_or_name(failed))};
  return {Outcome::kConnectError, fmt::format("{}: {}", kClosedUnanswered, detail_or_name(failed))};
}

HttpFailure not_http(const FailedTransfer& failed) {
  if (!failed.sent)
    return {Outcome::kDenied,
            fmt::format("{}: {}", url_for_people(failed.url), detail_or_name(failed))};
  return {Outcome::kMalformed, fmt::format("{} did not answer with HTTP: {}",
                                           url_for_people(failed.url), detail_or_name(failed))};
}

}  // namespace

std::string error_name(int os_error) {
  std::string buffer(128, '\0');
  const char* text = ::strerror_r(os_error, buffer.data(), buffer.size());
  return text;
}

HttpFailure explain(const FailedTransfer& failed) {
  switch (failed.code) {
    case CURLE_OK:
      return {Outcome::kOk, ""};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Outcome::kConnectError,
              fmt::format("the host of {} was not found", url_for_people(failed.url))};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Outcome::kConnectError, "the proxy's host was not found"};
    case CURLE_COULDNT_CONNECT:
      return not_connected(failed);
    case CURLE_OPERATION_TIMEDOUT:
      return {Outcome::kTimeout,
              fmt::format("no connection to {} in time", url_for_people(failed.url))};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return certificate_refused(failed);
    case CURLE_SSL_CACERT_BADFILE:
      return {Outcome::kDenied,
              fmt::format("TLS: {} holds no certificates that can be read", failed.ca_file)};
    case CURLE_SSL_CONNECT_ERROR:
      return {Outcome::kConnectError,
              fmt::format("TLS with {} failed: {}", url_for_people(failed.url),
                          detail_or_name(failed))};
    case CURLE_PARTIAL_FILE:
      return {Outcome::kTruncated,
              fmt::format("the connection ended inside the reply: {}", detail_or_name(failed))};
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK:  // our refusal to send it a second time
    case CURLE_SEND_FAIL_REWIND:     // libcurl could not start it again
      return {Outcome::kConnectError, std::string(kClosedUnanswered)};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return not_http(failed);
    case CURLE_BAD_CONTENT_ENCODING:
      return {Outcome::kMalformed,
              fmt::format("the reply's compression is broken: {}", detail_or_name(failed))};
    case CURLE_OUT_OF_MEMORY:  // libcurl's own limit of one header line
      return {Outcome::kRejected, "the reply's headers are longer than a reply's may be"};
    default:
      return connection_failed(failed);
  }
}

std::string url_for_people(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", start), url.size());
  std::string_view host = url.substr(start, end - start);
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return fmt::format("{}{}", url.substr(0, start), host);
}

}  // namespace assay::backends
