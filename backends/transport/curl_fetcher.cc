#include "backends/transport/curl_fetcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "backends/transport/http_handle.h"
#include "backends/url.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanos kFirstPause{milliseconds(500)};
constexpr Nanos kPauseMax{seconds(30)};
constexpr Nanos kSlice{milliseconds(100)};  // a stop is seen within so long
constexpr long kConnectTimeoutMs = 30'000;
constexpr long kBytesPerSecondMin = 1024;      // less for the stall time is a stall
constexpr uint32_t kConnectTriesMax = 3;       // a host that is not there is not asked six times
constexpr size_t kFailureBytesMax = 64 << 10;  // of a body that explains a status
constexpr size_t kHeadersMax = 200;
constexpr size_t kHeaderBytesMax = 8 << 10;  // of one line

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// One answer of a server while it arrives.
struct Transfer {
  const FetchRequest* request = nullptr;
  const std::stop_token* stop = nullptr;
  CURL* easy = nullptr;
  std::FILE* file = nullptr;  // of a good answer; null: into `reply.body`
  FetchReply reply;
  uint64_t bytes = 0;
  bool too_long = false;
  bool stopped = false;
  int write_error = 0;
};

enum class Fate : uint8_t { kDone, kRedirected, kRetry, kFailed };

// What one request over the wire came to.
struct Step {
  Fate fate = Fate::kDone;
  std::string next_url;        // kRedirected
  Nanos wanted_pause{0};       // kRetry: what the server asked for
  bool no_connection = false;  // kRetry
  Error error;                 // kRetry, kFailed
};

bool is_retried(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}
bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Without credentials and query: a signed URL's query is a secret.
std::string shown_url(const std::string& url) {
  return hide_url_credentials(url.substr(0, url.find('?')));
}

Error fetch_error(const std::string& url, std::string why,
                  ErrorCode code = ErrorCode::kInfrastructure) {
  return Error{code, std::move(why), shown_url(url)};
}

Error interrupted(const std::string& url) {
  return fetch_error(url, "stopped", ErrorCode::kInterrupted);
}

// ---- what libcurl calls ---------------------------------------------------------------------

size_t take_header(char* bytes, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const size_t n = size * count;
  std::string_view line(bytes, n);
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
  if (line.starts_with("HTTP/")) transfer->reply.headers.clear();  // an interim answer's are over
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || n > kHeaderBytesMax ||
      transfer->reply.headers.size() >= kHeadersMax) {
    return n;
  }
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const size_t start = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
  transfer->reply.headers.emplace_back(std::move(name), line.substr(start));
  return n;
}

size_t take_body(char* bytes, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const size_t n = size * count;
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    const size_t room = kFailureBytesMax - std::min(transfer->reply.body.size(), kFailureBytesMax);
    transfer->reply.body.append(bytes, std::min(room, n));
    return n;
  }
  transfer->bytes += n;
  transfer->too_long = transfer->bytes > transfer->request->bytes_max;
  if (transfer->too_long) return 0;
  if (transfer->file == nullptr) {
    transfer->reply.body.append(bytes, n);
    return n;
  }
  if (std::fwrite(bytes, 1, n, transfer->file) == n) return n;
  transfer->write_error = errno;
  return 0;
}

int watch(void* self, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->stopped = transfer->stop->stop_requested();
  if (transfer->request->progress && done > 0) {
    transfer->request->progress(static_cast<uint64_t>(done),
                                static_cast<uint64_t>(std::max<curl_off_t>(total, 0)));
  }
  return transfer->stopped ? 1 : 0;
}

// ---- one request over the wire --------------------------------------------------------------

// Seconds only: the other form, a date, is rare, and the usual pause does then.
Nanos retry_after(const FetchReply& reply) {
  const std::string_view text = reply.header("retry-after");
  int64_t wanted = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (failed != std::errc() || end != text.data() + text.size() || wanted < 0) return Nanos(0);
  return seconds(std::min<int64_t>(wanted, 1'000'000));
}

bool is_https(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  return parsed && parsed->scheme == "https";
}

Step redirected(const FetchRequest& request, const std::string& from, const std::string& to) {
  Step step;
  step.fate = Fate::kFailed;
  if (to.empty()) {
    step.error = fetch_error(request.url, "is a redirect that does not say where to");
  } else if (is_https(from) && !is_https(to)) {
    step.error = fetch_error(
        request.url,
        fmt::format("is a redirect from https to {}, which is not followed", shown_url(to)));
  } else {
    step.fate = Fate::kRedirected;
    step.next_url = to;
  }
  return step;
}

Step answered(const Transfer& transfer, const std::string& url) {
  Step step;
  if (is_redirect(transfer.reply.status)) {
    const char* to = nullptr;
    curl_easy_getinfo(transfer.easy, CURLINFO_REDIRECT_URL, &to);
    return redirected(*transfer.request, url, to == nullptr ? "" : to);
  }
  if (is_retried(transfer.reply.status)) {
    step.fate = Fate::kRetry;
    step.wanted_pause = retry_after(transfer.reply);
    step.error = fetch_error(url, fmt::format("status {}", transfer.reply.status));
  }
  return step;
}

Step lost(const Transfer& transfer, const std::string& url, CURLcode code, const char* detail) {
  Step step;
  step.fate = Fate::kFailed;
  if (transfer.stopped) {
    step.error = interrupted(url);
  } else if (transfer.too_long) {
    step.error = fetch_error(
        url, fmt::format("the reply is longer than {} bytes", transfer.request->bytes_max),
        ErrorCode::kLimit);
  } else if (transfer.write_error != 0) {
    step.error =
        fetch_error(url, fmt::format("cannot be stored: {}", std::strerror(transfer.write_error)),
                    ErrorCode::kIo);
  } else {
    FailedTransfer failed;
    failed.code = code;
    failed.detail = detail;
    failed.url = url;
    long number = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_SSL_VERIFYRESULT, &number);
    failed.verify_result = number;
    curl_easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &number);
    failed.os_error = static_cast<int>(number);
    failed.answered = failed.sent = transfer.reply.status != 0;
    const HttpFailure failure = explain(failed);
    const bool passing = failure.outcome == Outcome::kConnectError ||
                         failure.outcome == Outcome::kTimeout ||
                         failure.outcome == Outcome::kTruncated;
    step.fate = passing ? Fate::kRetry : Fate::kFailed;
    step.no_connection = transfer.reply.status == 0;
    step.error = fetch_error(url, code == CURLE_OPERATION_TIMEDOUT && failed.answered
                                      ? std::string("no more bytes came")
                                      : failure.text);
  }
  return step;
}

void set_options(CURL* easy, const FetchRequest& request, const std::string& url,
                 const std::string& ca_file, bool into_file) {
  set_common_options(easy);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  // A stored file is hashed: it must come as it lies there.
  if (into_file) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, nullptr);
  if (!ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  const auto stall = std::chrono::ceil<seconds>(request.stall_timeout).count();
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kBytesPerSecondMin);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<int64_t>(stall, 1)));
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

void set_callbacks(CURL* easy, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &watch);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
}

bool same_origin(const std::string& a, const std::string& b) {
  const Result<Url> first = parse_url(a);
  const Result<Url> second = parse_url(b);
  return first && second && first->scheme == second->scheme && first->host == second->host &&
         first->port == second->port;
}

Step ask(Transfer& transfer, const std::string& url, const CurlFetcherOptions& options) {
  const FetchRequest& request = *transfer.request;
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  ASSAY_CHECK(easy != nullptr, "curl_easy_init");
  std::vector<std::string> lines = request.headers;
  lines.push_back("user-agent: " + options.agent);
  if (!request.bearer.empty() && same_origin(url, request.url))
    lines.push_back("authorization: Bearer " + request.bearer);
  const HeaderList headers(lines);
  std::array<char, CURL_ERROR_SIZE> message{};
  transfer.easy = easy.get();
  set_options(easy.get(), request, url, options.ca_file, transfer.file != nullptr);
  set_callbacks(easy.get(), transfer);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, message.data());
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.reply.status = static_cast<int>(status);
  return code == CURLE_OK ? answered(transfer, url) : lost(transfer, url, code, message.data());
}

Result<File> open_file(const std::string& path) {
  File file(std::fopen(path.c_str(), "wb"));
  if (file == nullptr) {
    return Error{ErrorCode::kIo, fmt::format("cannot be written: {}", std::strerror(errno)), path};
  }
  return file;
}

// The request and its redirects, once.
Result<Step> try_once(Transfer& transfer, const std::string* path,
                      const CurlFetcherOptions& options) {
  std::string url = transfer.request->url;
  for (int hop = 0; hop <= kRedirectsMax; ++hop) {
    File file;
    if (path != nullptr) {
      ASSAY_TRY(file, open_file(*path));
    }
    transfer.reply = {};
    transfer.bytes = 0;
    transfer.file = file.get();
    Step step = ask(transfer, url, options);
    if (file != nullptr && std::fclose(file.release()) != 0 && step.fate == Fate::kDone) {
      return Error{ErrorCode::kIo, fmt::format("cannot be written: {}", std::strerror(errno)),
                   *path};
    }
    if (step.fate != Fate::kRedirected) return step;
    url = std::move(step.next_url);
  }
  return fetch_error(transfer.request->url, fmt::format("more than {} redirects", kRedirectsMax));
}

}  // namespace

Result<FetchReply> CurlFetcher::get(const FetchRequest& request) {
  return repeat(request, nullptr);
}

Result<FetchReply> CurlFetcher::get_file(const FetchRequest& request, const std::string& path) {
  Result<FetchReply> reply = repeat(request, &path);
  if (!reply || reply->status != 200) std::remove(path.c_str());
  return reply;
}

Result<void> CurlFetcher::pause(Nanos time) {
  while (time > Nanos(0)) {
    if (options_.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped", ""};
    const Nanos slice = options_.sleep ? time : std::min(time, kSlice);
    if (options_.sleep) {
      options_.sleep(slice);
    } else {
      std::this_thread::sleep_for(slice);
    }
    time -= slice;
  }
  return {};
}

Result<FetchReply> CurlFetcher::repeat(const FetchRequest& request, const std::string* path) {
  ASSAY_TRY_VOID(parse_url(request.url));
  ensure_curl();
  Nanos pause_next = kFirstPause;
  for (uint32_t tried = 1;; ++tried) {
    if (options_.stop.stop_requested()) return interrupted(request.url);
    Transfer transfer;
    transfer.request = &request;
    transfer.stop = &options_.stop;
    ASSAY_TRY(const Step step, try_once(transfer, path, options_));
    if (step.fate == Fate::kDone) return std::move(transfer.reply);
    if (step.fate == Fate::kFailed) return step.error;
    const uint32_t tries =
        step.no_connection ? std::min(request.tries_max, kConnectTriesMax) : request.tries_max;
    const bool too_long = step.wanted_pause > kRetryAfterMax;
    if (tried >= tries || too_long) {
      // A status that stays is the caller's to explain.
      if (transfer.reply.status != 0 && transfer.reply.status != 200) return transfer.reply;
      return fetch_error(request.url, fmt::format("{} ({} tries)", step.error.message, tried));
    }
    const Nanos wait = std::max(step.wanted_pause, pause_next);
    if (options_.note) {
      options_.note(fmt::format("{}; trying again in {:.1f} s", step.error.text(),
                                std::chrono::duration<double>(wait).count()));
    }
    ASSAY_TRY_VOID(pause(wait));
    pause_next = std::min(pause_next * 2, kPauseMax);
  }
}

}  // namespace assay::backends
