// Reply: one streamed reply of a load, taken apart: when each chunk of text came and how many
// tokens it held.
//
// Where it stands: harness/aggregate; made from a LoadRecord by load_rows.cc and load_stream.cc,
// one at a time. Pure; one thread. Bytes are hostile: what is no chunk log, or contradicts its
// record, is kBroken and gives nothing.
//
//   Reply reply;
//   if (read_reply(record, reply) == ReplyState::kRead) use(reply.at, reply.tokens);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/types/chunk_log.h"
#include "harness/types/load.h"

namespace assay::aggregate {

// Times of records and chunks lie in 0..kTimeMaxNs; so no difference overflows.
inline constexpr int64_t kTimeMaxNs = int64_t{1} << 61;
// Of one reply; more is taken as not said.
inline constexpr int64_t kTokensMax = 100'000'000;
// A chunk log rounds all times but the first: two chunks of one read may differ by so much, either
// way.
inline constexpr int64_t kLogRoundingNs = 2'000;
// Of one reply; a longer one is taken as broken. About four million chunks.
inline constexpr size_t kChunkLogBytesMax = size_t{16} << 20;

inline bool is_time(int64_t ns) { return ns >= 0 && ns <= kTimeMaxNs; }

// How the tokens of a reply were spread over its chunks.
enum class TokenSplit : uint8_t {
  kWire,     // each chunk says its tokens
  kOneEach,  // as many tokens as chunks
  kFixed,    // k a chunk, fewer in the last; or one in the first and k in the others
  kByText,  // one a chunk and the rest in proportion to text; fewer tokens than chunks: all of them
  kChunks,  // nothing is known: a chunk counts as a token
};

// Tokens of each chunk; they add up to `total` unless the wire says each chunk's own, or nobody
// says any (`total` unset or below 1: one a chunk). With fewer tokens than chunks some chunks hold
// none. `chunks` not empty.
TokenSplit split_tokens(std::span<const Chunk> chunks, std::optional<int64_t> total,
                        std::vector<uint32_t>& out);

// Output tokens by usage, reasoning included; nothing where it was not said or is absurd.
std::optional<int64_t> output_tokens(const Usage& usage);
// All tokens of the prompt, cached ones included.
std::optional<int64_t> input_tokens(const Usage& usage);

struct Reply {
  std::vector<Chunk> chunks;
  // When each chunk was there, by the kernel's stamp where it is known, else the program's; never
  // before the request was sent nor before the chunk ahead.
  std::vector<int64_t> at;
  std::vector<uint32_t> tokens;
  TokenSplit split = TokenSplit::kChunks;
  uint64_t token_sum = 0;
  // Kernel stamps more than a millisecond before the request was sent: not possible.
  uint64_t early_stamps = 0;
};

enum class ReplyState : uint8_t { kNotStreamed, kRead, kBroken };

ReplyState read_reply(const LoadRecord& record, Reply& out);

}  // namespace assay::aggregate
