// StampList: the chunk stamps of a piece. Nearly always there is one: it is kept in place, so that
// a chunk of a stream costs no allocation for it.
//
//   piece.stamps.push_back(stamp);
//   decoder.feed(piece.bytes, piece.stamps);      // as a span
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "harness/types/response.h"

namespace assay {

class StampList {
 public:
  StampList() = default;
  ~StampList() = default;
  StampList(const StampList&) = default;
  StampList& operator=(const StampList&) = default;
  StampList(StampList&& other) noexcept
      : size_(std::exchange(other.size_, 0)), one_(other.one_), many_(std::move(other.many_)) {}
  StampList& operator=(StampList&& other) noexcept {
    size_ = std::exchange(other.size_, 0);
    one_ = other.one_;
    many_ = std::move(other.many_);
    return *this;
  }
  // Implicit: transports that have a list already hand it over.
  StampList(std::vector<ChunkStamp> stamps)  // NOLINT(google-explicit-constructor)
      : size_(stamps.size()), many_(std::move(stamps)) {
    if (size_ == 1) one_ = many_.front();
  }

  void push_back(const ChunkStamp& stamp) {
    if (size_ == 0) {
      one_ = stamp;
    } else {
      if (size_ == 1) many_.assign(1, one_);
      many_.push_back(stamp);
    }
    ++size_;
  }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] ChunkStamp* begin() { return size_ > 1 ? many_.data() : &one_; }
  [[nodiscard]] ChunkStamp* end() { return begin() + size_; }
  [[nodiscard]] const ChunkStamp* begin() const { return size_ > 1 ? many_.data() : &one_; }
  [[nodiscard]] const ChunkStamp* end() const { return begin() + size_; }
  // Not of an empty list.
  [[nodiscard]] ChunkStamp& back() { return *(end() - 1); }
  [[nodiscard]] const ChunkStamp& back() const { return *(end() - 1); }
  ChunkStamp& operator[](size_t i) { return begin()[i]; }
  const ChunkStamp& operator[](size_t i) const { return begin()[i]; }
  operator std::span<const ChunkStamp>() const {  // NOLINT(google-explicit-constructor)
    return {begin(), size_};
  }

 private:
  size_t size_ = 0;
  ChunkStamp one_;                // the only one
  std::vector<ChunkStamp> many_;  // all, where there are several
};

}  // namespace assay
