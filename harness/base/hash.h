// SHA-256 (by nettle): content hashes of data, prompts, scorers and configurations.
//
//   Hash h = sha256(text);            h.hex()  64 digits,  h.short_hex()  first 16
//   HashBuilder b; b.add("prompt").add(text); Hash h = b.finish();   // parts are length-prefixed,
//   so no two part
//                                                                    // lists collide by
//                                                                    concatenation
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay {

struct Hash {
  std::array<uint8_t, 32> bytes{};
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] std::string short_hex() const { return hex().substr(0, 16); }
  // The first eight bytes as a number, for seeds and in-memory tables.
  [[nodiscard]] uint64_t prefix64() const;
  bool operator==(const Hash&) const = default;
};

Hash sha256(std::string_view bytes);
Result<Hash> sha256_file(const std::string& path);

class HashBuilder {
 public:
  HashBuilder();
  ~HashBuilder();
  HashBuilder(const HashBuilder&) = delete;
  HashBuilder& operator=(const HashBuilder&) = delete;
  HashBuilder& add(std::string_view part);  // length-prefixed
  HashBuilder& add_number(int64_t part);
  HashBuilder& add_raw(std::string_view part);  // no prefix: for one stream in chunks
  Hash finish();                                // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
