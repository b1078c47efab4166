// Medians of moving-block resamples of one series, each in time of a few hundredths of the series.
//
// Internal to harness/stats (speed.cc).
//
//   const BlockMedians medians(series);
//   const double m = medians.of_resample(seed, stream, r);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/base/rng.h"

namespace assay::stats {

// Where the median of a resample lies is nearly known: its rank in the series is n / 2 give or take
// five standard deviations of the number of smaller values that the blocks bring. Values below that
// band are only counted (prefix sums: one subtraction a block) and those in the band collected; a
// resample whose median falls outside is done the long way. The answer is exact either way.
class BlockMedians {
 public:
  // `series` in order of time, not empty, all finite.
  explicit BlockMedians(std::span<const double> series);

  // Median of n values in ⌈n / L⌉ blocks of L neighbours, starts drawn from 0 .. n - L; the last
  // block is cut. Chance: Rng(seed, stream, resample).
  [[nodiscard]] double of_resample(uint64_t seed, uint64_t stream, uint32_t resample) const;

  [[nodiscard]] size_t block() const { return block_; }

 private:
  [[nodiscard]] double long_way(Rng rng) const;
  [[nodiscard]] size_t length_at(size_t done) const;

  std::vector<double> series_;
  size_t block_ = 1;
  // Of the first i values.
  struct Counts {
    uint32_t below = 0;  // the band
    uint32_t in = 0;     // it
  };
  std::vector<Counts> counts_;
  std::vector<double> band_;  // values in the band, in order of time
};

}  // namespace assay::stats
