#include "harness/aggregate/request_times.h"

#include "harness/aggregate/load_reply.h"
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

void take_chunks(RequestTimes& out, const Reply& reply, int64_t sent_ns) {
  out.chunks.reserve(reply.chunks.size());
  for (size_t i = 0; i < reply.chunks.size(); ++i) {
    const Chunk& chunk = reply.chunks[i];
    ChunkTime time;
    time.at_s = static_cast<double>(reply.at[i] - sent_ns) / kNanosPerSecond;
    if (chunk.kernel_lag.count() >= 0)
      time.lag_s = static_cast<double>(chunk.kernel_lag.count()) / kNanosPerSecond;
    time.text_bytes = chunk.text_bytes;
    time.tokens = reply.tokens[i];
    time.channel = chunk.channel;
    time.flags = chunk.flags;
    out.chunks.push_back(time);
  }
  out.ttft_s = out.chunks.front().at_s;
  out.last_token_s = out.chunks.back().at_s;
}

// The chunk that the program had in hand at that moment, by the kernel's stamp.
std::optional<double> answer_time(const Reply& reply, const LoadRecord& record) {
  for (size_t i = 0; i < reply.chunks.size(); ++i) {
    if (to_ns(reply.chunks[i].at) == record.first_answer_ns)
      return static_cast<double>(reply.at[i] - record.sent_ns) / kNanosPerSecond;
  }
  return positive(seconds_between(record.sent_ns, record.first_answer_ns));
}

void take_per_token(RequestTimes& out) {
  const auto tokens = static_cast<double>(out.output_tokens);
  if (out.output_tokens >= 1 && out.e2e_sent_s) out.normalized_s = *out.e2e_sent_s / tokens;
  if (out.output_tokens < 2 || !out.ttft_s || !out.last_token_s) return;
  if (*out.last_token_s > *out.ttft_s)
    out.tpot_s = (*out.last_token_s - *out.ttft_s) / (tokens - 1);
}

}  // namespace

RequestTimes request_times(const LoadRecord& record) {
  RequestTimes out;
  Reply reply;
  const ReplyState state = read_reply(record, reply);
  if (state == ReplyState::kBroken) out.problem = "the log of chunk times cannot be read";
  out.queue_s = positive(seconds_between(record.due_ns, record.sent_ns));
  out.e2e_s = positive(seconds_between(record.due_ns, record.done_ns));
  out.e2e_sent_s = positive(seconds_between(record.sent_ns, record.done_ns));
  if (record.headers_ns >= 0)
    out.headers_s = positive(seconds_between(record.sent_ns, record.headers_ns));
  if (record.first_token_ns >= 0)
    out.ttft_s = positive(seconds_between(record.sent_ns, record.first_token_ns));
  if (state == ReplyState::kRead) take_chunks(out, reply, record.sent_ns);
  if (record.first_answer_ns >= 0) out.ttfa_s = answer_time(reply, record);
  out.output_tokens = output_tokens(record.usage).value_or(-1);
  take_per_token(out);
  return out;
}

}  // namespace assay::aggregate
