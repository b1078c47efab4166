#include "backends/transport/http_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace assay::backends {
namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::string_view kContentType = "content-type";
// Shorter ones are no secrets, and would blot out ordinary text.
constexpr size_t kSecretBytesMin = 8;

std::string seconds_text(Nanos time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void redact(std::string& text, const std::string& secret) {
  size_t at = 0;
  while ((at = text.find(secret, at)) != std::string::npos) {
    text.replace(at, secret.size(), kRedacted);
    at += kRedacted.size();
  }
}

}  // namespace

TimePoint TransferTimes::deadline(const HttpOptions& options) const {
  TimePoint next = started + options.connect_timeout;
  if (sent) next = *sent + options.first_token_timeout;
  if (progress) next = *progress + options.stall_timeout;
  return std::min(next, started + options.total_timeout);
}

HttpFailure TransferTimes::overdue(const HttpOptions& options, TimePoint now) const {
  if (now >= started + options.total_timeout)
    return {Outcome::kTimeout, fmt::format("no end of the reply within {} (total timeout)",
                                           seconds_text(options.total_timeout))};
  if (progress)
    return {Outcome::kTimeout, fmt::format("nothing for {} inside the reply (stall timeout)",
                                           seconds_text(options.stall_timeout))};
  if (sent)
    return {Outcome::kTimeout, fmt::format("no token within {} of sending (first-token timeout)",
                                           seconds_text(options.first_token_timeout))};
  return {Outcome::kTimeout,
          fmt::format("no connection to {} within {} (connect timeout)",
                      url_for_people(options.url), seconds_text(options.connect_timeout))};
}

void begin_exchange(Attempt& attempt, TimePoint now) {
  attempt.response = Response{};
  attempt.response.outcome = Outcome::kOk;
  attempt.http = HttpExchange{};
  attempt.stamps.sent = now;  // until its bytes leave
  attempt.stamps.headers.reset();
  attempt.stamps.loop_lag = Nanos(-1);
}

void fail(Attempt& attempt, Outcome outcome, std::string text) {
  Response& response = attempt.response;
  if (response.outcome != Outcome::kOk) return;
  response.outcome = outcome;
  response.error = std::move(text);
}

bool has_name(std::string_view line, std::string_view lower_name) {
  return line.size() > lower_name.size() && line[lower_name.size()] == ':' &&
         std::equal(lower_name.begin(), lower_name.end(), line.begin(),
                    [](char a, char b) { return a == lower(b); });
}

std::string content_type_of(std::string_view line) {
  if (!has_name(line, kContentType)) return {};
  std::string_view value = line.substr(kContentType.size() + 1);
  value = value.substr(0, value.find(';'));
  const size_t first = value.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  value = value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  std::string text(value);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

int status_of(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

std::vector<std::string> secret_words(const std::vector<std::string>& headers) {
  std::vector<std::string> words;
  for (const std::string& line : headers) {
    const size_t end = line.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) continue;
    const size_t before = line.find_last_of(" \t:", end);
    const size_t start = before == std::string::npos ? 0 : before + 1;
    if (end + 1 - start >= kSecretBytesMin) words.push_back(line.substr(start, end + 1 - start));
  }
  return words;
}

void redact_exchange(HttpExchange& http, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    redact(http.headers, secret);
    redact(http.content_type, secret);
  }
}

}  // namespace assay::backends
