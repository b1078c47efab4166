// What HTTP says around a reply: outcome of a status, Retry-After, rate-limit headers. Pure
// functions, used by ReplyBuilder on the decode thread.
//
//   Outcome o = outcome_of_status(429, "insufficient_quota", "You exceeded ...");   // kDenied
//   Nanos wait = retry_after(headers, unix_now_s);
//   RateLimits limits = rate_limits(headers, unix_now_s);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/types/response.h"

namespace assay::backends {

// 2xx: kOk. 408, 409, 425 and 5xx (529 too): kServerError; 429: kRateLimited, but kDenied where the
// error says that the account has no credit left (insufficient_quota, billing). 401, 402, 403:
// kDenied; 403 and 400 that speak of content policy: kRefused. 404, and 400 that says the model
// does not exist: kDenied. 3xx: kDenied (redirects are not followed: the key would travel). Others:
// kRejected. `kind` and `message` are those of the error object; may be empty.
// Sources: the providers' pages on errors (OpenAI "Error codes", Anthropic "Errors", Google "Gemini
// API troubleshooting", Azure OpenAI "Content filtering"), RFC 9110 section 15.
Outcome outcome_of_status(int status, std::string_view kind, std::string_view message);
// The kinds that error objects name without a status: rate_limit_error, overloaded_error,
// RESOURCE_EXHAUSTED, ... Unknown kinds are kServerError.
Outcome outcome_of_error_kind(std::string_view kind, std::string_view message);
// What a person can do about it: "the key in OPENAI_API_KEY was not accepted"; empty: nothing
// known.
std::string advice_for_status(int status);

// The value of a header, matched without case, trimmed; the last one where it stands twice.
std::optional<std::string_view> header_value(std::string_view headers, std::string_view name);
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7, the preferred form) in seconds of the
// Unix epoch.
std::optional<int64_t> http_date(std::string_view text);
// retry-after-ms, retry-after in seconds (fractions too) or as HTTP date; 0: not said. At most a
// day.
Nanos retry_after(std::string_view headers, int64_t unix_now_s);
// OpenAI and Azure (x-ratelimit-*, resets as "1s", "6m0s", "120ms"), Anthropic
// (anthropic-ratelimit-*, resets as RFC 3339), and the IETF draft's ratelimit-* fields.
RateLimits rate_limits(std::string_view headers, int64_t unix_now_s);

}  // namespace assay::backends
