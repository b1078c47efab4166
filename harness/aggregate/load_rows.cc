#include "harness/aggregate/load_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "harness/aggregate/account.h"

namespace assay::aggregate {
namespace {

constexpr size_t kSplits = static_cast<size_t>(TokenSplit::kChunks) + 1;

// What is beyond belief is left out of sums.
Usage believable(Usage usage) {
  for (const auto bucket : kUsageBuckets) {
    if (usage.*bucket > kTokensMax) usage.*bucket = -1;
  }
  return usage;
}

bool absurd(const Usage& usage) {
  return std::any_of(kUsageBuckets.begin(), kUsageBuckets.end(),
                     [&](int64_t Usage::*bucket) { return usage.*bucket > kTokensMax; });
}

std::optional<int64_t> between(int64_t from, int64_t to) {
  if (from < 0 || to < from) return std::nullopt;
  return to - from;
}

// Counts while records stream by; what needs all of them is settled in finish().
class Reader {
 public:
  void take(const LoadRecord& record);
  LoadRows finish();

 private:
  LoadRow times_of(const LoadRecord& record);
  void add_reply(const LoadRecord& record, LoadRow& row);
  void add_tokens(const LoadRecord& record, LoadRow& row);
  void count(const LoadRecord& record, const LoadRow& row);
  void count_stamps(const LoadRow& row);
  void count_tokens(const LoadRow& row, bool by_usage);
  [[nodiscard]] std::string counting_method() const;

  LoadRows out_;
  Reply reply_;
  std::map<Outcome, uint64_t> errors_;
  std::array<uint64_t, kSplits> splits_{};
  uint64_t both_tokens_ = 0;  // over replies whose usage and chunks are both known
  uint64_t both_chunks_ = 0;
  std::map<uint32_t, uint64_t> fixed_;  // tokens a chunk: replies
};

void Reader::take(const LoadRecord& record) {
  LoadRow row = times_of(record);
  const ReplyState state = read_reply(record, reply_);
  if (state == ReplyState::kBroken) ++out_.broken_logs;
  if (state == ReplyState::kRead) add_reply(record, row);
  add_tokens(record, row);
  if (state != ReplyState::kRead && is_time(record.first_token_ns) &&
      between(row.sent, record.first_token_ns)) {
    row.first = record.first_token_ns;
  }
  if (row.first >= 0 && row.answer < 0 && is_time(record.first_answer_ns) &&
      between(row.sent, record.first_answer_ns)) {
    row.answer = record.first_answer_ns;
  }
  count(record, row);
  out_.rows.push_back(row);
}

LoadRow Reader::times_of(const LoadRecord& record) {
  LoadRow row;
  row.number = record.place.number;
  row.turn = record.place.turn;
  row.outcome = record.outcome;
  row.warm_up = record.place.warm_up;
  row.answered = is_answer(record.outcome);
  // What was due and never left (no connection) has no sent stamp.
  const bool never_sent = !row.answered && record.sent_ns == 0 && record.due_ns > 0;
  if (is_time(record.due_ns)) row.due = record.due_ns;
  if (is_time(record.sent_ns) && !never_sent) row.sent = record.sent_ns;
  if (is_time(record.done_ns)) row.done = record.done_ns;
  const bool sent_early = row.due >= 0 && row.sent >= 0 && row.sent < row.due;
  const bool done_early = row.done < std::max(row.due, row.sent);
  if (sent_early || done_early || row.due < 0 || (row.answered && row.sent < 0)) ++out_.odd_times;
  if (sent_early) row.due = -1;
  if (done_early) row.done = -1;
  return row;
}

void Reader::add_reply(const LoadRecord& record, LoadRow& row) {
  row.first = reply_.at.front();
  row.last = reply_.at.back();
  row.chunks = static_cast<uint32_t>(reply_.chunks.size());
  if (record.first_answer_ns < 0) return;
  // The answer's first token came with the chunk of the same stamp, whose kernel time is the better
  // one.
  const TimePoint stamp = from_ns(record.first_answer_ns);
  for (size_t i = 0; i < reply_.chunks.size(); ++i) {
    if (reply_.chunks[i].at == stamp && reply_.chunks[i].channel == Channel::kAnswer) {
      row.answer = reply_.at[i];
      return;
    }
  }
}

void Reader::add_tokens(const LoadRecord& record, LoadRow& row) {
  if (absurd(record.usage)) ++out_.odd_counts;
  const std::optional<int64_t> output = output_tokens(record.usage);
  // A usage of 0 beside chunks of text says nothing.
  if (output && (*output > 0 || row.chunks == 0)) {
    row.tokens = *output;
  } else if (row.chunks > 0) {
    row.tokens = static_cast<int64_t>(std::min<uint64_t>(reply_.token_sum, kTokensMax));
  }
  const std::optional<int64_t> input = input_tokens(record.usage);
  if (input) {
    row.input = *input;
    row.prefill = *input - std::max<int64_t>(0, record.usage.cached_tokens);
  } else if (record.place.input_wanted >= 0 && record.place.input_wanted <= kTokensMax) {
    row.input = record.place.input_wanted;
    if (row.good()) ++out_.input_asked;
  }
  if (row.tokens > 0) out_.tokens_all += static_cast<double>(row.tokens);
}

void Reader::count(const LoadRecord& record, const LoadRow& row) {
  if (record.http_status > 0) out_.over_http = true;
  add_cost(out_.cost, record.cost);
  if (!record.cost && row.answered) ++out_.unpriced;
  if (row.outcome != Outcome::kCancelled) {
    Spent& spent = row.warm_up    ? out_.accounting.warm_ups
                   : row.answered ? out_.accounting.answers
                                  : out_.accounting.failed;
    add_call(spent, record.usage, record.cost);
  }
  if (row.warm_up && row.outcome != Outcome::kCancelled) ++out_.warm_up;
  if (!row.measured()) return;
  ++out_.requests;
  out_.loop_lag.push(record.loop_lag_ns);
  if (row.chunks > 0) count_stamps(row);
  if (!row.answered) {
    ++out_.failed;
    ++errors_[row.outcome];
    return;
  }
  ++out_.good;
  add_usage(out_.usage, believable(record.usage));
  if (record.usage.source != UsageSource::kMissing &&
      out_.usage.source != UsageSource::kSplitEstimated)
    out_.usage.source = record.usage.source;
  if (row.tokens < 0) ++out_.tokens_unknown;
  if (row.chunks > 0) count_tokens(row, output_tokens(record.usage).value_or(0) > 0);
}

// Segments were read together and their stamp is the last one's: that hides a time only where two
// chunks of text were among them. A role chunk before the first token, or the end behind the last
// one, costs nothing.
bool hides_a_time(std::span<const Chunk> chunks, size_t i) {
  if ((chunks[i].flags & kStampCoalesced) == 0) return false;
  const auto one_read = [&](size_t a, size_t b) {
    return std::chrono::abs(chunks[a].at - chunks[b].at) <= Nanos(kLogRoundingNs);
  };
  return (i > 0 && one_read(i - 1, i)) || (i + 1 < chunks.size() && one_read(i, i + 1));
}

void Reader::count_stamps(const LoadRow& row) {
  ChunkCounts& counts = out_.chunk_counts;
  counts.chunks += row.chunks;
  counts.early_stamps += reply_.early_stamps;
  for (size_t i = 0; i < reply_.chunks.size(); ++i) {
    const Chunk& chunk = reply_.chunks[i];
    if (chunk.kernel_lag.count() >= 0) ++counts.kernel;
    if (hides_a_time(reply_.chunks, i)) ++counts.coalesced;
    if ((chunk.flags & kStampShared) != 0) ++counts.shared;
  }
}

void Reader::count_tokens(const LoadRow& row, bool by_usage) {
  TokenCounting& tokens = out_.tokens;
  ++tokens.replies;
  tokens.chunks += row.chunks;
  out_.good_chunks += row.chunks;
  ++splits_[static_cast<size_t>(reply_.split)];
  if (reply_.split == TokenSplit::kFixed) {
    ++fixed_[*std::max_element(reply_.tokens.begin(), reply_.tokens.end())];
  }
  out_.weighted = out_.weighted || std::any_of(reply_.tokens.begin(), reply_.tokens.end(),
                                               [](uint32_t t) { return t != 1; });
  if (!by_usage) {
    ++tokens.usage_missing;
    return;
  }
  tokens.tokens += static_cast<uint64_t>(row.tokens);
  both_tokens_ += static_cast<uint64_t>(row.tokens);
  both_chunks_ += row.chunks;
}

// "usage; one token a chunk"; where replies differ each way with its number of replies.
std::string Reader::counting_method() const {
  const auto of = [this](TokenSplit split) { return splits_[static_cast<size_t>(split)]; };
  const std::string fixed = fixed_.size() == 1
                                ? fmt::format("usage; {} tokens a chunk", fixed_.begin()->first)
                                : std::string("usage; a fixed number of tokens a chunk");
  const std::array<std::pair<std::string, uint64_t>, kSplits> ways{
      {{"usage; one token a chunk", of(TokenSplit::kOneEach)},
       {fixed, of(TokenSplit::kFixed)},
       {"usage, split by text", of(TokenSplit::kByText)},
       {"each chunk says its tokens", of(TokenSplit::kWire)},
       {"chunks (no usage)", of(TokenSplit::kChunks)}}};
  const auto used =
      std::count_if(ways.begin(), ways.end(), [](const auto& w) { return w.second > 0; });
  std::string out;
  for (const auto& [name, replies] : ways) {
    if (replies == 0) continue;
    if (!out.empty()) out += ", ";
    out += used == 1 ? name : fmt::format("{} ({} replies)", name, replies);
  }
  return out;
}

LoadRows Reader::finish() {
  for (const auto& [outcome, number] : errors_) {
    out_.errors.emplace_back(std::string(outcome_name(outcome)), number);
  }
  std::stable_sort(out_.errors.begin(), out_.errors.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (both_chunks_ > 0) {
    out_.tokens.difference =
        static_cast<double>(both_tokens_) / static_cast<double>(both_chunks_) - 1;
  }
  out_.tokens.method = counting_method();
  return std::move(out_);
}

}  // namespace

std::optional<int64_t> e2e_ns(const LoadRow& row) { return between(row.due, row.done); }
std::optional<int64_t> e2e_sent_ns(const LoadRow& row) { return between(row.sent, row.done); }
std::optional<int64_t> queue_ns(const LoadRow& row) { return between(row.due, row.sent); }
std::optional<int64_t> ttft_ns(const LoadRow& row) { return between(row.sent, row.first); }
std::optional<int64_t> ttfa_ns(const LoadRow& row) { return between(row.sent, row.answer); }

std::optional<double> tpot_ns(const LoadRow& row) {
  if (row.tokens < 2 || row.chunks == 1) return std::nullopt;
  const auto took = between(row.first, row.chunks > 0 ? row.last : row.done);
  if (!took) return std::nullopt;
  return static_cast<double>(*took) / static_cast<double>(row.tokens - 1);
}

std::optional<double> normalized_ns(const LoadRow& row) {
  const auto took = e2e_sent_ns(row);
  if (!took || row.tokens < 1) return std::nullopt;
  return static_cast<double>(*took) / static_cast<double>(row.tokens);
}

Result<LoadRows> read_load_rows(const RunStore& store, const LoadInfo& load) {
  Reader reader;
  ASSAY_TRY_VOID(
      store.read_load_records(load.id, [&](const LoadRecord& record) { reader.take(record); }));
  return reader.finish();
}

Result<void> read_load_replies(const RunStore& store, const LoadInfo& load, const LoadRows& rows,
                               const std::function<void(const LoadRow&, const Reply&)>& take) {
  Reply reply;
  size_t next = 0;
  return store.read_load_records(load.id, [&](const LoadRecord& record) {
    if (next >= rows.rows.size() || record.place.number != rows.rows[next].number ||
        record.place.turn != rows.rows[next].turn) {
      return;
    }
    const LoadRow& row = rows.rows[next++];
    if (row.chunks > 0 && read_reply(record, reply) == ReplyState::kRead) take(row, reply);
  });
}

}  // namespace assay::aggregate
