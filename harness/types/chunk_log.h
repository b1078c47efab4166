// ChunkLog: when each piece of a streamed reply arrived, packed to a few bytes a piece, so that a
// reply of 32,768 chunks costs about 150 kB and not a megabyte.
//
// Where it stands: filled by the decoders (decode thread), kept in Response::chunks, stored with
// the attempt, read by whoever computes times between chunks. A chunk is not a token.
//
//   ChunkLog log;
//   log.add({at, kernel_lag, 12, Channel::kAnswer, kCoalesced});
//   Result<std::vector<Chunk>> chunks = read_chunk_log(log.bytes());
//
// Form: per chunk unsigned LEB128 numbers: flags (bits 0-1 channel, 2 coalesced, 3 of a shared
// connection, 4 kernel stamp present), text bytes, zigzag nanoseconds since the chunk before (the
// first: since the steady clock's zero), kernel lag in nanoseconds where bit 4 is set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay {

enum class Channel : uint8_t { kAnswer = 0, kReasoning = 1, kTool = 2 };

// How exactly a chunk's time is known.
enum ChunkFlag : uint8_t {
  kStampExact = 0,
  kStampCoalesced = 1,  // one read returned more than one segment: the stamp is the last one's
  kStampShared = 2,     // of a connection that several streams share (HTTP/2)
};

struct Chunk {
  TimePoint at{};        // when this program had it in hand
  Nanos kernel_lag{-1};  // how much earlier the kernel had it; -1: not known
  uint32_t text_bytes = 0;
  Channel channel = Channel::kAnswer;
  uint8_t flags = kStampExact;  // of ChunkFlag
  uint32_t tokens = 0;          // that it holds, where the wire says so; 0: unknown
};

class ChunkLog {
 public:
  void add(const Chunk& chunk);
  // Everything logged so far as answer was reasoning: its closing tag came without an opening one.
  void relabel_as_reasoning();
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  int64_t last_ns_ = 0;
};

// Bytes that are not a chunk log are an error; never reads past them.
Result<std::vector<Chunk>> read_chunk_log(std::string_view bytes);

}  // namespace assay
