// Response: what a model said to one attempt, separated by channel, with usage and token times. A
// failure of the measured system is data here (outcome), never an Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"

namespace assay {

enum class Outcome : uint8_t {
  kOk,                   // complete reply
  kLength,               // complete, but cut off by the token limit
  kCutOffWhileThinking,  // the token limit came before the answer began
  kRefused,              // the provider's filter refused
  kRateLimited,          // 429 or the like; retried
  kServerError,          // the model's side failed; retried
  kConnectError,         // could not be reached; retried
  kTimeout,              // no end within the limit; retried
  kTruncated,            // bytes ended before the reply was complete; retried
  kMalformed,            // bytes that are not the wire format; retried
  kCrashed,              // the process that answers died; restarted and retried
  kRejected,             // the request can never succeed (400, unsupported picture); not retried
  kCancelled,            // stopped by the user or a budget; asked again on resume
};

std::string_view outcome_name(Outcome outcome);
std::optional<Outcome> outcome_from_name(std::string_view name);
// The model answered: the reply is scored, and never asked again.
bool is_answer(Outcome outcome);
// Another attempt may succeed.
bool is_retryable(Outcome outcome);

// Disjoint token buckets. -1: the model did not say.
struct Usage {
  int64_t input_tokens = -1;  // uncached
  int64_t cached_tokens = -1;
  int64_t reasoning_tokens = -1;
  int64_t output_tokens = -1;  // visible
};

struct ChunkStamp {
  uint32_t end_offset = 0;  // bytes of the reply that had arrived by `at`
  TimePoint at{};
};

struct Response {
  Outcome outcome = Outcome::kCancelled;
  std::string answer;  // the output without its reasoning
  std::string reasoning;
  std::string finish_reason;  // as the wire said it
  std::string served_model;
  std::string error;    // what went wrong, for people
  std::string details;  // JSON text of extras (words with boxes and confidence); may be empty
  Usage usage;
  std::optional<TimePoint> first_token;   // of any channel
  std::optional<TimePoint> first_answer;  // of the answer
  Nanos retry_after{0};
  Nanos cpu{
      -1};  // CPU time of the answer where it can be known (in-process models); -1: not measured
};

}  // namespace assay
