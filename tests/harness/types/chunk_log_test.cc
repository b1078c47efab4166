#include "harness/types/chunk_log.h"

#include <gtest/gtest.h>

#include <random>

namespace assay {
namespace {

bool same(const Chunk& a, const Chunk& b) {
  return a.at == b.at && a.kernel_lag == b.kernel_lag && a.text_bytes == b.text_bytes &&
         a.channel == b.channel && a.flags == b.flags;
}

const std::vector<Chunk>& unusual_chunks() {
  static const std::vector<Chunk> kChunks{
      {from_ns(0), Nanos{-1}, 0, Channel::kAnswer, kStampExact},
      {from_ns(1), Nanos{0}, 1, Channel::kReasoning, kStampCoalesced},
      {from_ns(1), Nanos{127}, 127, Channel::kTool, kStampShared},
      {from_ns(1'700'000'000'000'000'000), Nanos{128}, 128, Channel::kAnswer,
       kStampCoalesced | kStampShared},
      {from_ns(5), Nanos{INT64_MAX}, UINT32_MAX, Channel::kTool, kStampExact},  // clock went back
      {from_ns(INT64_MAX), Nanos{-1}, 3, Channel::kReasoning, kStampExact},
      {from_ns(INT64_MIN), Nanos{1}, 3, Channel::kAnswer, kStampExact},
  };
  return kChunks;
}

TEST(ChunkLog, WhatIsWrittenIsReadBack) {
  ChunkLog log;
  for (const Chunk& chunk : unusual_chunks()) log.add(chunk);
  const Result<std::vector<Chunk>> read = read_chunk_log(log.bytes());
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), unusual_chunks().size());
  for (size_t i = 0; i < read->size(); ++i) EXPECT_TRUE(same((*read)[i], unusual_chunks()[i])) << i;
}

TEST(ChunkLog, AnEmptyLogHasNoChunks) {
  const Result<std::vector<Chunk>> read = read_chunk_log("");
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->empty());
}

TEST(ChunkLog, AChunkOfAStreamTakesFewBytes) {
  ChunkLog log;
  constexpr int kChunks = 1000;
  for (int i = 0; i < kChunks; ++i) {
    log.add({from_ns(1'000'000'000 + i * 20'000'000LL), Nanos{30'000}, 4, Channel::kAnswer,
             kStampExact});
  }
  EXPECT_LE(log.bytes().size(), size_t{kChunks} * 10);
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
    EXPECT_TRUE(same((*read)[i], expected)) << i;
  }
}

TEST(ChunkLog, ACutLogIsAnErrorUnlessCutBetweenChunks) {
  ChunkLog log;
  std::vector<size_t> ends{0};
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
  EXPECT_TRUE(refused(std::string("\x10\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13)));
}

TEST(ChunkLog, AnyBytesAreReadOrRefused) {
  std::mt19937 random(7);  // NOLINT: the same bytes each time
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() : random() % 32);
    const Result<std::vector<Chunk>> chunks = read_chunk_log(bytes);
    if (!chunks) continue;
    ++read;
    ChunkLog again;
    for (const Chunk& chunk : *chunks) again.add(chunk);
    const Result<std::vector<Chunk>> second = read_chunk_log(again.bytes());
    ASSERT_TRUE(second.has_value());
    ASSERT_EQ(second->size(), chunks->size());
    for (size_t k = 0; k < chunks->size(); ++k) ASSERT_TRUE(same((*chunks)[k], (*second)[k]));
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace assay
