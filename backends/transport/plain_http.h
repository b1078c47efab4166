// PlainHttpTransport: attempts over plain HTTP/1.1 with as little as possible between the socket
// and the stamp. For `assay bench`; HttpTransport (libcurl) does the rest (docs/decisions/0025).
//
// Where it stands: the loop thread calls start() and collect(); it never blocks there. An epoll set
// of its own (fd()), one connection per attempt in flight, kept and used again; one recvmsg() gives
// bytes and the kernel's receive time together. Outcomes, limits, stamps, flags and HttpExchange
// mean what they mean with HttpTransport. One attempt = one request seen by the server.
//
// Not here: TLS, proxies, HTTP/2, compression, redirects, cookies. A reply that is compressed all
// the same is kRejected.
//
//   if (PlainHttpTransport::serves(options)) {
//     PlainHttpTransport transport(options);
//     ASSAY_TRY_VOID(transport.warm_up(64));          // before the clock; resolves the host
//     transport.start(std::move(attempt));            // attempt->wire is the body
//     TimePoint next = transport.collect(pieces);
//   }
#pragma once

#include <memory>

#include "backends/transport/http.h"

namespace assay::backends {

class PlainHttpTransport final : public HttpClient {
 public:
  // A plain http:// address that is reached without a proxy, in HTTP/1.1.
  static bool serves(const HttpOptions& options);

  explicit PlainHttpTransport(HttpOptions options);
  ~PlainHttpTransport() override;

  void set_clock(const Clock& clock) override;
  // The host is resolved here, or by the first start(), which then blocks. Each connection answers
  // a GET, since one that is merely connected may not have been accepted yet: its set-up would be
  // part of the first request's time.
  Result<void> warm_up(uint32_t connections) override;
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

}  // namespace assay::backends
