#include "harness/types/chunk_log.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace assay {
namespace {

constexpr uint64_t kChannelMask = 3;
constexpr int kFlagsShift = 2;
constexpr uint64_t kHasKernelLag = 16;
constexpr uint64_t kHasTextBytes = 32;
constexpr uint64_t kHasTokens = 64;
constexpr uint64_t kCompactHeads = 128;  // heads of the compact form are below
constexpr uint64_t kOldHeads = 32;       // of the older form
constexpr char kCompactMark = 0x32;      // no head of the older form
constexpr int64_t kNsPerUs = 1000;
constexpr uint64_t kLagUsMax = static_cast<uint64_t>(INT64_MAX / kNsPerUs);

constexpr size_t kChunkBytesMax = 1 + 5 + 5 + 10 + 10;
// A log grows by doubling up to here and by steps of this or an eighth then: a thousand streams
// would hold half of their memory empty.
constexpr size_t kStepBytes = 4096;
constexpr size_t kFirstBytes = 256;

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

// Differences and sums wrap: hostile bytes and odd clocks must not overflow.
int64_t minus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t to_wrapped_ns(int64_t us) {
  return static_cast<int64_t>(static_cast<uint64_t>(us) * static_cast<uint64_t>(kNsPerUs));
}

// To the nearest microsecond.
int64_t round_us(int64_t ns) { return ns / kNsPerUs + ns % kNsPerUs / (kNsPerUs / 2); }

uint64_t head_of(const Chunk& chunk) {
  return static_cast<uint64_t>(chunk.channel) | uint64_t{chunk.flags & 3U} << kFlagsShift |
         (chunk.kernel_lag.count() >= 0 ? kHasKernelLag : 0);
}

void take_head(uint64_t head, Chunk& chunk) {
  chunk.channel = static_cast<Channel>(head & kChannelMask);
  chunk.flags = static_cast<uint8_t>((head >> kFlagsShift) & 3);
}

// One chunk after the other out of a log of the compact form.
class CompactReader {
 public:
  explicit CompactReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  // False: these are no chunks.
  bool read(Chunk& chunk) {
    const uint64_t head = static_cast<unsigned char>(bytes_[at_++]);
    if (head >= kCompactHeads || (head & kChannelMask) == 3) return false;
    if ((head & kHasTextBytes) != 0 && !count(text_bytes_)) return false;
    if ((head & kHasTokens) != 0 && !count(tokens_)) return false;
    const std::optional<uint64_t> time = read_varint(bytes_, at_);
    std::optional<uint64_t> lag = uint64_t{0};
    if (time && (head & kHasKernelLag) != 0) lag = read_varint(bytes_, at_);
    if (!time || !lag) return false;
    take_head(head, chunk);
    chunk.text_bytes = text_bytes_;
    chunk.tokens = tokens_;
    if (!take_times(*time, *lag, chunk)) return false;
    if ((head & kHasKernelLag) == 0) chunk.kernel_lag = Nanos(-1);
    return true;
  }

 private:
  bool count(uint32_t& out) {
    const std::optional<uint64_t> value = read_varint(bytes_, at_);
    if (!value || *value > UINT32_MAX) return false;
    out = static_cast<uint32_t>(*value);
    return true;
  }
  bool take_times(uint64_t time, uint64_t lag, Chunk& chunk) {
    if (lag > (is_first_ ? static_cast<uint64_t>(INT64_MAX) : kLagUsMax)) return false;
    int64_t received_ns = 0;
    if (is_first_) {
      first_ns_ = received_ns = unzigzag(time);
      chunk.kernel_lag = Nanos(static_cast<int64_t>(lag));
    } else {
      step_us_ = plus(step_us_, unzigzag(time));
      us_ = plus(us_, step_us_);
      received_ns = plus(first_ns_, to_wrapped_ns(us_));
      chunk.kernel_lag = Nanos(static_cast<int64_t>(lag) * kNsPerUs);
    }
    is_first_ = false;
    chunk.at = from_ns(plus(received_ns, chunk.kernel_lag.count()));
    return true;
  }

  std::string_view bytes_;
  size_t at_ = 1;  // behind the mark
  bool is_first_ = true;
  int64_t first_ns_ = 0;
  int64_t us_ = 0;
  int64_t step_us_ = 0;
  uint32_t text_bytes_ = 0;
  uint32_t tokens_ = 0;
};

// The same of the older form.
class OldReader {
 public:
  explicit OldReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  bool read(Chunk& chunk) {
    const std::optional<uint64_t> head = read_varint(bytes_, at_);
    const std::optional<uint64_t> text_bytes = head ? read_varint(bytes_, at_) : std::nullopt;
    const std::optional<uint64_t> step = text_bytes ? read_varint(bytes_, at_) : std::nullopt;
    std::optional<uint64_t> lag = uint64_t{0};
    if (step && (*head & kHasKernelLag) != 0) lag = read_varint(bytes_, at_);
    if (!step || !lag || *head >= kOldHeads || (*head & kChannelMask) == 3 ||
        *text_bytes > UINT32_MAX || *lag > static_cast<uint64_t>(INT64_MAX))
      return false;
    last_ns_ = plus(last_ns_, unzigzag(*step));
    take_head(*head, chunk);
    chunk.at = from_ns(last_ns_);
    chunk.text_bytes = static_cast<uint32_t>(*text_bytes);
    if ((*head & kHasKernelLag) != 0) chunk.kernel_lag = Nanos(static_cast<int64_t>(*lag));
    return true;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  int64_t last_ns_ = 0;
};

template <typename Reader>
Result<std::vector<Chunk>> read_all(Reader reader) {
  std::vector<Chunk> chunks;
  while (!reader.at_end()) {
    Chunk chunk;
    if (!reader.read(chunk))
      return Error{ErrorCode::kInput, "is no log of chunk times", "chunk log"};
    chunks.push_back(chunk);
  }
  return chunks;
}

}  // namespace

void ChunkLog::add(const Chunk& chunk) {
  make_room();
  const bool is_first = bytes_.empty();
  if (is_first) bytes_ += kCompactMark;
  const bool has_lag = chunk.kernel_lag.count() >= 0;
  const bool has_text = chunk.text_bytes != last_text_bytes_;
  const bool has_tokens = chunk.tokens != last_tokens_;
  append_varint(bytes_,
                head_of(chunk) | (has_text ? kHasTextBytes : 0) | (has_tokens ? kHasTokens : 0));
  if (has_text) append_varint(bytes_, last_text_bytes_ = chunk.text_bytes);
  if (has_tokens) append_varint(bytes_, last_tokens_ = chunk.tokens);
  const int64_t lag_ns = has_lag ? chunk.kernel_lag.count() : 0;
  const int64_t received_ns = minus(to_ns(chunk.at), lag_ns);
  if (is_first) {
    first_ns_ = received_ns;
    append_varint(bytes_, zigzag(received_ns));
    if (has_lag) append_varint(bytes_, static_cast<uint64_t>(lag_ns));
    return;
  }
  const int64_t us = round_us(minus(received_ns, first_ns_));
  const int64_t step_us = us - last_us_;
  append_varint(bytes_, zigzag(step_us - last_step_us_));
  last_us_ = us;
  last_step_us_ = step_us;
  if (has_lag) append_varint(bytes_, std::min(static_cast<uint64_t>(round_us(lag_ns)), kLagUsMax));
}

void ChunkLog::make_room() {
  const size_t capacity = bytes_.capacity();
  if (capacity - bytes_.size() >= kChunkBytesMax + 1) return;
  // A string of its own: reserve() of one that holds something doubles it.
  std::string larger;
  larger.reserve(capacity < kStepBytes ? std::max(2 * capacity, kFirstBytes)
                                       : capacity + std::max(kStepBytes, capacity / 8));
  larger += bytes_;
  bytes_ = std::move(larger);
}

void ChunkLog::relabel_as_reasoning() {
  size_t at = 1;  // behind the mark
  while (at < bytes_.size()) {
    const auto head = static_cast<unsigned char>(bytes_[at]);
    if ((head & kChannelMask) == static_cast<uint64_t>(Channel::kAnswer))
      bytes_[at] = static_cast<char>(head | static_cast<unsigned>(Channel::kReasoning));
    ++at;
    (void)read_varint(bytes_, at);
    for (const uint64_t more : {kHasKernelLag, kHasTextBytes, kHasTokens}) {
      if ((head & more) != 0) (void)read_varint(bytes_, at);
    }
  }
}

Result<std::vector<Chunk>> read_chunk_log(std::string_view bytes) {
  if (bytes.starts_with(kCompactMark)) return read_all(CompactReader(bytes));
  return read_all(OldReader(bytes));
}

}  // namespace assay
