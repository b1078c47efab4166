#include "harness/base/hash.h"

#include <nettle/sha2.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace assay {

struct HashBuilder::State {
  sha256_ctx context;
};

HashBuilder::HashBuilder() : state_(std::make_unique<State>()) { sha256_init(&state_->context); }
HashBuilder::~HashBuilder() = default;

HashBuilder& HashBuilder::add_raw(std::string_view part) {
  sha256_update(&state_->context, part.size(), reinterpret_cast<const uint8_t*>(part.data()));
  return *this;
}

HashBuilder& HashBuilder::add(std::string_view part) {
  add_number(static_cast<int64_t>(part.size()));
  return add_raw(part);
}

HashBuilder& HashBuilder::add_number(int64_t part) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(static_cast<uint64_t>(part) >> (8 * i));
  return add_raw({bytes, sizeof bytes});
}

Hash HashBuilder::finish() {
  Hash hash;
  sha256_digest(&state_->context, hash.bytes.size(), hash.bytes.data());
  return hash;
}

Hash sha256(std::string_view bytes) { return HashBuilder().add_raw(bytes).finish(); }

Result<Hash> sha256_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Error{ErrorCode::kNotFound, std::strerror(errno), path};
  HashBuilder builder;
  std::vector<char> buffer(1 << 16);
  size_t n = 0;
  while ((n = std::fread(buffer.data(), 1, buffer.size(), file)) > 0)
    builder.add_raw({buffer.data(), n});
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Error{ErrorCode::kIo, "cannot be read to its end", path};
  return builder.finish();
}

std::string Hash::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

uint64_t Hash::prefix64() const {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | bytes[static_cast<size_t>(i)];
  return value;
}

}  // namespace assay
