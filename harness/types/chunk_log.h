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
// Form: the byte 0x32, then per chunk one byte of flags (bits 0-1 channel, 2 coalesced, 3 of a
// shared connection, 4 kernel lag present, 5 text bytes differ from those of the chunk before, 6
// tokens do), then unsigned LEB128 numbers: text bytes where bit 5 is set, tokens where bit 6 is
// set, the time, the kernel lag where bit 4 is set. Before the first chunk both counts are 0.
// The time is when the bytes were received: by the kernel where that is known (`at` less the lag),
// otherwise by this program. Of the first chunk: zigzag nanoseconds since the steady clock's zero,
// and its lag in nanoseconds. Of the others: microseconds since the first, of which the second
// difference stands there (zigzag; how much longer the step is than the step before, which was 0
// before the second chunk), and the lag in microseconds. So the first chunk's times are exact, and
// a later one's are within 1 us; nothing adds up.
//
// Logs of an older form, which do not begin with that byte, are read too. Per chunk unsigned LEB128
// numbers: flags (bits 0-4 as above), text bytes, zigzag nanoseconds of `at` since the chunk before
// (the first: since the steady clock's zero), kernel lag in nanoseconds where bit 4 is set.
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
  void make_room();

  std::string bytes_;
  int64_t first_ns_ = 0;
  int64_t last_us_ = 0;
  int64_t last_step_us_ = 0;
  uint32_t last_text_bytes_ = 0;
  uint32_t last_tokens_ = 0;
};

// Bytes that are not a chunk log are an error; never reads past them.
Result<std::vector<Chunk>> read_chunk_log(std::string_view bytes);

}  // namespace assay
