// CurlFetcher: Fetcher over libcurl, one blocking transfer after another.
//
// Where it stands: made by app/, used by suites/loader through harness/api/fetcher.h; main thread,
// before the clock. libcurl is opened by the first get(), so a run over local data never loads it.
// TLS is verified; proxies are the environment's, as curl reads them. Redirects are followed here
// and not by libcurl, so that a token stays with the host it is meant for; https never leads to
// http.
//
//   CurlFetcher fetcher({.stop = stop.get_token()});
//   options.fetcher = &fetcher;
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "harness/api/fetcher.h"

namespace assay::backends {

inline constexpr int kRedirectsMax = 10;
// A server that asks for a longer pause is left alone: the error says so.
inline constexpr Nanos kRetryAfterMax{std::chrono::seconds(120)};

struct CurlFetcherOptions {
  std::stop_token stop;
  std::string ca_file;  // PEM; empty: the system's
  std::string agent = "assay";
  std::function<void(const std::string&)> note;  // "trying again in 2 s: ..."; may be empty
  std::function<void(Nanos)> sleep;              // tests; empty: the thread sleeps
};

class CurlFetcher final : public Fetcher {
 public:
  explicit CurlFetcher(CurlFetcherOptions options) : options_(std::move(options)) {}
  Result<FetchReply> get(const FetchRequest& request) override;
  Result<FetchReply> get_file(const FetchRequest& request, const std::string& path) override;
  Result<void> pause(Nanos time) override;

 private:
  Result<FetchReply> repeat(const FetchRequest& request, const std::string* path);

  const CurlFetcherOptions options_;
};

}  // namespace assay::backends
