#include "harness/types/chunk_log.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace assay {
namespace {

constexpr uint64_t kChannelMask = 3;
constexpr int kFlagsShift = 2;
constexpr uint64_t kHasKernelLag = 16;

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

std::optional<uint64_t> read_varint(std::string_view bytes, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

void ChunkLog::add(const Chunk& chunk) {
  const bool has_lag = chunk.kernel_lag.count() >= 0;
  append_varint(bytes_, static_cast<uint64_t>(chunk.channel) |
                            uint64_t{chunk.flags & 3U} << kFlagsShift |
                            (has_lag ? kHasKernelLag : 0));
  append_varint(bytes_, chunk.text_bytes);
  const int64_t at_ns = to_ns(chunk.at);
  append_varint(bytes_, zigzag(at_ns - last_ns_));
  last_ns_ = at_ns;
  if (has_lag) append_varint(bytes_, static_cast<uint64_t>(chunk.kernel_lag.count()));
}

void ChunkLog::relabel_as_reasoning() {
  size_t at = 0;
  while (at < bytes_.size()) {
    const auto head = static_cast<unsigned char>(bytes_[at]);
    if ((head & kChannelMask) == static_cast<uint64_t>(Channel::kAnswer)) {
      bytes_[at] = static_cast<char>(head | static_cast<unsigned>(Channel::kReasoning));
    }
    const int numbers = (head & kHasKernelLag) != 0 ? 4 : 3;
    for (int i = 0; i < numbers; ++i) (void)read_varint(bytes_, at);
  }
}

Result<std::vector<Chunk>> read_chunk_log(std::string_view bytes) {
  std::vector<Chunk> chunks;
  int64_t last_ns = 0;
  size_t at = 0;
  while (at < bytes.size()) {
    const std::optional<uint64_t> head = read_varint(bytes, at);
    const std::optional<uint64_t> text_bytes = head ? read_varint(bytes, at) : std::nullopt;
    const std::optional<uint64_t> step = text_bytes ? read_varint(bytes, at) : std::nullopt;
    std::optional<uint64_t> lag = uint64_t{0};
    if (step && (*head & kHasKernelLag) != 0) lag = read_varint(bytes, at);
    if (!step || !lag || *head > 31 || (*head & kChannelMask) == 3 || *text_bytes > UINT32_MAX ||
        *lag > static_cast<uint64_t>(INT64_MAX)) {
      return Error{ErrorCode::kInput, "is no log of chunk times", "chunk log"};
    }
    // Wraps like the writer's difference did; hostile bytes must not overflow.
    last_ns = static_cast<int64_t>(static_cast<uint64_t>(last_ns) +
                                   static_cast<uint64_t>(unzigzag(*step)));
    Chunk chunk;
    chunk.at = from_ns(last_ns);
    chunk.text_bytes = static_cast<uint32_t>(*text_bytes);
    chunk.channel = static_cast<Channel>(*head & kChannelMask);
    chunk.flags = static_cast<uint8_t>((*head >> kFlagsShift) & 3);
    if ((*head & kHasKernelLag) != 0) chunk.kernel_lag = Nanos(static_cast<int64_t>(*lag));
    chunks.push_back(chunk);
  }
  return chunks;
}

}  // namespace assay
