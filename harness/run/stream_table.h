// StreamTable: the decoder of each stream in flight of one lane. Transports whose streams count
// from 0 and are used again get a place in a list; other numbers are looked up.
//
//   std::unique_ptr<Decoder>& decoder = streams.at(piece.stream);   // empty: a new stream
//   streams.erase(piece.stream);                                    // after its last piece
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "harness/api/codec.h"

namespace assay::run {

class StreamTable {
 public:
  // Valid until the next call.
  std::unique_ptr<Decoder>& at(uint64_t stream) {
    if (stream >= kListed) return others_[stream];
    if (stream >= listed_.size()) listed_.resize(stream + 1);
    return listed_[stream];
  }
  void erase(uint64_t stream) {
    if (stream >= kListed) {
      others_.erase(stream);
    } else if (stream < listed_.size()) {
      listed_[stream].reset();
    }
  }

 private:
  static constexpr uint64_t kListed = 65'536;  // 8 bytes each

  std::vector<std::unique_ptr<Decoder>> listed_;
  std::unordered_map<uint64_t, std::unique_ptr<Decoder>> others_;
};

}  // namespace assay::run
