#include "harness/aggregate/load_reply.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "harness/types/usage_sums.h"

namespace assay::aggregate {
namespace {

// Conversion from the wall clock's stamps to the steady clock is not exact.
constexpr int64_t kStampJitterNs = 1'000'000;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

void fill_fixed(size_t first, int64_t total, int64_t each, std::vector<uint32_t>& out) {
  for (size_t i = first; i + 1 < out.size(); ++i) {
    out[i] = static_cast<uint32_t>(each);
    total -= each;
  }
  out.back() = static_cast<uint32_t>(total);
}

// k tokens in every chunk but the last; else one in the first and k in the others but the last.
bool split_fixed(int64_t total, std::vector<uint32_t>& out) {
  const auto chunks = static_cast<int64_t>(out.size());
  const int64_t each = ceil_div(total, chunks);
  if (ceil_div(total, each) == chunks) {
    fill_fixed(0, total, each, out);
    return true;
  }
  if (chunks < 2) return false;
  const int64_t later = ceil_div(total - 1, chunks - 1);
  if (ceil_div(total - 1, later) != chunks - 1) return false;
  out.front() = 1;
  fill_fixed(1, total - 1, later, out);
  return true;
}

// Adds `total` tokens in proportion to text: chunk i gets what rounding leaves between the shares
// of the text up to i - 1 and up to i, so that the sum is exact.
void add_by_text(std::span<const Chunk> chunks, int64_t total, std::vector<uint32_t>& out) {
  double all = 0;
  for (const Chunk& chunk : chunks) all += chunk.text_bytes;
  double text = 0;
  int64_t given = 0;
  for (size_t i = 0; i < chunks.size(); ++i) {
    text += all > 0 ? chunks[i].text_bytes : 1;
    const double share = text / (all > 0 ? all : static_cast<double>(chunks.size()));
    const auto up_to = static_cast<int64_t>(std::llround(share * static_cast<double>(total)));
    out[i] += static_cast<uint32_t>(up_to - given);
    given = up_to;
  }
}

std::optional<int64_t> if_believable(int64_t sum) {
  return sum >= 0 && sum <= kTokensMax ? std::optional(sum) : std::nullopt;
}

bool times_hold(std::span<const Chunk> chunks, int64_t sent_ns) {
  int64_t last = sent_ns;
  for (const Chunk& chunk : chunks) {
    const int64_t at = to_ns(chunk.at);
    if (!is_time(at) || at < last - kLogRoundingNs) return false;
    last = std::max(last, at);
  }
  return true;
}

}  // namespace

TokenSplit split_tokens(std::span<const Chunk> chunks, std::optional<int64_t> total,
                        std::vector<uint32_t>& out) {
  out.assign(chunks.size(), 0);
  const auto says = [](const Chunk& chunk) { return chunk.tokens > 0; };
  if (std::all_of(chunks.begin(), chunks.end(), says)) {
    for (size_t i = 0; i < chunks.size(); ++i) {
      out[i] = std::min(chunks[i].tokens, static_cast<uint32_t>(kTokensMax));
    }
    return TokenSplit::kWire;
  }
  const auto count = static_cast<int64_t>(chunks.size());
  if (!total || *total < 1 || *total == count) {
    out.assign(chunks.size(), 1);
    return total == count ? TokenSplit::kOneEach : TokenSplit::kChunks;
  }
  if (*total > count && split_fixed(*total, out)) return TokenSplit::kFixed;
  if (*total > count) out.assign(chunks.size(), 1);
  add_by_text(chunks, *total > count ? *total - count : *total, out);
  return TokenSplit::kByText;
}

std::optional<int64_t> output_tokens(const Usage& usage) {
  return if_believable(reply_tokens(usage));
}

std::optional<int64_t> input_tokens(const Usage& usage) {
  return if_believable(prompt_tokens(usage));
}

ReplyState read_reply(const LoadRecord& record, Reply& out) {
  if (record.chunks.empty()) return ReplyState::kNotStreamed;
  if (record.chunks.size() > kChunkLogBytesMax || !is_time(record.sent_ns)) {
    return ReplyState::kBroken;
  }
  Result<std::vector<Chunk>> chunks = read_chunk_log(record.chunks);
  if (!chunks || chunks->empty() || !times_hold(*chunks, record.sent_ns)) {
    return ReplyState::kBroken;
  }
  out.chunks = std::move(*chunks);
  out.at.clear();
  out.early_stamps = 0;
  int64_t last = record.sent_ns;
  for (const Chunk& chunk : out.chunks) {
    const int64_t lag = std::max<int64_t>(0, chunk.kernel_lag.count());
    const int64_t at = to_ns(chunk.at) - std::min(lag, kTimeMaxNs);
    if (at < record.sent_ns - kStampJitterNs) ++out.early_stamps;
    last = std::max(last, at);
    out.at.push_back(last);
  }
  out.split = split_tokens(out.chunks, output_tokens(record.usage), out.tokens);
  out.token_sum = std::accumulate(out.tokens.begin(), out.tokens.end(), uint64_t{0});
  return ReplyState::kRead;
}

}  // namespace assay::aggregate
