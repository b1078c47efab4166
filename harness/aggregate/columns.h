// Compact columns of what is kept of each record until its suite and model are done: a million
// records must fit in a few MB.
//
// Where they stand: harness/aggregate, filled by Group while records stream by, read once at the
// end of a group. One thread.
//
//   TallyColumn accuracy;     accuracy.push(1.0, 1.0);       // one byte
//   DurationColumn latency;   latency.push(120'000'000);     // four bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::aggregate {

// What one item (or one sample, its repeats averaged) adds to a pooled ratio.
struct Tally {
  double numerator = 0;  // value * weight
  double weight = 0;
};

enum class TallyState : uint8_t { kNone, kUnscored, kScored };

// Tallies in the narrowest of three forms that holds all of them exactly: one byte (right, wrong),
// two 32-bit counts (edits of characters), two doubles. Changing form never changes what is read
// back.
class TallyColumn {
 public:
  void push_none() { push_state(TallyState::kNone); }
  void push_unscored() { push_state(TallyState::kUnscored); }
  // A value or weight that is not finite, or a negative weight, is kept as unscored.
  void push(double value, double weight);
  void push(const Tally& tally);
  void reserve(size_t rows) { bits_.reserve(rows); }

  [[nodiscard]] size_t size() const;
  [[nodiscard]] TallyState state(size_t row) const;
  [[nodiscard]] Tally tally(size_t row) const;  // of a scored row
  // Every scored row so far is 0 or 1 with weight 1.
  [[nodiscard]] bool only_bits() const { return form_ == Form::kBits; }

 private:
  enum class Form : uint8_t { kBits, kCounts, kReals };
  struct Counts {
    uint32_t numerator;
    uint32_t weight;
  };
  void push_state(TallyState state);
  void widen(Form form);

  Form form_ = Form::kBits;
  std::vector<uint8_t> bits_;
  std::vector<Counts> counts_;
  std::vector<Tally> reals_;
};

// Durations in nanoseconds, or none; four bytes each while all are below 4.29 s, nothing while all
// are none.
class DurationColumn {
 public:
  static constexpr int64_t kNone = -1;
  void push(int64_t ns);  // negative: none
  void reserve(size_t rows) { rows_hint_ = rows; }
  [[nodiscard]] size_t size() const;
  [[nodiscard]] int64_t at(size_t row) const;
  // Drops the rows without a duration and orders the rest; at() then counts ranks.
  void sort_present();

 private:
  static constexpr uint32_t kShortNone = UINT32_MAX;
  void widen();

  size_t leading_none_ = 0;  // rows before the first duration, while there is no column
  size_t rows_hint_ = 0;
  bool wide_ = false;
  std::vector<uint32_t> short_;
  std::vector<int64_t> long_;
};

// A column that costs nothing until a value differs from the default.
template <typename T>
class LazyColumn {
 public:
  void push(T value) {
    if (values_.empty() && value == T{}) {
      ++leading_;
      return;
    }
    if (values_.empty()) values_.assign(leading_, T{});
    values_.push_back(value);
  }
  [[nodiscard]] T at(size_t row) const { return values_.empty() ? T{} : values_[row]; }
  [[nodiscard]] bool all_default() const { return values_.empty(); }

 private:
  size_t leading_ = 0;
  std::vector<T> values_;
};

// A few numbers for each row; costs nothing until a row has any.
class PartsColumn {
 public:
  void push(std::span<const double> parts) {
    if (ends_.empty() && parts.empty()) {
      ++leading_;
      return;
    }
    if (ends_.empty()) ends_.assign(leading_, 0);
    values_.insert(values_.end(), parts.begin(), parts.end());
    ends_.push_back(values_.size());
  }
  [[nodiscard]] std::span<const double> at(size_t row) const {
    if (ends_.empty()) return {};
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::span(values_).subspan(begin, ends_[row] - begin);
  }

 private:
  size_t leading_ = 0;
  std::vector<size_t> ends_;
  std::vector<double> values_;
};

}  // namespace assay::aggregate
