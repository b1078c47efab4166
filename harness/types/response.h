// Response: what a model said to one attempt, separated by channel, with usage and token times. A
// failure of the measured system is data here (outcome), never an Error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/money.h"
#include "harness/types/prices.h"

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
  kRejected,             // this request can never succeed (400, unsupported picture); not retried
  kDenied,     // no request of this lane can succeed (wrong key, no credit, unknown model); not
               // retried, and a row of them stops the lane
  kCancelled,  // stopped by the user or a budget; asked again on resume
};

std::string_view outcome_name(Outcome outcome);
std::optional<Outcome> outcome_from_name(std::string_view name);
// The model answered: the reply is scored, and never asked again.
bool is_answer(Outcome outcome);
// Another attempt may succeed.
bool is_retryable(Outcome outcome);

// Where the token counts come from.
enum class UsageSource : uint8_t {
  kMissing,         // the model did not say
  kReported,        // every bucket as the provider counted it
  kSplitEstimated,  // the provider gave one sum for all output; it was split between reasoning and
                    // answer by their lengths in characters (the buckets still add up to it)
  kContradictory,   // its parts are more than their sums, or its sums not what it says they are:
                    // the buckets were cut to fit, and what they cost is doubtful
};
std::string_view usage_source_name(UsageSource source);

// Disjoint token buckets: they add up to what the provider counted. -1: the model did not say.
struct Usage {
  int64_t input_tokens = -1;   // uncached text
  int64_t cached_tokens = -1;  // read from the provider's prompt cache
  int64_t reasoning_tokens = -1;
  int64_t output_tokens = -1;       // visible
  int64_t cache_write_tokens = -1;  // input that was written to the prompt cache
  // What few providers tell apart; -1 also where it is in the buckets above.
  int64_t cache_write_hour_tokens = -1;  // written to the cache for an hour
  int64_t image_tokens = -1;             // of pictures in the prompt, uncached
  int64_t audio_tokens = -1;             // of sound in the prompt, uncached
  int64_t cached_audio_tokens = -1;
  int64_t image_output_tokens = -1;
  int64_t audio_output_tokens = -1;
  UsageSource source = UsageSource::kMissing;
};

inline constexpr std::array<int64_t Usage::*, 11> kUsageBuckets{
    &Usage::input_tokens,        &Usage::cached_tokens,      &Usage::reasoning_tokens,
    &Usage::output_tokens,       &Usage::cache_write_tokens, &Usage::cache_write_hour_tokens,
    &Usage::image_tokens,        &Usage::audio_tokens,       &Usage::cached_audio_tokens,
    &Usage::image_output_tokens, &Usage::audio_output_tokens};

// The buckets that few providers have, as compact JSON: {"image":12}; empty: it has none of them.
std::string rare_usage_to_json(const Usage& usage);
// The inverse; what is not such JSON changes nothing.
void rare_usage_from_json(std::string_view text, Usage& usage);

// When bytes of a reply were in hand: everything up to `end_offset`.
struct ChunkStamp {
  uint32_t end_offset = 0;  // within the bytes it comes with
  TimePoint at{};
  Nanos kernel_lag{-1};  // how much earlier the kernel had them; -1: not known
  uint8_t flags = 0;     // of ChunkFlag (harness/types/chunk_log.h)
};

struct ToolCall {
  std::string id;  // as the provider named it; empty where the wire format has none
  std::string name;
  std::string arguments;  // JSON text as the model wrote it; may be invalid
};

// Of one of the request's continuations, given everything before it.
struct Loglikelihood {
  double sum = 0;       // natural logarithm, summed over the continuation's tokens
  bool greedy = false;  // each of its tokens was the most likely one
  int64_t tokens = 0;
};

// What the provider said of its limits in the reply's headers. -1: not said.
struct RateLimits {
  int64_t requests_per_minute = -1;
  int64_t requests_remaining = -1;
  Nanos requests_reset{-1};  // from the reply's end until the full limit is back
  int64_t tokens_per_minute = -1;
  int64_t tokens_remaining = -1;
  Nanos tokens_reset{-1};
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
  std::optional<TimePoint> first_answer;  // of the answer: its first character that is no space
  Nanos retry_after{0};
  Nanos cpu{
      -1};  // CPU time of the answer where it can be known (in-process models); -1: not measured
  std::vector<ToolCall> tool_calls;
  std::vector<Loglikelihood> loglikelihoods;  // as Request::continuations
  std::string fingerprint;                    // of the provider's configuration, where it says one
  std::string response_id;                    // the provider's name of this reply, for its support
  std::string chunks;                         // a ChunkLog; empty: the reply did not stream
  std::string wire;  // the bytes themselves, of failed attempts or with keep_wire
  RateLimits limits;
  std::optional<Money> cost;             // of this attempt, where prices and usage are known
  Service service = Service::kStandard;  // on which it was billed
};

// Compact JSON, as the run file keeps it: [{"id":..,"name":..,"arguments":..}].
std::string tool_calls_to_json(const std::vector<ToolCall>& calls);
// [{"sum":..,"greedy":..,"tokens":..}]
std::string loglikelihoods_to_json(const std::vector<Loglikelihood>& values);
// The inverse; what is not such JSON gives nothing.
std::vector<ToolCall> tool_calls_from_json(const std::string& text);
std::vector<Loglikelihood> loglikelihoods_from_json(const std::string& text);

}  // namespace assay
