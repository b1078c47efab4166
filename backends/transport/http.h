// HttpTransport: attempts over HTTP. HttpLoop: the one curl_multi behind all of them.
//
// Where it stands: the loop thread calls start() and collect(); it never blocks there. HttpLoop
// drives libcurl by curl_multi_socket_action over an epoll set of its own; fd() is that set, so the
// run's waiter sleeps on it. One transfer = one attempt = one request seen by the server: the
// pre-request callback lets a request out once, so libcurl cannot send it again on a second
// connection; redirects are never followed. Bytes are stamped when they are in hand, before
// anything looks at them: user time, and the kernel's receive time by SO_TIMESTAMPNS and a peek.
//
//   HttpLoop loop;
//   HttpTransport transport(loop, options);
//   ASSAY_TRY_VOID(transport.warm_up(64));          // before the clock; main thread
//   transport.start(std::move(attempt));            // attempt->wire is the body
//   TimePoint next = transport.collect(pieces);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/api/transport.h"
#include "harness/base/result.h"

namespace assay::backends {

enum class HttpVersion : uint8_t {
  kAuto,  // HTTP/2 where TLS offers it, HTTP/1.1 otherwise
  k11,
  k2,  // also without TLS (prior knowledge)
};

struct HttpOptions {
  std::string url;                          // of the request: base and path
  std::vector<std::string> headers;         // "name: value", shown in dry runs
  std::vector<std::string> secret_headers;  // "authorization: Bearer ...": sent, never shown,
                                            // stored or part of a message
  std::string cheap_url;                    // for warm_up; empty: nothing is warmed
  std::string ca_file;                      // PEM; empty: the system's
  std::string proxy;                        // empty: from the environment, as curl reads it
  bool insecure = false;                    // TLS is not verified: only by an explicit setting
  HttpVersion version = HttpVersion::kAuto;
  bool kernel_stamps = true;  // ask for the kernel's receive times; without them lags are -1
  Nanos connect_timeout{std::chrono::seconds(10)};
  // From sent to the first body bytes that are more than SSE comments.
  Nanos first_token_timeout{std::chrono::seconds(600)};
  Nanos stall_timeout{std::chrono::seconds(120)};  // between such bytes
  Nanos total_timeout{std::chrono::hours(1)};
  uint64_t reply_bytes_max = uint64_t{64} << 20;  // after decompression
  uint64_t header_bytes_max = uint64_t{128} << 10;
};

class HttpLoop {
 public:
  HttpLoop();
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

 private:
  friend class HttpTransport;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What the backend needs of a transport over HTTP besides the bytes: of this one, and of
// PlainHttpTransport (plain_http.h).
class HttpClient : public Transport {
 public:
  virtual void set_clock(const Clock& clock) = 0;
  // Opens `connections` and sends one GET of cheap_url on each; whatever the status, a connection
  // that answered is warm. Error: none could be opened (the first reason).
  virtual Result<void> warm_up(uint32_t connections) = 0;
  [[nodiscard]] virtual const HttpOptions& options() const = 0;
};

class HttpTransport final : public HttpClient {
 public:
  // `loop` outlives the transport.
  HttpTransport(HttpLoop& loop, HttpOptions options);
  ~HttpTransport() override;

  void set_clock(const Clock& clock) override;
  Result<void> warm_up(uint32_t connections) override;

  // Failures are data: response.outcome kConnectError (no connection, DNS, TLS with its reason),
  // kTimeout (which limit), kTruncated (the connection ended inside the reply), kRejected (a reply
  // beyond its limits), kCancelled. attempt->http is filled in; stamps.sent is taken in libcurl's
  // pre-request callback, stamps.headers at the end of the final headers.
  void start(AttemptPtr attempt) override;
  TimePoint collect(std::vector<Piece>& out) override;
  void cancel_all() override;
  void set_wake(std::function<void()> wake) override;
  [[nodiscard]] int fd() const override;

  [[nodiscard]] const HttpOptions& options() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A blocking GET for set-up work (discovery, health checks), never on the clock. The reply's body,
// at most `bytes_max`; an error names the URL and why.
struct HttpReply {
  int status = 0;
  std::string body;
  Nanos retry_after{0};  // as its header says in seconds; 0: not said
};
Result<HttpReply> http_get(const std::string& url, Nanos timeout,
                           const std::vector<std::string>& headers = {},
                           uint64_t bytes_max = uint64_t{4} << 20);

}  // namespace assay::backends
