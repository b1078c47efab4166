// SendTimes: when each write of a reply left, and how many tokens were complete with it; a few
// bytes a write, so that 1,024 replies of 8,000 tokens fit into memory while they are being sent.
//
//   SendTimes times;
//   times.add(to_ns(now), 3);
//   times.for_each([](int64_t ns, int64_t tokens) { ... });
//
// Form: per write two LEB128 numbers, the differences to the write before (ns: zigzag).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace assay::app::mock {

class SendTimes {
 public:
  static constexpr size_t kWritesMax = size_t{1} << 20;  // what comes behind them is not kept

  // `tokens` never falls.
  void add(int64_t ns, int64_t tokens);
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t bytes() const { return bytes_.size(); }

  template <typename Take>
  void for_each(Take&& take) const {
    int64_t ns = 0;
    int64_t tokens = 0;
    for (size_t at = 0; at < bytes_.size();) {
      const uint64_t gap = read(at);
      ns += static_cast<int64_t>(gap >> 1) ^ -static_cast<int64_t>(gap & 1);
      tokens += static_cast<int64_t>(read(at));
      take(ns, tokens);
    }
  }

 private:
  void write(uint64_t value);
  uint64_t read(size_t& at) const;

  std::string bytes_;
  size_t size_ = 0;
  int64_t last_ns_ = 0;
  int64_t last_tokens_ = 0;
};

}  // namespace assay::app::mock
