#include "harness/stats/block_medians.h"

#include <algorithm>
#include <cmath>

#include "harness/base/check.h"

namespace assay::stats {
namespace {

// Mean of the two middle values, or the one, of values of which `before` smaller ones are not here.
// None of the `values` needed may be missing.
double middle(std::vector<double>& values, size_t n, size_t before) {
  const size_t high = n / 2 - before;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(high);
  std::nth_element(values.begin(), at, values.end());
  if (n % 2 == 1) return *at;
  const double low = *std::max_element(values.begin(), at);
  return low + (*at - low) / 2;
}

}  // namespace

BlockMedians::BlockMedians(std::span<const double> series) : series_(series.begin(), series.end()) {
  ASSAY_CHECK(!series_.empty(), "a median of nothing");
  const auto n = static_cast<double>(series_.size());
  block_ =
      std::clamp<size_t>(static_cast<size_t>(std::ceil(std::cbrt(n) - 1e-9)), 1, series_.size());
  std::vector<double> sorted = series_;
  std::sort(sorted.begin(), sorted.end());
  const double half = 2 * std::sqrt(n * static_cast<double>(block_)) + static_cast<double>(block_);
  const double low = sorted[static_cast<size_t>(std::max(0.0, n / 2 - half))];
  const double high = sorted[static_cast<size_t>(std::min(n - 1, n / 2 + half))];
  below_.push_back(0);
  band_at_.push_back(0);
  for (const double v : series_) {
    below_.push_back(below_.back() + (v < low ? 1 : 0));
    if (v >= low && v <= high) band_.push_back(v);
    band_at_.push_back(static_cast<uint32_t>(band_.size()));
  }
}

size_t BlockMedians::length_at(size_t done) const {
  return std::min(block_, series_.size() - done);
}

double BlockMedians::of_resample(uint64_t seed, uint64_t stream, uint32_t resample) const {
  const size_t n = series_.size();
  Rng rng(seed, stream, resample);
  const Rng again = rng;
  std::vector<double> values;
  values.reserve(band_.size());
  size_t before = 0;
  for (size_t done = 0; done < n; done += block_) {
    const size_t start = rng.below(n - block_ + 1);
    const size_t end = start + length_at(done);
    before += below_[end] - below_[start];
    values.insert(values.end(), band_.begin() + band_at_[start], band_.begin() + band_at_[end]);
  }
  const size_t lowest = (n - 1) / 2;  // ranks needed: lowest and n / 2
  if (before > lowest || n / 2 >= before + values.size()) return long_way(again);
  return middle(values, n, before);
}

double BlockMedians::long_way(Rng rng) const {
  const size_t n = series_.size();
  std::vector<double> values;
  values.reserve(n);
  for (size_t done = 0; done < n; done += block_) {
    const auto start = static_cast<std::ptrdiff_t>(rng.below(n - block_ + 1));
    const auto end = start + static_cast<std::ptrdiff_t>(length_at(done));
    values.insert(values.end(), series_.begin() + start, series_.begin() + end);
  }
  return middle(values, n, 0);
}

}  // namespace assay::stats
