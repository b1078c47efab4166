#include "backends/remote_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "backends/batch/anthropic_batch.h"
#include "backends/batch/openai_batch.h"
#include "backends/remote_codec.h"
#include "backends/transport/plain_http.h"
#include "harness/base/base64.h"

namespace assay::backends {
namespace {

// Requests of a suite that are looked at before the clock; a later one that the format cannot say
// ends as kRejected.
constexpr uint64_t kCheckedSamplesMax = 256;
// A run of base64 longer than this is shortened for people.
constexpr size_t kBase64ShownMax = 256;
constexpr size_t kBase64Head = 32;

// A transport over HTTP plus two things that need the codec: requests that the format cannot say
// come back without being sent, and header lines lose the secrets that a server echoed.
class RemoteTransport final : public Transport {
 public:
  RemoteTransport(std::unique_ptr<HttpClient> http, const RemoteCodec& codec,
                  const Redactor& redactor)
      : http_(std::move(http)), codec_(codec), redactor_(redactor) {}

  void start(AttemptPtr attempt) override {
    if (!attempt->wire.empty()) return http_->start(std::move(attempt));
    attempt->stamps.sent = attempt->stamps.done = clock_->now();
    attempt->response.outcome = Outcome::kRejected;
    attempt->response.error = codec_.refuses(attempt->request).value_or("the request is empty");
    Piece piece;
    piece.stream = kOwnStreams | next_stream_++;
    piece.lane = attempt->lane;
    piece.end = std::move(attempt);
    refused_.push_back(std::move(piece));
    if (wake_) wake_();
  }
  TimePoint collect(std::vector<Piece>& out) override {
    const size_t before = out.size();
    const TimePoint next = http_->collect(out);
    if (!redactor_.empty()) {
      for (size_t i = before; i < out.size(); ++i)
        if (out[i].end) redact(*out[i].end);
    }
    for (Piece& piece : refused_) out.push_back(std::move(piece));
    refused_.clear();
    return next;
  }
  void cancel_all() override { http_->cancel_all(); }
  void set_wake(std::function<void()> wake) override {
    wake_ = wake;
    http_->set_wake(std::move(wake));
  }
  [[nodiscard]] int fd() const override { return http_->fd(); }

  void set_clock(const Clock& clock) {
    clock_ = &clock;
    http_->set_clock(clock);
  }
  Result<void> warm_up(uint32_t connections) { return http_->warm_up(connections); }
  [[nodiscard]] const HttpOptions& options() const { return http_->options(); }

 private:
  static constexpr uint64_t kOwnStreams = uint64_t{1} << 63;  // the others count from 0

  void redact(Attempt& attempt) const {
    if (attempt.http.status >= 200 && attempt.http.status < 300) {
      redactor_.mask(attempt.http.headers);
    } else {
      redactor_.redact(attempt.http.headers);
    }
    redactor_.mask(attempt.http.content_type);
  }

  const std::unique_ptr<HttpClient> http_;
  const RemoteCodec& codec_;
  const Redactor& redactor_;
  SteadyClock own_clock_;
  const Clock* clock_ = &own_clock_;
  std::function<void()> wake_;
  std::vector<Piece> refused_;
  uint64_t next_stream_ = 0;
};

Redactor redactor_of(const EndpointSpec& endpoint) {
  Redactor redactor;
  redactor.add(endpoint.key, endpoint.key_label);
  const std::string& userinfo = endpoint.base.userinfo.reveal();
  if (userinfo.empty()) return redactor;
  redactor.add(endpoint.base.userinfo, "[credentials]");
  const size_t colon = userinfo.find(':');
  if (colon != std::string::npos) redactor.add(Secret(userinfo.substr(colon + 1)), "[password]");
  return redactor;
}

HttpOptions http_options(const EndpointSpec& endpoint, const WireCodec& codec) {
  HttpOptions http = endpoint.http;
  http.url = endpoint.url_of(codec.path());
  http.cheap_url = endpoint.url_of(codec.cheap_path());
  std::vector<std::string> headers{"content-type: application/json"};
  for (std::string& header : codec.headers()) headers.push_back(std::move(header));
  headers.insert(headers.end(), endpoint.http.headers.begin(), endpoint.http.headers.end());
  http.headers = std::move(headers);
  if (!endpoint.key.empty())
    http.secret_headers.push_back(endpoint.auth_prefix + endpoint.key.reveal());
  if (!endpoint.base.userinfo.empty()) {
    std::string header = "authorization: Basic ";
    append_base64(header, endpoint.base.userinfo.reveal());
    http.secret_headers.push_back(std::move(header));
  }
  return http;
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

// The body with every long run of base64 (pictures) cut short.
std::string shortened(std::string_view body) {
  std::string out;
  size_t at = 0;
  while (at < body.size()) {
    size_t end = at;
    while (end < body.size() && is_base64(body[end])) ++end;
    if (end - at > kBase64ShownMax) {
      out += body.substr(at, kBase64Head);
      out += fmt::format("...[{} more characters of base64]", end - at - kBase64Head);
    } else {
      out += body.substr(at, end - at);
    }
    if (end < body.size()) out += body[end];
    at = end + 1;
  }
  return out;
}

ServerAddress address_of(const Url& url) {
  constexpr int kHttpPort = 80;
  constexpr int kHttpsPort = 443;
  ServerAddress address;
  address.host = url.host.starts_with('[') ? url.host.substr(1, url.host.size() - 2) : url.host;
  const int scheme_port = url.scheme == "https" ? kHttpsPort : kHttpPort;
  address.port = static_cast<uint16_t>(url.port == 0 ? scheme_port : url.port);
  return address;
}

class RemoteBackend final : public Backend {
 public:
  // `whole`: of whole replies, where the endpoint has batches.
  RemoteBackend(EndpointSpec endpoint, std::unique_ptr<WireCodec> wire,
                std::unique_ptr<WireCodec> whole, const BackendContext& context)
      : endpoint_(std::move(endpoint)),
        redactor_(redactor_of(endpoint_)),
        codec_(std::move(wire), endpoint_.system, endpoint_.seed_field,
               endpoint_.options.params.seed, redactor_),
        transport_(make_client(context), codec_, redactor_) {
    if (whole == nullptr) return;
    whole_codec_ =
        std::make_unique<RemoteCodec>(std::move(whole), endpoint_.system, endpoint_.seed_field,
                                      endpoint_.options.params.seed, redactor_);
    const auto make = endpoint_.wire == "anthropic" ? make_anthropic_batch : make_openai_batch;
    batches_ = make(endpoint_, http_options(endpoint_, codec_.wire()), *whole_codec_, redactor_);
  }

  [[nodiscard]] const BackendTraits& traits() const override { return endpoint_.traits; }
  Result<void> prepare(std::span<const Suite* const> suites) override {
    if (!endpoint_.key_missing.empty()) return error(endpoint_.key_missing);
    for (const Suite* suite : suites) ASSAY_TRY_VOID(check(*suite));
    return {};
  }
  void set_clock(const Clock& clock) override { transport_.set_clock(clock); }
  [[nodiscard]] Transport& transport() override { return transport_; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }
  [[nodiscard]] std::string describe_request(const Attempt& attempt) const override;
  [[nodiscard]] BatchClient* batch_client() override { return batches_.get(); }
  [[nodiscard]] std::optional<ServerAddress> server_address() const override {
    return address_of(endpoint_.base);
  }
  Result<void> warm_up(uint32_t connections) override {
    Result<void> warm = transport_.warm_up(connections);
    if (warm) return {};
    std::string message = warm.error().text();
    redactor_.redact(message);
    return Error{warm.error().code, std::move(message), where()};
  }

 private:
  [[nodiscard]] std::string where() const { return fmt::format("model `{}`", endpoint_.label); }
  [[nodiscard]] Error error(std::string message) const {
    return input_error(where(), std::move(message));
  }
  // The leanest one that serves this endpoint, where times are what is asked for.
  [[nodiscard]] std::unique_ptr<HttpClient> make_client(const BackendContext& context) {
    HttpOptions options = http_options(endpoint_, codec_.wire());
    if (context.timing && !endpoint_.curl_only && PlainHttpTransport::serves(options))
      return std::make_unique<PlainHttpTransport>(std::move(options));
    if (context.http_loop)
      return std::make_unique<HttpTransport>(context.http_loop(), std::move(options));
    own_loop_ = std::make_unique<HttpLoop>();
    return std::make_unique<HttpTransport>(*own_loop_, std::move(options));
  }
  // Nothing is sent for requests that this format cannot say.
  [[nodiscard]] Result<void> check(const Suite& suite) const {
    const uint64_t count = std::min(suite.size(), kCheckedSamplesMax);
    for (uint64_t i = 0; i < count; ++i) {
      ASSAY_TRY(const Sample sample, suite.sample(i));
      ASSAY_TRY(const Request request, suite.request(sample, 0));
      const std::optional<std::string> why = codec_.refuses(request);
      if (!why) continue;
      if (!request.continuations.empty()) {
        return error(
            fmt::format("cannot answer suite `{}`: {}; or ask its choices as free text "
                        "with --as-generation (another question, with another hash). "
                        "Nothing was sent",
                        suite.info().name, *why));
      }
      return error(
          fmt::format("cannot answer suite `{}` (sample `{}`): {}; nothing was sent. Give "
                      "another wire format (wire=...) or leave the suite out",
                      suite.info().name, sample.id, *why));
    }
    return {};
  }

  EndpointSpec endpoint_;
  const Redactor redactor_;
  std::unique_ptr<HttpLoop> own_loop_;
  const RemoteCodec codec_;
  RemoteTransport transport_;
  std::unique_ptr<RemoteCodec> whole_codec_;
  std::unique_ptr<BatchClient> batches_;
};

std::string RemoteBackend::describe_request(const Attempt& attempt) const {
  const HttpOptions& http = transport_.options();
  std::string text = fmt::format("POST {}\n", http.url);
  for (const std::string& header : http.headers) text += header + "\n";
  if (!endpoint_.key.empty() || !endpoint_.key_missing.empty())
    text += fmt::format("{}{}\n", endpoint_.auth_prefix, endpoint_.key_label);
  if (!endpoint_.base.userinfo.empty()) text += "authorization: Basic [credentials]\n";
  text += "\n" + shortened(attempt.wire) + "\n";
  redactor_.redact(text);
  return text;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_remote_backend(EndpointSpec endpoint,
                                                     const BackendContext& context) {
  // The seed goes by another name: the codec must not say it too.
  WireOptions options = endpoint.options;
  if (endpoint.seed_field != "seed") options.params.seed.reset();
  std::unique_ptr<WireCodec> whole;
  if (endpoint.batch) {
    WireOptions unstreamed = options;
    unstreamed.stream = false;
    ASSAY_TRY(whole, make_wire_codec(endpoint.wire, std::move(unstreamed)));
  }
  ASSAY_TRY(std::unique_ptr<WireCodec> wire, make_wire_codec(endpoint.wire, std::move(options)));
  return std::unique_ptr<Backend>(std::make_unique<RemoteBackend>(
      std::move(endpoint), std::move(wire), std::move(whole), context));
}

Result<std::unique_ptr<Backend>> make_remote_backend(const ModelSpec& spec,
                                                     const Provider& provider,
                                                     const BackendContext& context) {
  ASSAY_TRY(EndpointSpec endpoint, read_endpoint(spec, provider, context));
  return make_remote_backend(std::move(endpoint), context);
}

}  // namespace assay::backends
