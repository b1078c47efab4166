#include "backends/transport/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "backends/transport/http_handle.h"

namespace assay::backends {
namespace {

constexpr long kBytesPerSecondMin = 1;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

// What the callbacks of a transfer share.
struct Taken {
  const HttpCall* call = nullptr;
  CURL* easy = nullptr;
  HttpReply reply;
  uint64_t bytes = 0;
  bool too_long = false;
  bool stopped = false;
  Result<void> refused;  // by HttpCall::take
};

size_t take_body(char* bytes, size_t size, size_t count, void* self) {
  auto& taken = *static_cast<Taken*>(self);
  const size_t n = size * count;
  taken.bytes += n;
  taken.too_long = taken.bytes > taken.call->bytes_max;
  if (taken.too_long) return 0;
  long status = 0;
  curl_easy_getinfo(taken.easy, CURLINFO_RESPONSE_CODE, &status);
  if (taken.call->take && status == 200) {
    taken.refused = taken.call->take(std::string_view(bytes, n));
    return taken.refused ? n : 0;
  }
  taken.reply.body.append(bytes, n);
  return n;
}

size_t take_header(char* bytes, size_t size, size_t count, void* self) {
  constexpr std::string_view kRetryAfter = "retry-after:";
  auto& taken = *static_cast<Taken*>(self);
  const size_t n = size * count;
  const std::string_view line(bytes, n);
  const bool same =
      n > kRetryAfter.size() &&
      std::equal(kRetryAfter.begin(), kRetryAfter.end(), line.begin(),
                 [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  if (same) {
    std::string_view value = line.substr(kRetryAfter.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    int64_t seconds = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (bad == std::errc() && seconds >= 0) {
      taken.reply.retry_after = std::chrono::seconds(std::min<int64_t>(seconds, 86'400));
    }
  }
  return n;
}

int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& taken = *static_cast<Taken*>(self);
  taken.stopped = taken.call->stop.stop_requested();
  return taken.stopped ? 1 : 0;
}

Error call_error(const HttpCall& call, std::string why,
                 ErrorCode code = ErrorCode::kInfrastructure) {
  return Error{code, std::move(why), call.url.substr(0, call.url.find('?'))};
}

void set_request(CURL* easy, const HttpCall& call) {
  curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  if (call.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  }
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(call.timeout).count();
  if (ms > 0) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
  const auto stall = std::chrono::ceil<std::chrono::seconds>(call.stall_timeout).count();
  if (stall > 0) {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecondMin);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall));
  }
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

void set_callbacks(CURL* easy, Taken& taken) {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &taken);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &taken);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &watch);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &taken);
}

Error explained(const HttpCall& call, const HttpOptions& options, const Taken& taken, CURLcode code,
                const char* detail) {
  if (taken.stopped) return call_error(call, "stopped", ErrorCode::kInterrupted);
  if (!taken.refused) return taken.refused.error();
  if (taken.too_long) {
    return call_error(call, fmt::format("the reply is longer than {} bytes", call.bytes_max),
                      ErrorCode::kLimit);
  }
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(call.timeout).count();
  if (code == CURLE_OPERATION_TIMEDOUT && ms > 0)
    return call_error(call, fmt::format("no reply within {} ms", ms));
  FailedTransfer failed;
  failed.code = code;
  failed.detail = detail;
  failed.url = call.url;
  failed.ca_file = options.ca_file;
  failed.sent = taken.reply.status != 0;
  failed.answered = taken.reply.status != 0;
  long number = 0;
  curl_easy_getinfo(taken.easy, CURLINFO_SSL_VERIFYRESULT, &number);
  failed.verify_result = number;
  curl_easy_getinfo(taken.easy, CURLINFO_OS_ERRNO, &number);
  failed.os_error = static_cast<int>(number);
  if (code == CURLE_OPERATION_TIMEDOUT && failed.answered)
    return call_error(call, "no more bytes came");
  const HttpFailure failure = explain(failed);
  const bool never_sent = code == CURLE_COULDNT_RESOLVE_HOST ||
                          code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT;
  return call_error(call, failure.text,
                    failure.outcome == Outcome::kDenied ? ErrorCode::kInput
                    : never_sent                        ? ErrorCode::kIo
                                                        : ErrorCode::kInfrastructure);
}

}  // namespace

Result<HttpReply> http_call(const HttpOptions& options, const HttpCall& call) {
  ensure_curl();
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  ASSAY_CHECK(easy != nullptr, "curl_easy_init");
  HttpOptions wanted = options;
  wanted.url = call.url;
  wanted.headers.insert(wanted.headers.end(), call.headers.begin(), call.headers.end());
  const HeaderList headers(wanted);
  std::array<char, CURL_ERROR_SIZE> message{};
  Taken taken;
  taken.call = &call;
  taken.easy = easy.get();
  set_common_options(easy.get());
  set_endpoint_options(easy.get(), wanted);
  set_request(easy.get(), call);
  set_callbacks(easy.get(), taken);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, message.data());
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  taken.reply.status = static_cast<int>(status);
  if (code != CURLE_OK) return explained(call, options, taken, code, message.data());
  return std::move(taken.reply);
}

Result<HttpReply> http_get(const std::string& url, Nanos timeout,
                           const std::vector<std::string>& headers, uint64_t bytes_max) {
  HttpCall call;
  call.url = url;
  call.headers = headers;
  call.timeout = std::max(timeout, Nanos(std::chrono::milliseconds(1)));
  call.bytes_max = bytes_max;
  Result<HttpReply> reply = http_call({}, call);
  // Whoever asks for a health check has no use for the difference.
  if (!reply) reply.error().code = ErrorCode::kInfrastructure;
  return reply;
}

}  // namespace assay::backends
