#include "backends/transport/plain_http.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "backends/transport/plain_loop.h"
#include "backends/transport/plain_transfer.h"
#include "backends/url.h"

namespace assay::backends {
namespace {

constexpr Nanos kWarmUpWait = std::chrono::seconds(1);  // of one sleep, not of warm-up
constexpr uint32_t kWarmUpAtOnce = 64;                  // a listen queue is often 128 long

// As libcurl reads them for http://.
bool environment_names_a_proxy() {
  constexpr std::array kNames{"http_proxy", "all_proxy", "ALL_PROXY"};
  return std::any_of(kNames.begin(), kNames.end(), [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
    return value != nullptr && *value != '\0';
  });
}

// What stands behind "http://host:port": "/v1/models?x=y".
std::string_view target_of(std::string_view url) {
  const size_t host = url.find("://") + 3;
  const size_t end = url.find_first_of("/?", host);
  return end == std::string_view::npos ? std::string_view("/") : url.substr(end);
}

std::string_view host_of(std::string_view url) {
  const size_t host = url.find("://") + 3;
  return url.substr(host, url.find_first_of("/?", host) - host);
}

bool names_accept(const std::vector<std::string>& headers) {
  return std::any_of(headers.begin(), headers.end(),
                     [](const std::string& line) { return has_name(line, "accept"); });
}

// "POST /v1/chat/completions HTTP/1.1" and every header line but the last.
std::string head_of(std::string_view method, std::string_view url, const HttpOptions& options) {
  std::string_view target = target_of(url);
  std::string head = fmt::format("{} {}{} HTTP/1.1\r\nhost: {}\r\n", method,
                                 target.starts_with('?') ? "/" : "", target, host_of(url));
  if (!names_accept(options.headers)) head += "accept: */*\r\n";
  for (const auto* lines : {&options.headers, &options.secret_headers}) {
    for (const std::string& line : *lines) head += line + "\r\n";
  }
  return head;
}

}  // namespace

struct PlainHttpTransport::Impl {
  explicit Impl(HttpOptions the_options)
      : options(std::move(the_options)),
        loop(options),
        outbox(waiting),
        context{loop, outbox, head_of("POST", options.url, options) + "content-length: ",
                options.cheap_url.empty() ? std::string()
                                          : head_of("GET", options.cheap_url, options) + "\r\n",
                secret_words(options.secret_headers)} {}

  PlainTransfer& free_transfer() {
    if (idle.empty()) {
      transfers.push_back(std::make_unique<PlainTransfer>(
          context, transfers.size(), [this](PlainTransfer& ended) { idle.push_back(&ended); }));
      return *transfers.back();
    }
    PlainTransfer* const last = idle.back();  // the one whose memory is warmest
    idle.pop_back();
    return *last;
  }

  // One wave of warm-up; why the first of them did not work, or nothing.
  std::string warm(uint32_t connections) {
    std::vector<PlainTransfer*> wave;
    for (uint32_t i = 0; i < connections; ++i) {
      wave.push_back(&free_transfer());
      wave.back()->start_warm_up();
    }
    const auto all_ended = [&] {
      return std::none_of(wave.begin(), wave.end(), [](const auto* t) { return t->active(); });
    };
    while (!all_ended()) {
      const TimePoint until = loop.turn();
      if (all_ended()) break;
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(
          std::clamp<Nanos>(until - loop.now(), Nanos{0}, kWarmUpWait));
      pollfd readable{loop.fd(), POLLIN, 0};
      ::poll(&readable, 1, static_cast<int>(wait.count()));
    }
    return wave.front()->error();
  }

  const HttpOptions options;
  PlainLoop loop;
  int waiting = 0;
  Outbox outbox;
  PlainContext context;
  std::vector<std::unique_ptr<PlainTransfer>> transfers;  // as many as were ever in flight at once
  std::vector<PlainTransfer*> idle;
};

bool PlainHttpTransport::serves(const HttpOptions& options) {
  const Result<Url> url = parse_url(options.url);
  if (!url || url->scheme != "http" || !url->userinfo.empty()) return false;
  if (options.version == HttpVersion::k2 || !options.proxy.empty()) return false;
  return url->is_loopback() || !environment_names_a_proxy();
}

PlainHttpTransport::PlainHttpTransport(HttpOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
PlainHttpTransport::~PlainHttpTransport() = default;

void PlainHttpTransport::set_clock(const Clock& clock) { impl_->loop.set_clock(clock); }

Result<void> PlainHttpTransport::warm_up(uint32_t connections) {
  const HttpOptions& options = impl_->options;
  if (!impl_->loop.resolve())
    return Error{ErrorCode::kInfrastructure, "the host was not found", url_for_people(options.url)};
  if (options.cheap_url.empty()) return {};
  // The first one alone: a server that is down is asked once.
  for (uint32_t opened = 0; opened < connections;) {
    const uint32_t wave = opened == 0 ? 1 : std::min(kWarmUpAtOnce, connections - opened);
    std::string why = impl_->warm(wave);
    if (opened == 0 && !why.empty())
      return Error{ErrorCode::kInfrastructure, std::move(why), url_for_people(options.cheap_url)};
    opened += wave;
  }
  return {};
}

void PlainHttpTransport::start(AttemptPtr attempt) {
  impl_->free_transfer().start(std::move(attempt));
  if (!impl_->outbox.empty()) impl_->loop.signal();  // it has ended already
}

TimePoint PlainHttpTransport::collect(std::vector<Piece>& out) {
  const TimePoint next = impl_->loop.turn();
  impl_->outbox.take(out);
  return next;
}

void PlainHttpTransport::cancel_all() {
  for (const auto& transfer : impl_->transfers) transfer->cancel();
  if (!impl_->outbox.empty()) impl_->loop.signal();
}

void PlainHttpTransport::set_wake(std::function<void()> /*wake*/) {}  // fd() says it

int PlainHttpTransport::fd() const { return impl_->loop.fd(); }

const HttpOptions& PlainHttpTransport::options() const { return impl_->options; }

}  // namespace assay::backends
