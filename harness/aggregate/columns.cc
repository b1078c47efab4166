#include "harness/aggregate/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::aggregate {
namespace {

constexpr double kCountMax = 4294967294.0;  // one below the mark for "no tally"
constexpr uint32_t kMark = UINT32_MAX;      // numerator of a row without a tally; weight: its state

bool is_bit(const Tally& t) { return t.weight == 1 && (t.numerator == 0 || t.numerator == 1); }

bool is_count(double v) { return v >= 0 && v <= kCountMax && v == std::floor(v); }

// value * weight; where value is a fraction k / weight this gives k itself, not k rounded.
double numerator_of(double value, double weight) {
  const double product = value * weight;
  const double whole = std::round(product);
  if (weight > 0 && whole != product && whole / weight == value) return whole;
  return product;
}

}  // namespace

void TallyColumn::push(double value, double weight) {
  push(Tally{.numerator = numerator_of(value, weight), .weight = weight});
}

void TallyColumn::push(const Tally& tally) {
  if (!std::isfinite(tally.numerator) || !std::isfinite(tally.weight) || tally.weight < 0) {
    push_unscored();
    return;
  }
  if (form_ == Form::kBits && !is_bit(tally)) widen(Form::kCounts);
  if (form_ == Form::kCounts && !(is_count(tally.numerator) && is_count(tally.weight))) {
    widen(Form::kReals);
  }
  switch (form_) {
    case Form::kBits:
      bits_.push_back(tally.numerator == 1 ? 3 : 2);
      break;
    case Form::kCounts:
      counts_.push_back(
          {static_cast<uint32_t>(tally.numerator), static_cast<uint32_t>(tally.weight)});
      break;
    case Form::kReals:
      reals_.push_back(tally);
      break;
  }
}

size_t TallyColumn::size() const { return bits_.size() + counts_.size() + reals_.size(); }

TallyState TallyColumn::state(size_t row) const {
  switch (form_) {
    case Form::kBits:
      return static_cast<TallyState>(std::min<uint8_t>(bits_[row], 2));
    case Form::kCounts:
      return counts_[row].numerator == kMark ? static_cast<TallyState>(counts_[row].weight)
                                             : TallyState::kScored;
    case Form::kReals:
      break;
  }
  return std::isnan(reals_[row].numerator)
             ? static_cast<TallyState>(static_cast<uint8_t>(reals_[row].weight))
             : TallyState::kScored;
}

Tally TallyColumn::tally(size_t row) const {
  switch (form_) {
    case Form::kBits:
      return {.numerator = bits_[row] == 3 ? 1.0 : 0.0, .weight = 1};
    case Form::kCounts:
      return {.numerator = static_cast<double>(counts_[row].numerator),
              .weight = static_cast<double>(counts_[row].weight)};
    case Form::kReals:
      break;
  }
  return reals_[row];
}

void TallyColumn::push_state(TallyState state) {
  const auto number = static_cast<uint8_t>(state);
  switch (form_) {
    case Form::kBits:
      bits_.push_back(number);
      break;
    case Form::kCounts:
      counts_.push_back({kMark, number});
      break;
    case Form::kReals:
      reals_.push_back({std::numeric_limits<double>::quiet_NaN(), static_cast<double>(number)});
      break;
  }
}

void TallyColumn::widen(Form form) {
  TallyColumn wider;
  wider.form_ = form;
  const size_t room = std::max(bits_.capacity(), counts_.capacity());
  if (form == Form::kCounts) {
    wider.counts_.reserve(room);
  } else {
    wider.reals_.reserve(room);
  }
  for (size_t row = 0; row < size(); ++row) {
    const TallyState was = state(row);
    if (was == TallyState::kScored) {
      wider.push(tally(row));
    } else {
      wider.push_state(was);
    }
  }
  *this = std::move(wider);
}

void DurationColumn::push(int64_t ns) {
  if (short_.empty() && long_.empty()) {
    if (ns < 0) {
      ++leading_none_;
      return;
    }
    short_.reserve(rows_hint_);
    short_.assign(leading_none_, kShortNone);
  }
  if (!wide_ && ns >= int64_t{kShortNone}) widen();
  if (wide_) {
    long_.push_back(ns < 0 ? kNone : ns);
  } else {
    short_.push_back(ns < 0 ? kShortNone : static_cast<uint32_t>(ns));
  }
}

size_t DurationColumn::size() const {
  if (wide_) return long_.size();
  return short_.empty() ? leading_none_ : short_.size();
}

int64_t DurationColumn::at(size_t row) const {
  if (wide_) return long_[row];
  if (short_.empty() || short_[row] == kShortNone) return kNone;
  return short_[row];
}

void DurationColumn::sort_present() {
  leading_none_ = 0;
  std::erase(short_, kShortNone);
  std::sort(short_.begin(), short_.end());
  std::erase(long_, kNone);
  std::sort(long_.begin(), long_.end());
}

void DurationColumn::widen() {
  long_.reserve(std::max(rows_hint_, short_.size() + 1));
  for (const uint32_t ns : short_) long_.push_back(ns == kShortNone ? kNone : int64_t{ns});
  short_ = {};
  wide_ = true;
}

}  // namespace assay::aggregate
