#include "backends/transport/http_warm_up.h"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace assay::backends {
namespace {

constexpr Nanos kReplyWait = std::chrono::seconds(10);
constexpr size_t kBodyBytesMax = 1024 * 1024;  // of a cheap reply; longer: the connection is closed
constexpr uint32_t kAtOnce = 64;               // a listen queue is often 128 long

class WarmUpRequest final : public CurlClient {
 public:
  WarmUpRequest(CurlLoop& loop, const HttpOptions& options, const HeaderList& headers)
      : loop_(loop), handle_(loop, options, headers) {
    CURL* const easy = handle_.get();
    curl_easy_setopt(easy, CURLOPT_URL, options.cheap_url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);  // not one that stands already
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &WarmUpRequest::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    loop_.add(easy, *this);
    loop_.arm(*this, loop_.now() + options.connect_timeout + kReplyWait);
  }
  ~WarmUpRequest() override {
    if (!ended_) loop_.remove(handle_.get(), *this);
  }

  void on_done(CURLcode code) override {
    ended_ = true;
    status_ = static_cast<int>(handle_.info(CURLINFO_RESPONSE_CODE));
    if (status_ == 0) failure_ = handle_.failure(code, true, false);
    http2_ = handle_.info(CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0;
  }
  void on_overdue(TimePoint /*now*/) override {
    ended_ = true;
    loop_.remove(handle_.get(), *this);
    failure_.text = "no reply in time";
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool answered() const { return status_ != 0; }
  [[nodiscard]] bool http2() const { return http2_; }
  [[nodiscard]] const std::string& error() const { return failure_.text; }

 private:
  static size_t on_body(char* /*bytes*/, size_t size, size_t count, void* self) {
    auto* request = static_cast<WarmUpRequest*>(self);
    request->body_bytes_ += size * count;
    return request->body_bytes_ > kBodyBytesMax ? 0 : size * count;
  }

  CurlLoop& loop_;
  HttpHandle handle_;
  bool ended_ = false;
  bool http2_ = false;
  int status_ = 0;
  size_t body_bytes_ = 0;
  HttpFailure failure_;
};

using Requests = std::vector<std::unique_ptr<WarmUpRequest>>;

void run_to_end(CurlLoop& loop, const Requests& requests) {
  const auto all_ended = [&] {
    return std::all_of(requests.begin(), requests.end(), [](const auto& r) { return r->ended(); });
  };
  while (!all_ended()) {
    const TimePoint until = loop.turn();
    if (all_ended()) return;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - loop.now()).count();
    pollfd readable{loop.fd(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(std::clamp<int64_t>(wait, 0, 1000)));
  }
}

}  // namespace

Result<void> warm_up_connections(CurlLoop& loop, const HttpOptions& options,
                                 const HeaderList& headers, uint32_t connections) {
  // The first one alone: a server that is down, or shares one connection, is asked once.
  uint32_t wave = std::min<uint32_t>(connections, 1);
  for (uint32_t opened = 0; opened < connections;) {
    Requests requests;
    for (uint32_t i = 0; i < wave; ++i)
      requests.push_back(std::make_unique<WarmUpRequest>(loop, options, headers));
    run_to_end(loop, requests);
    const WarmUpRequest& first = *requests.front();
    if (opened == 0 && !first.answered())
      return Error{ErrorCode::kInfrastructure, first.error(), url_for_people(options.cheap_url)};
    if (first.http2()) break;
    opened += wave;
    wave = std::min(kAtOnce, connections - opened);
  }
  return {};
}

}  // namespace assay::backends
