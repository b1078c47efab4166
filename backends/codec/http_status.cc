#include "backends/codec/http_status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>

namespace assay::backends {
namespace {

constexpr Nanos kRetryAfterMax = std::chrono::hours(24);
constexpr double kUnixMillisecondsFrom = 1e11;  // a larger reset is in milliseconds of the epoch,
constexpr double kUnixSecondsFrom = 1e8;        // a larger one than this in seconds

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// `needle` in lower case.
bool contains(std::string_view text, std::string_view needle) {
  return std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                     [](char x, char y) { return lower(x) == y; }) != text.end();
}

bool says(std::string_view kind, std::string_view message,
          std::span<const std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return contains(kind, phrase) || contains(message, phrase);
  });
}

// Phrases are in lower case. OpenAI, Azure, OpenRouter, xAI, DashScope, DeepSeek.
constexpr std::array<std::string_view, 11> kContentPolicy{
    "content_filter",       "content_policy",      "content management policy",
    "content policy",       "responsibleai",       "safety system",
    "input was flagged",    "usage guidelines",    "data_inspection_failed",
    "datainspectionfailed", "content exists risk",
};
constexpr std::array<std::string_view, 9> kNoCredit{
    "insufficient_quota",   "billing_hard_limit", "billing_not_active",
    "billing_error",        "credit balance",     "insufficient balance",
    "insufficient credits", "out of credits",     "exceeded your current quota",
};
constexpr std::array<std::string_view, 9> kUnknownModel{
    "model_not_found",    "model not found",      "unknown model",
    "not a valid model",  "invalid model",        "invalid_model",
    "deploymentnotfound", "model_decommissioned", "no such model",
};
constexpr std::array<std::string_view, 6> kWrongKey{
    "invalid_api_key", "api key not valid", "incorrect api key",
    "invalid api key", "api_key_invalid",   "authentication_error",
};

// Google's rate limits of a minute speak of quota and billing too.
bool has_no_credit(std::string_view kind, std::string_view message) {
  if (same_word(kind, "RESOURCE_EXHAUSTED")) return false;
  return says(kind, message, kNoCredit) || contains(kind, "billing") ||
         contains(message, "billing");
}

bool is_unknown_model(std::string_view kind, std::string_view message) {
  return says(kind, message, kUnknownModel) ||
         (contains(message, "model") && contains(message, "does not exist"));
}

constexpr std::array<std::pair<std::string_view, Outcome>, 42> kErrorKinds{{
    {"rate_limit_error", Outcome::kRateLimited},
    {"rate_limit_exceeded", Outcome::kRateLimited},
    {"rate_limited", Outcome::kRateLimited},
    {"rate_limit", Outcome::kRateLimited},
    {"RateLimitReached", Outcome::kRateLimited},
    {"RESOURCE_EXHAUSTED", Outcome::kRateLimited},
    {"too_many_requests", Outcome::kRateLimited},
    {"TooManyRequests", Outcome::kRateLimited},
    {"throttling_error", Outcome::kRateLimited},
    {"ThrottlingException", Outcome::kRateLimited},
    {"insufficient_quota", Outcome::kDenied},
    {"billing_error", Outcome::kDenied},
    {"billing_hard_limit_reached", Outcome::kDenied},
    {"authentication_error", Outcome::kDenied},
    {"invalid_api_key", Outcome::kDenied},
    {"permission_error", Outcome::kDenied},
    {"permission_denied", Outcome::kDenied},
    {"UNAUTHENTICATED", Outcome::kDenied},
    {"unauthorized", Outcome::kDenied},
    {"forbidden", Outcome::kDenied},
    {"not_found_error", Outcome::kDenied},
    {"not_found", Outcome::kDenied},
    {"model_not_found", Outcome::kDenied},
    {"DeploymentNotFound", Outcome::kDenied},
    {"invalid_request_error", Outcome::kRejected},
    {"invalid_request", Outcome::kRejected},
    {"BadRequestError", Outcome::kRejected},
    {"bad_request", Outcome::kRejected},
    {"INVALID_ARGUMENT", Outcome::kRejected},
    {"FAILED_PRECONDITION", Outcome::kRejected},
    {"OUT_OF_RANGE", Outcome::kRejected},
    {"request_too_large", Outcome::kRejected},
    {"context_length_exceeded", Outcome::kRejected},
    {"exceed_context_size_error", Outcome::kRejected},
    {"invalid_prompt", Outcome::kRejected},
    {"invalid_image", Outcome::kRejected},
    {"invalid_image_format", Outcome::kRejected},
    {"image_too_large", Outcome::kRejected},
    {"unsupported_parameter", Outcome::kRejected},
    {"unsupported_value", Outcome::kRejected},
    {"not_supported_error", Outcome::kRejected},
    {"json_validate_failed", Outcome::kServerError},
}};

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A number of digits with an optional fraction at the beginning, taken off; no sign, no exponent.
std::optional<double> take_decimal(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (status != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

std::optional<double> whole_decimal(std::string_view text) {
  const std::optional<double> value = take_decimal(text);
  return value && text.empty() ? value : std::nullopt;
}

// At most a day; below zero counts as none.
Nanos bounded(double seconds) {
  const double most = std::chrono::duration<double>(kRetryAfterMax).count();
  if (!(seconds > 0)) return Nanos{0};
  return Nanos(static_cast<int64_t>(std::min(seconds, most) * 1e9));
}

int64_t take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

struct Moment {
  int64_t year = -1;
  int64_t month = -1;  // 1..12
  int64_t day = -1;
  int64_t hour = -1;
  int64_t minute = -1;
  int64_t second = -1;
};

std::optional<int64_t> unix_seconds(const Moment& m) {
  if (m.year < 0 || m.hour < 0 || m.hour > 23 || m.minute < 0 || m.minute > 59 || m.second < 0 ||
      m.second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(m.year)),
                                         std::chrono::month(static_cast<unsigned>(m.month)),
                                         std::chrono::day(static_cast<unsigned>(m.day))};
  if (!date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + m.hour) * 60 + m.minute) * 60 + m.second;
}

bool take_clock(std::string_view& text, Moment& m) {
  m.hour = take_digits(text, 2);
  if (!take(text, ":")) return false;
  m.minute = take_digits(text, 2);
  if (!take(text, ":")) return false;
  m.second = take_digits(text, 2);
  return true;
}

// "2026-01-27T12:00:30Z", with a fraction or an offset too (RFC 3339).
std::optional<double> rfc3339(std::string_view text) {
  Moment m;
  m.year = take_digits(text, 4);
  if (!take(text, "-")) return std::nullopt;
  m.month = take_digits(text, 2);
  if (!take(text, "-")) return std::nullopt;
  m.day = take_digits(text, 2);
  if (!take(text, "T") && !take(text, "t") && !take(text, " ")) return std::nullopt;
  if (!take_clock(text, m)) return std::nullopt;
  const std::optional<int64_t> seconds = unix_seconds(m);
  if (!seconds) return std::nullopt;
  auto value = static_cast<double>(*seconds);
  if (text.starts_with('.')) {
    const size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    double fraction = 0;
    std::from_chars(text.data(), text.data() + end, fraction, std::chars_format::fixed);
    value += fraction;
    text.remove_prefix(end);
  }
  if (text == "Z" || text == "z") return value;
  const double sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, "+") && !take(text, "-")) return std::nullopt;
  const int64_t hours = take_digits(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int64_t minutes = take_digits(text, 2);
  if (hours < 0 || minutes < 0 || !text.empty()) return std::nullopt;
  return value - sign * static_cast<double>(hours * 3600 + minutes * 60);
}

// "1s", "6m0s", "120ms", "1h2m3.5s"; in seconds.
std::optional<double> go_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kUnits{
      {{"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const std::optional<double> value = take_decimal(text);
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const auto& u) { return text.starts_with(u.first); });
    if (!value || unit == kUnits.end()) return std::nullopt;
    seconds += *value * unit->second;
    text.remove_prefix(unit->first.size());
  }
  return seconds;
}

// Any form in which a reset is written; -1 ns: not said.
Nanos reset_of(std::optional<std::string_view> value, int64_t unix_now_s) {
  if (!value) return Nanos{-1};
  const auto now = static_cast<double>(unix_now_s);
  if (const auto number = whole_decimal(*value)) {
    if (*number >= kUnixMillisecondsFrom) return bounded(*number / 1000 - now);
    return bounded(*number >= kUnixSecondsFrom ? *number - now : *number);
  }
  if (const auto seconds = go_duration(*value)) return bounded(*seconds);
  if (const auto moment = rfc3339(*value)) return bounded(*moment - now);
  return Nanos{-1};
}

// The integer at the beginning: "100, 100;w=60" is 100. -1: none.
int64_t count_of(std::optional<std::string_view> value) {
  if (!value) return -1;
  int64_t count = -1;
  const auto [end, status] = std::from_chars(value->data(), value->data() + value->size(), count);
  return status == std::errc() && count >= 0 ? count : -1;
}

// Parameter of a structured field: `r` of `"default";r=50;t=30`.
std::optional<std::string_view> field_parameter(std::optional<std::string_view> value,
                                                std::string_view name) {
  if (!value) return std::nullopt;
  std::string_view rest = *value;
  while (!rest.empty()) {
    const size_t semicolon = rest.find(';');
    std::string_view part = trim(rest.substr(0, semicolon));
    rest = semicolon == std::string_view::npos ? "" : rest.substr(semicolon + 1);
    if (!take(part, name) || !take(part, "=")) continue;
    return part.substr(0, part.find(','));
  }
  return std::nullopt;
}

// A limit of `window` seconds as one of a minute.
int64_t per_minute(int64_t limit, int64_t window_s) {
  if (limit < 0 || window_s <= 0 || window_s == 60) return limit;
  return static_cast<int64_t>(std::llround(
      std::min(static_cast<double>(limit) * 60.0 / static_cast<double>(window_s), 9e15)));
}

class LimitReader {
 public:
  LimitReader(std::string_view headers, int64_t unix_now_s)
      : headers_(headers), unix_now_s_(unix_now_s) {}

  // Each fills what nobody said before.
  void requests(std::string_view limit, std::string_view remaining, std::string_view reset) {
    fill(limit, remaining, reset, limits_.requests_per_minute, limits_.requests_remaining,
         limits_.requests_reset);
  }
  void tokens(std::string_view limit, std::string_view remaining, std::string_view reset) {
    fill(limit, remaining, reset, limits_.tokens_per_minute, limits_.tokens_remaining,
         limits_.tokens_reset);
  }
  // The IETF draft's fields: ratelimit-limit, -remaining, -reset of its older versions (the limit
  // may name its window), ratelimit and ratelimit-policy of its newer ones.
  void ietf() {
    const auto limit = header_value(headers_, "ratelimit-limit");
    const auto policy = header_value(headers_, "ratelimit-policy");
    const auto state = header_value(headers_, "ratelimit");
    int64_t count = count_of(limit);
    if (count < 0) count = count_of(field_parameter(policy, "q"));
    auto window = field_parameter(limit, "w");
    if (!window) window = field_parameter(policy, "w");
    if (limits_.requests_per_minute < 0)
      limits_.requests_per_minute = per_minute(count, count_of(window));
    requests("", "ratelimit-remaining", "ratelimit-reset");
    if (limits_.requests_remaining < 0)
      limits_.requests_remaining = count_of(field_parameter(state, "r"));
    if (limits_.requests_reset.count() < 0)
      limits_.requests_reset = reset_of(field_parameter(state, "t"), unix_now_s_);
  }
  [[nodiscard]] const RateLimits& limits() const { return limits_; }

 private:
  void fill(std::string_view limit, std::string_view remaining, std::string_view reset,
            int64_t& limit_to, int64_t& remaining_to, Nanos& reset_to) const {
    if (limit_to < 0) limit_to = count_of(header_value(headers_, limit));
    if (remaining_to < 0) remaining_to = count_of(header_value(headers_, remaining));
    if (reset_to.count() < 0) reset_to = reset_of(header_value(headers_, reset), unix_now_s_);
  }

  std::string_view headers_;
  int64_t unix_now_s_;
  RateLimits limits_;
};

}  // namespace

Outcome outcome_of_status(int status, std::string_view kind, std::string_view message) {
  if (status >= 200 && status < 300) return Outcome::kOk;
  if (status >= 500 || status == 408 || status == 409 || status == 425)
    return Outcome::kServerError;
  // 498: Groq's "flex tier capacity exceeded".
  if (status == 429 || status == 498)
    return has_no_credit(kind, message) ? Outcome::kDenied : Outcome::kRateLimited;
  if ((status == 400 || status == 403 || status == 422) && says(kind, message, kContentPolicy))
    return Outcome::kRefused;
  if (status == 401 || status == 402 || status == 403 || status == 404 || status == 407 ||
      (status >= 300 && status < 400)) {
    return Outcome::kDenied;
  }
  if (is_unknown_model(kind, message) || says(kind, message, kWrongKey) ||
      has_no_credit(kind, message)) {
    return Outcome::kDenied;
  }
  return Outcome::kRejected;
}

Outcome outcome_of_error_kind(std::string_view kind, std::string_view message) {
  if (const auto status = whole_decimal(kind); status && *status >= 300 && *status <= 999)
    return outcome_of_status(static_cast<int>(*status), {}, message);
  if (contains(kind, "content_filter") || contains(kind, "content_policy"))
    return Outcome::kRefused;
  const auto* known = std::find_if(kErrorKinds.begin(), kErrorKinds.end(),
                                   [&](const auto& row) { return same_word(row.first, kind); });
  if (known == kErrorKinds.end()) return Outcome::kServerError;
  if (known->second == Outcome::kRateLimited) return outcome_of_status(429, kind, message);
  if (known->second == Outcome::kRejected) return outcome_of_status(400, kind, message);
  return known->second;
}

std::string advice_for_status(int status) {
  if (status >= 300 && status < 400)
    return "redirects are not followed: give the address it redirects to";
  switch (status) {
    case 401:
      return "the API key was not accepted";
    case 402:
      return "the account has no credit left";
    case 403:
      return "the API key may not use this";
    case 404:
      return "check the model's name and the base URL";
    case 407:
      return "the proxy wants a login";
    case 413:
      return "the request is too large for this model";
    case 429:
      return "lower the concurrency or give the model's limits";
    default:
      return {};
  }
}

std::optional<std::string_view> header_value(std::string_view headers, std::string_view name) {
  std::optional<std::string_view> found;
  while (!headers.empty()) {
    const size_t end = headers.find('\n');
    const std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? "" : headers.substr(end + 1);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same_word(trim(line.substr(0, colon)), name)) continue;
    found = trim(line.substr(colon + 1));
  }
  return found;
}

std::optional<int64_t> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const size_t comma = text.find(", ");
  if (comma != 3) return std::nullopt;
  text.remove_prefix(comma + 2);
  Moment m;
  m.day = take_digits(text, 2);
  if (!take(text, " ") || text.size() < 4) return std::nullopt;
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (month == kMonths.end()) return std::nullopt;
  m.month = month - kMonths.begin() + 1;
  text.remove_prefix(3);
  if (!take(text, " ")) return std::nullopt;
  m.year = take_digits(text, 4);
  if (!take(text, " ") || !take_clock(text, m) || text != " GMT") return std::nullopt;
  return unix_seconds(m);
}

Nanos retry_after(std::string_view headers, int64_t unix_now_s) {
  if (const auto ms = header_value(headers, "retry-after-ms")) {
    if (const auto value = whole_decimal(*ms)) return bounded(*value / 1000);
  }
  const auto text = header_value(headers, "retry-after");
  if (!text) return Nanos{0};
  if (const auto seconds = whole_decimal(*text)) return bounded(*seconds);
  if (const auto moment = http_date(*text))
    return bounded(static_cast<double>(*moment) - static_cast<double>(unix_now_s));
  return Nanos{0};
}

RateLimits rate_limits(std::string_view headers, int64_t unix_now_s) {
  LimitReader reader(headers, unix_now_s);
  reader.requests("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
                  "x-ratelimit-reset-requests");
  reader.tokens("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
                "x-ratelimit-reset-tokens");
  reader.requests("anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
                  "anthropic-ratelimit-requests-reset");
  reader.tokens("anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
                "anthropic-ratelimit-tokens-reset");
  reader.tokens("anthropic-ratelimit-input-tokens-limit",
                "anthropic-ratelimit-input-tokens-remaining",
                "anthropic-ratelimit-input-tokens-reset");
  reader.requests("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset");
  reader.ietf();
  return reader.limits();
}

}  // namespace assay::backends
