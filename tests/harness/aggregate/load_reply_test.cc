// How a reply is taken apart: tokens over chunks, kernel stamps, bytes that are no chunk log.
#include "harness/aggregate/load_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "harness/base/rng.h"
#include "tests/harness/aggregate/load_builder.h"

namespace assay::aggregate {
namespace {

using test::chunk_log;
using test::ms_to_ns;
using ::testing::ElementsAre;

std::vector<Chunk> chunks_of(const std::vector<uint32_t>& text,
                             const std::vector<uint32_t>& tokens = {}) {
  std::vector<Chunk> out;
  for (size_t i = 0; i < text.size(); ++i) {
    Chunk chunk;
    chunk.text_bytes = text[i];
    if (i < tokens.size()) chunk.tokens = tokens[i];
    out.push_back(chunk);
  }
  return out;
}

struct Split {
  TokenSplit way;
  std::vector<uint32_t> tokens;
};
Split split(const std::vector<Chunk>& chunks, std::optional<int64_t> total) {
  Split out{};
  out.way = split_tokens(chunks, total, out.tokens);
  return out;
}

TEST(SplitTokens, OneEach) {
  const Split s = split(chunks_of({1, 2, 3}), 3);
  EXPECT_EQ(s.way, TokenSplit::kOneEach);
  EXPECT_THAT(s.tokens, ElementsAre(1, 1, 1));
}

TEST(SplitTokens, AFixedNumberWithTheRestInTheLast) {
  const Split s = split(chunks_of({1, 1, 1, 1}), 14);
  EXPECT_EQ(s.way, TokenSplit::kFixed);
  EXPECT_THAT(s.tokens, ElementsAre(4, 4, 4, 2));
}

TEST(SplitTokens, TheFirstAloneThenAFixedNumber) {
  // 2 2 is two chunks and 2 2 .. never three: only 1 and then twos fits.
  const Split s = split(chunks_of({1, 1, 1}), 4);
  EXPECT_EQ(s.way, TokenSplit::kFixed);
  EXPECT_THAT(s.tokens, ElementsAre(1, 2, 1));
}

TEST(SplitTokens, MoreTokensThanChunksByText) {
  // 13 tokens, 10 chunks: no k fits; one each, three more by text: bytes 1 .. with one long chunk.
  std::vector<uint32_t> text(10, 1);
  text[4] = 91;
  const Split s = split(chunks_of(text), 13);
  EXPECT_EQ(s.way, TokenSplit::kByText);
  EXPECT_THAT(s.tokens, ElementsAre(1, 1, 1, 1, 4, 1, 1, 1, 1, 1));
}

TEST(SplitTokens, FewerTokensThanChunksLeavesSomeEmpty) {
  const Split s = split(chunks_of({1, 1, 1, 1}), 2);
  EXPECT_EQ(s.way, TokenSplit::kByText);
  EXPECT_THAT(s.tokens, ElementsAre(1, 0, 1, 0));  // halves round up
}

TEST(SplitTokens, WithoutUsageAChunkIsAToken) {
  EXPECT_EQ(split(chunks_of({1, 9}), std::nullopt).way, TokenSplit::kChunks);
  EXPECT_THAT(split(chunks_of({1, 9}), std::nullopt).tokens, ElementsAre(1, 1));
  EXPECT_EQ(split(chunks_of({1, 9}), 0).way, TokenSplit::kChunks);
  EXPECT_EQ(split(chunks_of({1, 9}), -5).way, TokenSplit::kChunks);
}

TEST(SplitTokens, TheWireSaysItself) {
  const Split s = split(chunks_of({1, 1}, {2, 5}), 100);
  EXPECT_EQ(s.way, TokenSplit::kWire);
  EXPECT_THAT(s.tokens, ElementsAre(2, 5));
  // Only some chunks say theirs: usage decides.
  EXPECT_EQ(split(chunks_of({1, 1}, {2, 0}), 2).way, TokenSplit::kOneEach);
}

TEST(SplitTokens, AlwaysAddsUpToTheTotal) {
  for (uint64_t i = 0; i < 3000; ++i) {
    Rng rng(5, i);
    std::vector<uint32_t> text(1 + rng.below(40));
    for (uint32_t& bytes : text)
      bytes = static_cast<uint32_t>(rng.below(3) == 0 ? 0 : rng.below(50));
    const auto total = static_cast<int64_t>(1 + rng.below(rng.below(4) == 0 ? 100'000'000 : 90));
    const Split s = split(chunks_of(text), total);
    ASSERT_EQ(std::accumulate(s.tokens.begin(), s.tokens.end(), int64_t{0}), total)
        << text.size() << " chunks, " << total;
    if (total < static_cast<int64_t>(text.size())) continue;
    for (const uint32_t tokens : s.tokens) ASSERT_GE(tokens, 1U);
  }
}

LoadRecord record_with(const std::string& chunks, double sent_ms = 0) {
  LoadRecord record;
  record.sent_ns = ms_to_ns(sent_ms);
  record.done_ns = ms_to_ns(1000);
  record.chunks = chunks;
  return record;
}

TEST(ReadReply, TakesTheKernelsTimeWhereItIsKnown) {
  const std::string log = chunk_log({{10, 2}, 20, {30, 4}});
  Reply reply;
  ASSERT_EQ(read_reply(record_with(log), reply), ReplyState::kRead);
  EXPECT_THAT(reply.at, ElementsAre(ms_to_ns(8), ms_to_ns(20), ms_to_ns(26)));
  EXPECT_EQ(reply.early_stamps, 0U);
}

TEST(ReadReply, TimesNeverGoBack) {
  // The second stamp's lag would put it before the first; the third's before the request.
  const std::string log = chunk_log({{10, 0}, {11, 5}, {12, 500}});
  Reply reply;
  ASSERT_EQ(read_reply(record_with(log, 5), reply), ReplyState::kRead);
  EXPECT_THAT(reply.at, ElementsAre(ms_to_ns(10), ms_to_ns(10), ms_to_ns(10)));
  EXPECT_EQ(reply.early_stamps, 1U);
}

TEST(ReadReply, WhatContradictsItselfIsBroken) {
  Reply reply;
  EXPECT_EQ(read_reply(record_with(""), reply), ReplyState::kNotStreamed);
  const std::string back = chunk_log({10, 5});
  EXPECT_EQ(read_reply(record_with(back), reply), ReplyState::kBroken);
  const std::string early = chunk_log({10, 20});
  EXPECT_EQ(read_reply(record_with(early, 15), reply), ReplyState::kBroken);
  const std::string noise("\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
  EXPECT_EQ(read_reply(record_with(noise), reply), ReplyState::kBroken);
  std::string cut = chunk_log({10, 20});
  cut.pop_back();
  EXPECT_EQ(read_reply(record_with(cut), reply), ReplyState::kBroken);
  const std::string huge(kChunkLogBytesMax + 1, '\0');
  EXPECT_EQ(read_reply(record_with(huge), reply), ReplyState::kBroken);
  LoadRecord unsent = record_with(back);
  unsent.sent_ns = -5;
  EXPECT_EQ(read_reply(unsent, reply), ReplyState::kBroken);
}

TEST(ReadReply, AnyBytesAreTakenWithoutHarm) {
  Reply reply;
  for (uint64_t i = 0; i < 20'000; ++i) {
    Rng rng(6, i);
    std::string bytes(rng.below(24), '\0');
    for (char& byte : bytes) byte = static_cast<char>(rng.below(rng.below(2) == 0 ? 256 : 8));
    LoadRecord record = record_with(bytes);
    record.usage.output_tokens = static_cast<int64_t>(rng.next() >> (rng.below(64)));
    if (read_reply(record, reply) != ReplyState::kRead) continue;
    ASSERT_EQ(reply.at.size(), reply.tokens.size());
    ASSERT_TRUE(std::is_sorted(reply.at.begin(), reply.at.end()));
    ASSERT_GE(reply.at.front(), record.sent_ns);
  }
}

TEST(Usage, CountsOfTokens) {
  Usage usage;
  EXPECT_FALSE(output_tokens(usage));
  usage.output_tokens = 3;
  EXPECT_EQ(output_tokens(usage), 3);
  usage.reasoning_tokens = 4;
  EXPECT_EQ(output_tokens(usage), 7);
  usage.input_tokens = 1;
  usage.cached_tokens = 10;
  usage.cache_write_tokens = 100;
  EXPECT_EQ(input_tokens(usage), 111);
  usage.output_tokens = INT64_MAX;
  EXPECT_FALSE(output_tokens(usage));
}

}  // namespace
}  // namespace assay::aggregate
