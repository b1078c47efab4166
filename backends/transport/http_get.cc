#include <algorithm>
#include <array>
#include <memory>

#include "backends/transport/http_handle.h"

namespace assay::backends {
namespace {

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

struct Body {
  std::string text;
  uint64_t bytes_max = 0;
  bool too_long = false;
};

size_t keep(char* bytes, size_t size, size_t count, void* self) {
  auto* body = static_cast<Body*>(self);
  const size_t n = size * count;
  body->too_long = body->text.size() + n > body->bytes_max;
  if (body->too_long) return 0;
  body->text.append(bytes, n);
  return n;
}

Error get_error(const std::string& url, std::string why) {
  return Error{ErrorCode::kInfrastructure, std::move(why), url.substr(0, url.find('?'))};
}

}  // namespace

Result<HttpReply> http_get(const std::string& url, Nanos timeout,
                           const std::vector<std::string>& headers, uint64_t bytes_max) {
  ensure_curl();
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  ASSAY_CHECK(easy != nullptr, "curl_easy_init");
  const HeaderList list(headers);
  std::array<char, CURL_ERROR_SIZE> message{};
  Body body;
  body.bytes_max = bytes_max;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  set_common_options(easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(ms, 1)));
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &keep);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (body.too_long)
    return get_error(url, fmt::format("the reply is longer than {} bytes", bytes_max));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return get_error(url, fmt::format("no reply within {} ms", ms));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) {
    FailedTransfer failed;
    failed.code = code;
    failed.detail = message.data();
    failed.url = url;
    failed.sent = status != 0;
    failed.answered = status != 0;
    long number = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_SSL_VERIFYRESULT, &number);
    failed.verify_result = number;
    curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &number);
    failed.os_error = static_cast<int>(number);
    return get_error(url, explain(failed).text);
  }
  return HttpReply{static_cast<int>(status), std::move(body.text)};
}

}  // namespace assay::backends
