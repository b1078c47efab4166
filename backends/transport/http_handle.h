// HttpHandle: one libcurl easy handle with what does not change between requests set once: URL,
// headers, TLS, proxy, HTTP version, sockets of the loop.
//
// Where it stands: held by each HttpTransfer and by warm-up; loop thread.
//
//   HttpHandle handle(loop, options, headers.list());
//   curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "backends/transport/http_loop.h"
#include "backends/transport/http_outcome.h"

namespace assay::backends {

// The request's header lines as libcurl takes them, secrets among them.
class HeaderList {
 public:
  explicit HeaderList(const HttpOptions& options);
  explicit HeaderList(const std::vector<std::string>& headers);
  [[nodiscard]] curl_slist* get() const { return list_.get(); }

 private:
  void add(const std::string& line);
  struct Free {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, Free> list_;
};

// What every request of this program holds to, with or without a loop.
void set_common_options(CURL* easy);
// HTTP version, TLS and proxy; options.url says whether there is TLS. They outlive the handle.
void set_endpoint_options(CURL* easy, const HttpOptions& options);

class HttpHandle {
 public:
  HttpHandle(CurlLoop& loop, const HttpOptions& options, const HeaderList& headers);
  ~HttpHandle();
  HttpHandle(const HttpHandle&) = delete;
  HttpHandle& operator=(const HttpHandle&) = delete;

  [[nodiscard]] CURL* get() const { return easy_; }
  [[nodiscard]] long info(CURLINFO what) const;
  void clear_error() { error_.front() = '\0'; }
  // Why the transfer failed, when it did.
  [[nodiscard]] HttpFailure failure(CURLcode code, bool sent, bool answered) const;

 private:
  const HttpOptions& options_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace assay::backends
