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

// Five standard deviations of how many values below `centre` a resample holds, ⌈n / L⌉ blocks times
// the variance of one, and a block more for what is cut.
double half_band(const std::vector<double>& series, double centre, size_t block) {
  const size_t starts = series.size() - block + 1;
  double count = 0;
  for (size_t i = 0; i + 1 < block; ++i) count += series[i] < centre ? 1 : 0;
  double sum = 0;
  double squares = 0;
  for (size_t start = 0; start < starts; ++start) {
    count += series[start + block - 1] < centre ? 1 : 0;
    sum += count;
    squares += count * count;
    count -= series[start] < centre ? 1 : 0;
  }
  const double mean = sum / static_cast<double>(starts);
  const double variance = squares / static_cast<double>(starts) - mean * mean;
  const double blocks = std::ceil(static_cast<double>(series.size()) / static_cast<double>(block));
  return 5 * std::sqrt(std::max(0.0, variance) * blocks) + static_cast<double>(block);
}

}  // namespace

BlockMedians::BlockMedians(std::span<const double> series) : series_(series.begin(), series.end()) {
  ASSAY_CHECK(!series_.empty(), "a median of nothing");
  const auto n = static_cast<double>(series_.size());
  block_ =
      std::clamp<size_t>(static_cast<size_t>(std::ceil(std::cbrt(n) - 1e-9)), 1, series_.size());
  std::vector<double> sorted = series_;
  std::sort(sorted.begin(), sorted.end());
  const double half = half_band(series_, sorted[series_.size() / 2], block_);
  const double low = sorted[static_cast<size_t>(std::max(0.0, n / 2 - half))];
  const double high = sorted[static_cast<size_t>(std::min(n - 1, n / 2 + half))];
  counts_.push_back({});
  for (const double v : series_) {
    Counts next = counts_.back();
    next.below += v < low ? 1 : 0;
    if (v >= low && v <= high) {
      band_.push_back(v);
      ++next.in;
    }
    counts_.push_back(next);
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
    before += counts_[end].below - counts_[start].below;
    for (size_t i = counts_[start].in; i < counts_[end].in; ++i) values.push_back(band_[i]);
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
