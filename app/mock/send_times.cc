#include "app/mock/send_times.h"

namespace assay::app::mock {
namespace {

constexpr unsigned kBits = 7;
constexpr uint64_t kMore = 0x80;
constexpr size_t kPairBytesMax = 20;

}  // namespace

void SendTimes::add(int64_t ns, int64_t tokens) {
  if (size_ == kWritesMax) return;
  ++size_;
  // Grown by a quarter, not doubled: thousands of these are open at once.
  if (bytes_.size() + kPairBytesMax > bytes_.capacity()) {
    bytes_.reserve(bytes_.size() + bytes_.size() / 4 + 4 * kPairBytesMax);
  }
  const auto gap = static_cast<uint64_t>(ns - last_ns_);
  write((gap << 1) ^ (ns < last_ns_ ? ~uint64_t{0} : 0));
  write(static_cast<uint64_t>(tokens - last_tokens_));
  last_ns_ = ns;
  last_tokens_ = tokens;
}

void SendTimes::write(uint64_t value) {
  for (; value >= kMore; value >>= kBits) {
    bytes_ += static_cast<char>(static_cast<unsigned char>((value & (kMore - 1)) | kMore));
  }
  bytes_ += static_cast<char>(static_cast<unsigned char>(value));
}

uint64_t SendTimes::read(size_t& at) const {
  uint64_t value = 0;
  for (unsigned shift = 0; at < bytes_.size(); shift += kBits) {
    const auto byte = static_cast<unsigned char>(bytes_[at++]);
    value |= (byte & (kMore - 1)) << shift;
    if ((byte & kMore) == 0) break;
  }
  return value;
}

}  // namespace assay::app::mock
