#include "harness/aggregate/request_times.h"

#include <utility>

#include "harness/base/clock.h"

namespace assay::aggregate {
namespace {

constexpr double kNanosPerSecond = 1e9;

// Stamps are read from a file and may hold anything: what does not fit is no time.
std::optional<double> seconds_between(int64_t from_ns, int64_t to_ns) {
  int64_t ns = 0;
  if (__builtin_sub_overflow(to_ns, from_ns, &ns)) return std::nullopt;
  return static_cast<double>(ns) / kNanosPerSecond;
}

std::optional<double> positive(std::optional<double> seconds) {
  return seconds && *seconds >= 0 ? seconds : std::nullopt;
}

// When the kernel had the bytes that the program had at `at_ns`; the latter where it did not stamp.
int64_t arrival_ns(const std::vector<Chunk>& chunks, int64_t at_ns) {
  for (const Chunk& chunk : chunks) {
    if (to_ns(chunk.at) != at_ns) continue;
    int64_t corrected = 0;
    const bool known = chunk.kernel_lag.count() >= 0 &&
                       !__builtin_sub_overflow(at_ns, chunk.kernel_lag.count(), &corrected);
    return known ? corrected : at_ns;
  }
  return at_ns;
}

void take_chunks(RequestTimes& out, const std::vector<Chunk>& chunks, int64_t sent_ns) {
  out.chunks.reserve(chunks.size());
  for (const Chunk& chunk : chunks) {
    const std::optional<double> at = seconds_between(sent_ns, to_ns(chunk.at));
    if (!at) continue;
    ChunkTime time{*at, -1, chunk.text_bytes, chunk.channel, chunk.flags};
    if (chunk.kernel_lag.count() >= 0) {
      time.lag_s = static_cast<double>(chunk.kernel_lag.count()) / kNanosPerSecond;
      time.at_s -= time.lag_s;
    }
    out.chunks.push_back(time);
  }
  if (!out.chunks.empty()) out.last_token_s = positive(out.chunks.back().at_s);
}

int64_t all_output_tokens(const Usage& usage) {
  if (usage.output_tokens < 0 && usage.reasoning_tokens < 0) return -1;
  int64_t sum = 0;
  const int64_t visible = usage.output_tokens < 0 ? 0 : usage.output_tokens;
  const int64_t reasoning = usage.reasoning_tokens < 0 ? 0 : usage.reasoning_tokens;
  return __builtin_add_overflow(visible, reasoning, &sum) ? -1 : sum;
}

void take_per_token(RequestTimes& out) {
  const auto tokens = static_cast<double>(out.output_tokens);
  if (out.output_tokens >= 1 && out.e2e_s) out.normalized_s = *out.e2e_s / tokens;
  if (out.output_tokens < 2 || !out.ttft_s || !out.last_token_s) return;
  if (*out.last_token_s >= *out.ttft_s)
    out.tpot_s = (*out.last_token_s - *out.ttft_s) / (tokens - 1);
}

}  // namespace

RequestTimes request_times(const LoadRecord& record) {
  RequestTimes out;
  std::vector<Chunk> chunks;
  if (Result<std::vector<Chunk>> read = read_chunk_log(record.chunks); read) {
    chunks = std::move(*read);
  } else {
    out.problem = read.error().message;
  }
  out.queue_s = positive(seconds_between(record.due_ns, record.sent_ns));
  out.e2e_s = positive(seconds_between(record.due_ns, record.done_ns));
  out.e2e_sent_s = positive(seconds_between(record.sent_ns, record.done_ns));
  if (record.headers_ns >= 0)
    out.headers_s = positive(seconds_between(record.sent_ns, record.headers_ns));
  if (record.first_token_ns >= 0)
    out.ttft_s =
        positive(seconds_between(record.sent_ns, arrival_ns(chunks, record.first_token_ns)));
  if (record.first_answer_ns >= 0)
    out.ttfa_s =
        positive(seconds_between(record.sent_ns, arrival_ns(chunks, record.first_answer_ns)));
  take_chunks(out, chunks, record.sent_ns);
  out.output_tokens = all_output_tokens(record.usage);
  take_per_token(out);
  return out;
}

}  // namespace assay::aggregate
