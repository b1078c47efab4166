#include "backends/batch/batch_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "backends/codec/http_status.h"
#include "backends/transport/http_call.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr uint32_t kTriesMax = 4;
constexpr Nanos kFirstPause{std::chrono::milliseconds(500)};
constexpr Nanos kPauseMax{std::chrono::seconds(60)};
constexpr Nanos kStallTimeout{std::chrono::seconds(120)};
constexpr uint64_t kDocumentBytesMax = uint64_t{16} << 20;
constexpr uint64_t kResultBytesMax = uint64_t{64} << 30;
constexpr size_t kMessageBytesMax = 500;
constexpr int kStatusRateLimited = 429;
constexpr int kStatusOverloaded = 500;  // and above
constexpr int kStatusNotFound = 404;

bool may_pass(int status) {
  return status == kStatusRateLimited || status == 408 || status >= kStatusOverloaded;
}

// {"error":{"message":..}} of both providers; otherwise the beginning of the text.
std::string message_of(const std::string& body) {
  const Result<Json> parsed = parse_json(body, "");
  const Json* error = parsed ? find_member(*parsed, "error") : nullptr;
  const Json* message = error == nullptr ? nullptr : find_member(*error, "message");
  std::string text =
      message != nullptr && message->is_string() ? message->get<std::string>() : body;
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  return sanitize_utf8(text);
}

Result<void> pause(Nanos time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped", ""};
  return {};
}

}  // namespace

struct BatchHttp::Question {
  HttpCall call;
  Repeat repeat = Repeat::kAlways;
};

BatchHttp::BatchHttp(HttpOptions options, const Redactor& redactor)
    : options_(std::move(options)), redactor_(redactor) {
  std::erase_if(options_.headers,
                [](const std::string& line) { return line.starts_with("content-type:"); });
}

Error BatchHttp::redacted(Error error) const {
  redactor_.redact(error.message);
  redactor_.redact(error.where);
  return error;
}

Error BatchHttp::refusal(const std::string& url, const HttpReply& reply) const {
  const std::string advice = advice_for_status(reply.status);
  const ErrorCode code = may_pass(reply.status)            ? ErrorCode::kInfrastructure
                         : reply.status == kStatusNotFound ? ErrorCode::kNotFound
                                                           : ErrorCode::kInput;
  return redacted(Error{code,
                        fmt::format("status {}: {}{}", reply.status, message_of(reply.body),
                                    advice.empty() ? "" : fmt::format(" ({})", advice)),
                        url.substr(0, url.find('?'))});
}

Result<Json> BatchHttp::get(const std::string& url, const std::stop_token& stop) const {
  Question question;
  question.call.url = url;
  return ask(question, stop);
}

Result<Json> BatchHttp::post(const std::string& url, const std::string& content_type,
                             std::string_view body, Repeat repeat,
                             const std::stop_token& stop) const {
  Question question;
  question.call.method = "POST";
  question.call.url = url;
  question.call.headers = {"content-type: " + content_type};
  question.call.body = body;
  question.repeat = repeat;
  return ask(question, stop);
}

Result<Json> BatchHttp::ask(const Question& question, const std::stop_token& stop) const {
  HttpCall call = question.call;
  call.stall_timeout = kStallTimeout;
  call.bytes_max = kDocumentBytesMax;
  call.stop = stop;
  Nanos wait = kFirstPause;
  for (uint32_t tries = 1;; ++tries) {
    const Result<HttpReply> reply = http_call(options_, call);
    if (reply && reply->status == 200) {
      Result<Json> parsed = parse_json(reply->body, call.url.substr(0, call.url.find('?')));
      if (!parsed) parsed.error().code = ErrorCode::kInfrastructure;
      return parsed;
    }
    const bool never_sent = !reply && reply.error().code == ErrorCode::kIo;
    const bool harmless = question.repeat == Repeat::kAlways || never_sent ||
                          (reply && reply->status == kStatusRateLimited);
    const bool passes = reply ? may_pass(reply->status)
                              : never_sent || reply.error().code == ErrorCode::kInfrastructure;
    if (!harmless || !passes || tries >= kTriesMax) {
      return reply ? refusal(call.url, *reply) : redacted(reply.error());
    }
    const Nanos wanted = reply ? reply->retry_after : Nanos(0);
    ASSAY_TRY_VOID(pause(std::min(std::max(wait, wanted), kPauseMax), stop));
    wait *= 2;
  }
}

Result<void> BatchHttp::get_lines(const std::string& url, const ResultLines::Take& take,
                                  const std::stop_token& stop) const {
  ResultLines lines(take);
  HttpCall call;
  call.url = url;
  call.stall_timeout = kStallTimeout;
  call.bytes_max = kResultBytesMax;
  call.stop = stop;
  call.take = [&lines](std::string_view bytes) { return lines.feed(bytes); };
  const Result<HttpReply> reply = http_call(options_, call);
  if (!reply) return redacted(reply.error());
  if (reply->status != 200) return refusal(url, *reply);
  return lines.finish();
}

BatchReply reply_of(Result<BatchReply> line) {
  if (line) return std::move(line).value();
  BatchReply reply;
  reply.outcome = Outcome::kMalformed;
  reply.error = sanitize_utf8(line.error().text());
  return reply;
}

BatchReply too_long() {
  BatchReply reply;
  reply.outcome = Outcome::kMalformed;
  reply.error = fmt::format("a line of more than {} bytes", ResultLines::kLineBytesMax);
  return reply;
}

}  // namespace assay::backends
