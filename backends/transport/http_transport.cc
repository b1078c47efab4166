#include <algorithm>
#include <utility>

#include "backends/transport/http_transfer.h"
#include "backends/transport/http_warm_up.h"

namespace assay::backends {
HttpLoop::HttpLoop() : impl_(std::make_unique<Impl>()) {}
HttpLoop::~HttpLoop() = default;

struct HttpTransport::Impl {
  Impl(CurlLoop& curl, HttpOptions the_options)
      : loop(curl),
        options(std::move(the_options)),
        headers(options),
        outbox(curl.transports_waiting),
        context{loop, options, headers, &steady, outbox, secret_words(options.secret_headers)} {}

  HttpTransfer& free_transfer() {
    if (idle.empty()) {
      transfers.push_back(std::make_unique<HttpTransfer>(
          context, [this](HttpTransfer& ended) { idle.push_back(&ended); }));
      return *transfers.back();
    }
    HttpTransfer* const last = idle.back();  // the one whose memory is warmest
    idle.pop_back();
    return *last;
  }

  CurlLoop& loop;
  const HttpOptions options;
  const HeaderList headers;
  SteadyClock steady;
  Outbox outbox;
  TransferContext context;
  uint64_t streams = 0;
  std::vector<std::unique_ptr<HttpTransfer>> transfers;  // as many as were ever in flight at once
  std::vector<HttpTransfer*> idle;
};

HttpTransport::HttpTransport(HttpLoop& loop, HttpOptions options)
    : impl_(std::make_unique<Impl>(loop.impl_->curl, std::move(options))) {}
HttpTransport::~HttpTransport() = default;

void HttpTransport::set_clock(const Clock& clock) { impl_->context.clock = &clock; }

Result<void> HttpTransport::warm_up(uint32_t connections) {
  if (impl_->options.cheap_url.empty()) return {};
  return warm_up_connections(impl_->loop, impl_->options, impl_->headers, connections);
}

void HttpTransport::start(AttemptPtr attempt) {
  impl_->free_transfer().start(std::move(attempt), ++impl_->streams);
}

TimePoint HttpTransport::collect(std::vector<Piece>& out) {
  const TimePoint next = impl_->loop.turn();
  impl_->outbox.take(out);
  if (impl_->loop.transports_waiting > 0) impl_->loop.signal();
  return next;
}

void HttpTransport::cancel_all() {
  for (const auto& transfer : impl_->transfers) transfer->cancel();
  if (!impl_->outbox.empty()) impl_->loop.signal();
}

void HttpTransport::set_wake(std::function<void()> /*wake*/) {}  // fd() says it

int HttpTransport::fd() const { return impl_->loop.fd(); }

const HttpOptions& HttpTransport::options() const { return impl_->options; }

}  // namespace assay::backends
