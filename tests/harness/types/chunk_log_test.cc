#include "harness/types/chunk_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace assay {
namespace {

// What only the first chunk keeps exactly is within a microsecond.
bool same(const Chunk& a, const Chunk& b, Nanos within = Nanos(0)) {
  const auto near = [&](Nanos x, Nanos y) { return x - y <= within && y - x <= within; };
  return near(a.at.time_since_epoch(), b.at.time_since_epoch()) &&
         near(a.kernel_lag, b.kernel_lag) && a.text_bytes == b.text_bytes &&
         a.channel == b.channel && a.flags == b.flags && a.tokens == b.tokens;
}

constexpr Nanos kMicrosecond{1000};

const std::vector<Chunk>& unusual_chunks() {
  static const std::vector<Chunk> kChunks{
      {from_ns(1'700'000'000'000'000'123), Nanos{127}, 127, Channel::kTool, kStampShared},
      {from_ns(1), Nanos{-1}, 0, Channel::kAnswer, kStampExact},  // the clock went back
      {from_ns(1), Nanos{0}, 1, Channel::kReasoning, kStampCoalesced, 1},
      {from_ns(2'000'000'000'499'999'501), Nanos{1'499}, 128, Channel::kAnswer,
       kStampCoalesced | kStampShared, 1},
      {from_ns(-7'999'999'999), Nanos{3'600'000'000'000}, UINT32_MAX, Channel::kTool, kStampExact,
       UINT32_MAX},
      {from_ns(3'000'000'000), Nanos{-1}, 3, Channel::kReasoning, kStampExact, 0},
      {from_ns(3'020'000'400), Nanos{1}, 3, Channel::kAnswer, kStampExact, 4},
  };
  return kChunks;
}

TEST(ChunkLog, WhatIsWrittenIsReadBack) {
  ChunkLog log;
  for (const Chunk& chunk : unusual_chunks()) log.add(chunk);
  const Result<std::vector<Chunk>> read = read_chunk_log(log.bytes());
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), unusual_chunks().size());
  EXPECT_TRUE(same(read->front(), unusual_chunks().front()));
  for (size_t i = 0; i < read->size(); ++i)
    EXPECT_TRUE(same((*read)[i], unusual_chunks()[i], kMicrosecond)) << i;
}

// Rounding does not add up: the last of many chunks is as near as the second.
TEST(ChunkLog, TimesDoNotDrift) {
  ChunkLog log;
  std::vector<Chunk> chunks;
  for (int64_t i = 0; i < 5000; ++i) {
    chunks.push_back({from_ns(1'000'000'777 + i * 19'999'555 + i * i % 700),
                      Nanos{i * 333 % 50'000}, 4, Channel::kAnswer, kStampExact});
    log.add(chunks.back());
  }
  const Result<std::vector<Chunk>> read = read_chunk_log(log.bytes());
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), chunks.size());
  for (size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_TRUE(same((*read)[i], chunks[i], kMicrosecond)) << i;
    // So is when the kernel had it.
    const Nanos received =
        (*read)[i].at - (*read)[i].kernel_lag - (chunks[i].at - chunks[i].kernel_lag);
    EXPECT_LE(std::abs(received.count()), 500) << i;
  }
}

TEST(ChunkLog, NoTimeOverflows) {
  ChunkLog log;
  for (const int64_t at : {INT64_MAX, INT64_MIN, int64_t{0}, INT64_MAX})
    log.add({from_ns(at), Nanos{INT64_MAX}, 1, Channel::kAnswer, kStampExact});
  const Result<std::vector<Chunk>> read = read_chunk_log(log.bytes());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->size(), 4u);
}

// A log as programs before the compact form wrote it.
TEST(ChunkLog, TheOlderFormIsRead) {
  const std::string log(
      "\x10\x04\x80\xa8\xd6\xb9\x07\xb0\xea\x01"  // answer, 4 bytes, at 1 s, lag 30,000 ns
      "\x05\x02\x80\xb4\x89\x13",                 // reasoning, coalesced, 20 ms later
      16);
  const Result<std::vector<Chunk>> read = read_chunk_log(log);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_TRUE(
      same((*read)[0], {from_ns(1'000'000'000), Nanos{30'000}, 4, Channel::kAnswer, kStampExact}));
  EXPECT_TRUE(same((*read)[1],
                   {from_ns(1'020'000'000), Nanos{-1}, 2, Channel::kReasoning, kStampCoalesced}));
}

TEST(ChunkLog, AnEmptyLogHasNoChunks) {
  const Result<std::vector<Chunk>> read = read_chunk_log("");
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->empty());
}

// 50 tokens/s with a server's jitter of +-0.2 ms and lags of up to 0.3 ms.
TEST(ChunkLog, AChunkOfAStreamTakesFewBytes) {
  std::mt19937 random(3);  // NOLINT: the same numbers each time
  ChunkLog log;
  constexpr int kChunks = 8000;
  for (int64_t i = 0; i < kChunks; ++i) {
    const auto jitter = static_cast<int64_t>(random() % 400'000);
    log.add({from_ns(1'000'000'000 + i * 20'000'000 + jitter),
             Nanos{static_cast<int64_t>(random() % 300'000)},
             static_cast<uint32_t>(3 + random() % 6), Channel::kAnswer, kStampExact, 1});
  }
  EXPECT_LE(log.bytes().size(), size_t{kChunks} * 6);
  EXPECT_LE(log.bytes().capacity(), log.bytes().size() + log.bytes().size() / 4);
}

TEST(ChunkLog, OnlyAnswerChunksBecomeReasoning) {
  ChunkLog log;
  for (const Chunk& chunk : unusual_chunks()) log.add(chunk);
  log.relabel_as_reasoning();
  const Result<std::vector<Chunk>> read = read_chunk_log(log.bytes());
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), unusual_chunks().size());
  for (size_t i = 0; i < read->size(); ++i) {
    Chunk expected = unusual_chunks()[i];
    if (expected.channel == Channel::kAnswer) expected.channel = Channel::kReasoning;
    EXPECT_TRUE(same((*read)[i], expected, kMicrosecond)) << i;
  }
}

TEST(ChunkLog, ACutLogIsAnErrorUnlessCutBetweenChunks) {
  ChunkLog log;
  std::vector<size_t> ends{0, 1};  // nothing, and the mark alone
  for (const Chunk& chunk : unusual_chunks()) {
    log.add(chunk);
    ends.push_back(log.bytes().size());
  }
  for (size_t length = 0; length <= log.bytes().size(); ++length) {
    const bool between = std::find(ends.begin(), ends.end(), length) != ends.end();
    EXPECT_EQ(read_chunk_log(std::string_view(log.bytes()).substr(0, length)).has_value(), between)
        << length;
  }
}

TEST(ChunkLog, BytesThatAreNoLogAreAnError) {
  const auto refused = [](std::string_view bytes) { return !read_chunk_log(bytes).has_value(); };
  EXPECT_TRUE(refused("\x03\x01\x01"));                              // channel 3
  EXPECT_TRUE(refused(std::string_view("\x20\x00\x00", 3)));         // unknown flags
  EXPECT_TRUE(refused(std::string("\0\x01\xff", 3)));                // a cut number
  EXPECT_TRUE(refused(std::string(12, '\xff')));                     // a number that never ends
  EXPECT_TRUE(refused(std::string("\0\xff\xff\xff\xff\x7f\0", 7)));  // text beyond 32 bits
  // The same of the compact form.
  EXPECT_TRUE(refused(std::string("\x32\x03\0", 3)));
  EXPECT_TRUE(refused(std::string("\x32\x80\0\0", 4)));
  EXPECT_TRUE(refused(std::string("\x32\0\xff", 3)));
  EXPECT_TRUE(refused("\x32" + std::string(1, '\0') + std::string(12, '\xff')));
  EXPECT_TRUE(refused(std::string("\x32\x20\xff\xff\xff\xff\x7f\0", 8)));
  EXPECT_TRUE(refused(std::string("\x32\x40\xff\xff\xff\xff\x7f\0", 8)));
  EXPECT_TRUE(refused(std::string("\x32\0\0\x10\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 14)));
  EXPECT_TRUE(refused(std::string("\x10\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13)));
}

TEST(ChunkLog, AnyBytesAreReadOrRefused) {
  std::mt19937 random(7);  // NOLINT: the same bytes each time
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() : random() % 128);
    if (i % 2 == 0 && !bytes.empty()) bytes[0] = '\x32';
    const Result<std::vector<Chunk>> chunks = read_chunk_log(bytes);
    if (!chunks) continue;
    ++read;
    ChunkLog again;
    for (const Chunk& chunk : *chunks) again.add(chunk);
    const Result<std::vector<Chunk>> second = read_chunk_log(again.bytes());
    ASSERT_TRUE(second.has_value());
    ASSERT_EQ(second->size(), chunks->size());
    if (chunks->empty()) continue;
    ASSERT_TRUE(same(chunks->front(), second->front()));
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace assay
