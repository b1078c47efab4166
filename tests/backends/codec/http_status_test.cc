#include "backends/codec/http_status.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t kNow = 1769515200;  // 2026-01-27T12:00:00Z

struct StatusCase {
  int status;
  std::string_view kind;
  std::string_view message;
  Outcome expected;
};

TEST(HttpStatus, OutcomeOfEachStatus) {
  const std::vector<StatusCase> cases{
      {200, "", "", Outcome::kOk},
      {204, "", "", Outcome::kOk},
      {301, "", "", Outcome::kDenied},
      {307, "", "", Outcome::kDenied},
      {400, "", "", Outcome::kRejected},
      {400, "invalid_request_error", "Invalid value for temperature", Outcome::kRejected},
      {400, "context_length_exceeded", "maximum context length is 8192", Outcome::kRejected},
      {400, "content_filter", "The response was filtered", Outcome::kRefused},
      {400, "", "Azure OpenAI's content management policy", Outcome::kRefused},
      {400, "content_policy_violation", "", Outcome::kRefused},
      {400, "invalid_request_error", "Content Exists Risk", Outcome::kRefused},
      {400, "invalid_request_error", "Your credit balance is too low to access the API.",
       Outcome::kDenied},
      {400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
       Outcome::kDenied},
      {400, "", "foo/bar is not a valid model ID", Outcome::kDenied},
      {400, "", "The model `x` does not exist", Outcome::kDenied},
      {401, "invalid_api_key", "Incorrect API key provided", Outcome::kDenied},
      {402, "", "Insufficient Balance", Outcome::kDenied},
      {403, "permission_error", "", Outcome::kDenied},
      {403, "", "Your chosen model requires moderation and your input was flagged",
       Outcome::kRefused},
      {404, "model_not_found", "The model does not exist", Outcome::kDenied},
      {404, "", "", Outcome::kDenied},
      {405, "", "", Outcome::kRejected},
      {408, "", "", Outcome::kServerError},
      {409, "", "", Outcome::kServerError},
      {413, "request_too_large", "", Outcome::kRejected},
      {415, "", "", Outcome::kRejected},
      {422, "", "field required", Outcome::kRejected},
      {425, "", "", Outcome::kServerError},
      {429, "", "", Outcome::kRateLimited},
      {429, "rate_limit_exceeded", "Rate limit reached", Outcome::kRateLimited},
      {429, "rate_limit_error", "tokens per minute", Outcome::kRateLimited},
      {429, "insufficient_quota", "You exceeded your current quota", Outcome::kDenied},
      {429, "", "please check your plan and billing details", Outcome::kDenied},
      // Google says the same words of a limit of a minute.
      {429, "RESOURCE_EXHAUSTED",
       "You exceeded your current quota, please check your plan and billing details.",
       Outcome::kRateLimited},
      {498, "", "Flex tier capacity exceeded", Outcome::kRateLimited},
      {500, "", "", Outcome::kServerError},
      {502, "", "", Outcome::kServerError},
      {503, "", "", Outcome::kServerError},
      {504, "", "", Outcome::kServerError},
      {529, "overloaded_error", "Overloaded", Outcome::kServerError},
  };
  for (const StatusCase& c : cases) {
    EXPECT_EQ(outcome_name(outcome_of_status(c.status, c.kind, c.message)),
              outcome_name(c.expected))
        << c.status << " " << c.kind << " " << c.message;
  }
}

TEST(HttpStatus, OutcomeOfEachKindOfError) {
  const std::vector<StatusCase> cases{
      {0, "rate_limit_error", "", Outcome::kRateLimited},
      {0, "rate_limit_exceeded", "", Outcome::kRateLimited},
      {0, "RESOURCE_EXHAUSTED", "quota", Outcome::kRateLimited},
      {0, "429", "slow down", Outcome::kRateLimited},
      {0, "overloaded_error", "Overloaded", Outcome::kServerError},
      {0, "api_error", "", Outcome::kServerError},
      {0, "server_error", "", Outcome::kServerError},
      {0, "INTERNAL", "", Outcome::kServerError},
      {0, "503", "", Outcome::kServerError},
      {0, "", "", Outcome::kServerError},
      {0, "never heard of it", "", Outcome::kServerError},
      {0, "authentication_error", "", Outcome::kDenied},
      {0, "invalid_api_key", "", Outcome::kDenied},
      {0, "insufficient_quota", "", Outcome::kDenied},
      {0, "not_found_error", "model: x", Outcome::kDenied},
      {0, "UNAUTHENTICATED", "", Outcome::kDenied},
      {0, "invalid_request_error", "bad", Outcome::kRejected},
      {0, "invalid_request_error", "The model `x` does not exist", Outcome::kDenied},
      {0, "INVALID_ARGUMENT", "API key not valid", Outcome::kDenied},
      {0, "BadRequestError", "maximum context length", Outcome::kRejected},
      {0, "content_filter", "", Outcome::kRefused},
      {0, "content_policy_violation", "", Outcome::kRefused},
  };
  for (const StatusCase& c : cases) {
    EXPECT_EQ(outcome_name(outcome_of_error_kind(c.kind, c.message)), outcome_name(c.expected))
        << c.kind << " " << c.message;
  }
}

TEST(HttpStatus, AdviceIsGivenWhereSomethingCanBeDone) {
  for (const int status : {301, 401, 402, 403, 404, 407, 413, 429})
    EXPECT_FALSE(advice_for_status(status).empty()) << status;
  for (const int status : {0, 200, 400, 500, 503}) EXPECT_EQ(advice_for_status(status), "");
}

TEST(HttpStatus, HeaderValues) {
  const std::string headers = "A: 1\r\nb : two \r\nno colon\r\na:3\r\nc:\r\nlast: x";
  EXPECT_EQ(header_value(headers, "a"), "3");
  EXPECT_EQ(header_value(headers, "B"), "two");
  EXPECT_EQ(header_value(headers, "c"), "");
  EXPECT_EQ(header_value(headers, "LAST"), "x");
  EXPECT_EQ(header_value(headers, "d"), std::nullopt);
  EXPECT_EQ(header_value("", "a"), std::nullopt);
}

TEST(HttpStatus, HttpDates) {
  EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(http_date("Tue, 27 Jan 2026 12:00:00 GMT"), kNow);
  for (const char* wrong : {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    EXPECT_EQ(http_date(wrong), std::nullopt) << wrong;
  }
}

TEST(HttpStatus, RetryAfter) {
  const std::vector<std::pair<std::string, Nanos>> cases{
      {"", Nanos{0}},
      {"retry-after: 20\r\n", seconds(20)},
      {"Retry-After: 1.5\r\n", milliseconds(1500)},
      {"retry-after-ms: 250\r\nretry-after: 1\r\n", milliseconds(250)},
      {"retry-after-ms: nonsense\r\nretry-after: 1\r\n", seconds(1)},
      {"retry-after: Tue, 27 Jan 2026 12:00:30 GMT\r\n", seconds(30)},
      {"retry-after: Tue, 27 Jan 2026 11:00:00 GMT\r\n", Nanos{0}},
      {"retry-after: -5\r\n", Nanos{0}},
      {"retry-after: soon\r\n", Nanos{0}},
      {"retry-after: 99999999999999999999\r\n", std::chrono::hours(24)},
      {"retry-after: 1e9\r\n", Nanos{0}},
      {"retry-after: nan\r\n", Nanos{0}},
      {"retry-after: \r\n", Nanos{0}},
  };
  for (const auto& [headers, expected] : cases)
    EXPECT_EQ(retry_after(headers, kNow), expected) << headers;
}

struct LimitCase {
  std::string_view name;
  std::string headers;
  RateLimits expected;
};

RateLimits limits(int64_t rpm, int64_t requests, Nanos requests_reset, int64_t tpm, int64_t tokens,
                  Nanos tokens_reset) {
  return {rpm, requests, requests_reset, tpm, tokens, tokens_reset};
}

TEST(HttpStatus, RateLimits) {
  const Nanos none{-1};
  const std::vector<LimitCase> cases{
      {"none", "content-type: text/plain\r\n", limits(-1, -1, none, -1, -1, none)},
      {"OpenAI",
       "x-ratelimit-limit-requests: 60\r\nx-ratelimit-limit-tokens: 150000\r\n"
       "x-ratelimit-remaining-requests: 59\r\nx-ratelimit-remaining-tokens: 149984\r\n"
       "x-ratelimit-reset-requests: 1s\r\nx-ratelimit-reset-tokens: 6m0s\r\n",
       limits(60, 59, seconds(1), 150000, 149984, seconds(360))},
      {"durations", "x-ratelimit-reset-requests: 120ms\r\nx-ratelimit-reset-tokens: 1h2m3.5s\r\n",
       limits(-1, -1, milliseconds(120), -1, -1, milliseconds(3723500))},
      {"Azure",
       "x-ratelimit-remaining-requests: 8\r\nx-ratelimit-remaining-tokens: 900\r\n"
       "x-ratelimit-reset-requests: 10\r\n",
       limits(-1, 8, seconds(10), -1, 900, none)},
      {"Anthropic",
       "anthropic-ratelimit-requests-limit: 50\r\nanthropic-ratelimit-requests-remaining: 49\r\n"
       "anthropic-ratelimit-requests-reset: 2026-01-27T12:00:02Z\r\n"
       "anthropic-ratelimit-tokens-limit: 40000\r\nanthropic-ratelimit-tokens-remaining: 0\r\n"
       "anthropic-ratelimit-tokens-reset: 2026-01-27T14:01:00.500+02:00\r\n",
       limits(50, 49, seconds(2), 40000, 0, milliseconds(60500))},
      {"Anthropic, input tokens only",
       "anthropic-ratelimit-input-tokens-limit: 30000\r\n"
       "anthropic-ratelimit-input-tokens-remaining: 29000\r\n"
       "anthropic-ratelimit-input-tokens-reset: 2026-01-27T11:00:00Z\r\n",
       limits(-1, -1, none, 30000, 29000, Nanos{0})},
      {"IETF, older fields",
       "RateLimit-Limit: 100, 100;w=10\r\nRateLimit-Remaining: 50\r\nRateLimit-Reset: 5\r\n",
       limits(600, 50, seconds(5), -1, -1, none)},
      {"IETF, newer fields",
       "ratelimit-policy: \"default\";q=100;w=60\r\nratelimit: \"default\";r=50;t=30\r\n",
       limits(100, 50, seconds(30), -1, -1, none)},
      {"OpenRouter, milliseconds of the epoch",
       "x-ratelimit-limit: 20\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: "
       "1769515207000\r\n",
       limits(20, 0, seconds(7), -1, -1, none)},
      {"seconds of the epoch", "x-ratelimit-reset: 1769515203\r\n",
       limits(-1, -1, seconds(3), -1, -1, none)},
      {"hostile",
       "x-ratelimit-limit-requests: -1\r\nx-ratelimit-remaining-requests: "
       "99999999999999999999999\r\nx-ratelimit-reset-requests: 6m0\r\n"
       "x-ratelimit-limit-tokens: many\r\nx-ratelimit-reset-tokens: 999999999999h\r\n",
       limits(-1, -1, none, -1, -1, std::chrono::hours(24))},
  };
  for (const LimitCase& c : cases) {
    SCOPED_TRACE(c.name);
    const RateLimits got = rate_limits(c.headers, kNow);
    EXPECT_EQ(got.requests_per_minute, c.expected.requests_per_minute);
    EXPECT_EQ(got.requests_remaining, c.expected.requests_remaining);
    EXPECT_EQ(got.requests_reset, c.expected.requests_reset);
    EXPECT_EQ(got.tokens_per_minute, c.expected.tokens_per_minute);
    EXPECT_EQ(got.tokens_remaining, c.expected.tokens_remaining);
    EXPECT_EQ(got.tokens_reset, c.expected.tokens_reset);
  }
}

}  // namespace
}  // namespace assay::backends
