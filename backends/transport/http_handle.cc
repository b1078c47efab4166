#include "backends/transport/http_handle.h"

#include <algorithm>
#include <cstdlib>

namespace assay::backends {
namespace {

constexpr long kUploadBytes = 16 * 1024;  // libcurl's smallest

long version_of(const HttpOptions& options) {
  switch (options.version) {
    case HttpVersion::k11:
      return CURL_HTTP_VERSION_1_1;
    case HttpVersion::k2:
      return options.url.starts_with("https:") ? CURL_HTTP_VERSION_2TLS
                                               : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case HttpVersion::kAuto:
      break;
  }
  return CURL_HTTP_VERSION_2TLS;
}

// libcurl before 8.0.0 speaks HTTP/2 on top of HTTP/2 when it reuses a connection of prior
// knowledge (its issue 10634): there, each such request gets a connection of its own.
bool reuse_is_broken(long version) {
  constexpr unsigned kRepaired = 0x080000;
  return version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE &&
         curl_version_info(CURLVERSION_NOW)->version_num < kRepaired;
}

void set_version(CURL* easy, const HttpOptions& options) {
  const long version = version_of(options);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
  if (reuse_is_broken(version)) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  } else if (options.version == HttpVersion::k2) {
    // Streams wait for the connection that they will share instead of opening their own.
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  }
}

void set_tls(CURL* easy, const HttpOptions& options) {
  if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.insecure) return;  // verified by default
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

long milliseconds_up(Nanos time) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<long>(std::clamp<int64_t>(ms, 1, 1'000'000'000));
}

// Servers of this machine are reached directly, whatever http_proxy says; no_proxy adds to them.
std::string without_proxy() {
  std::string hosts = "localhost,127.0.0.1,::1";
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const char* more = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (more != nullptr && *more != '\0') return hosts + "," + more;
  }
  return hosts;
}

}  // namespace

HeaderList::HeaderList(const HttpOptions& options) {
  for (const std::string& line : options.headers) add(line);
  for (const std::string& line : options.secret_headers) add(line);
  add("Expect:");  // never wait for "100 Continue"
}

HeaderList::HeaderList(const std::vector<std::string>& headers) {
  for (const std::string& line : headers) add(line);
}

void HeaderList::add(const std::string& line) {
  curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
  ASSAY_CHECK(longer != nullptr, "curl_slist_append");
  if (list_ == nullptr) list_.reset(longer);  // later ones hang on the first
}

void set_common_options(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOPROXY, without_proxy().c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);   // a key must not follow to another host
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can undo
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // giving up does not wait for a slow resolver
}

void set_endpoint_options(CURL* easy, const HttpOptions& options) {
  set_tls(easy, options);
  set_version(easy, options);
  if (!options.proxy.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, nullptr);
  }
  // Shared out between a host's addresses; the limit itself is the transfer's own.
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_up(options.connect_timeout));
}

HttpHandle::HttpHandle(CurlLoop& loop, const HttpOptions& options, const HeaderList& headers)
    : options_(options), easy_(curl_easy_init()) {
  ASSAY_CHECK(easy_ != nullptr, "curl_easy_init");
  set_common_options(easy_);
  loop.adopt(easy_, options.kernel_stamps);
  set_endpoint_options(easy_, options);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBytes);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
}

HttpHandle::~HttpHandle() { curl_easy_cleanup(easy_); }

long HttpHandle::info(CURLINFO what) const {
  long value = 0;
  curl_easy_getinfo(easy_, what, &value);
  return value;
}

HttpFailure HttpHandle::failure(CURLcode code, bool sent, bool answered) const {
  FailedTransfer failed;
  failed.code = code;
  failed.detail = error_.data();
  failed.url = options_.url;
  failed.ca_file = options_.ca_file;
  failed.verify_result = info(CURLINFO_SSL_VERIFYRESULT);
  failed.os_error = static_cast<int>(info(CURLINFO_OS_ERRNO));
  failed.proxy_status = static_cast<int>(info(CURLINFO_HTTP_CONNECTCODE));
  failed.sent = sent;
  failed.answered = answered;
  return explain(failed);
}

}  // namespace assay::backends
