// Speed: is b slower than a, as a ratio b / a of times.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const SpeedDifference d = stats::paired_speed(a, b, {});     // same items, taken in turns
//   const SpeedDifference u = stats::unpaired_speed(a, b, {});   // whatever came when
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/stats/resampling.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct SpeedDifference {
  Estimate ratio;  // b / a; above 1: b is slower
  std::optional<double> p_value;
  std::string test;    // "paired t of logarithms", "Mann-Whitney"
  std::string banner;  // what the reader must know; empty: nothing
};

// exp(mean(log b - log a)) with Student's interval of the logarithms, clustered where given.
SpeedDifference paired_speed(std::span<const double> a, std::span<const double> b,
                             std::span<const uint32_t> clusters,
                             double confidence = kDefaultConfidence);

// Ratio of medians with a moving-block bootstrap interval (neighbours in time depend on each
// other; blocks of length ⌈n^(1/3)⌉) and Mann-Whitney's p. `a` and `b` in order of time.
SpeedDifference unpaired_speed(std::span<const double> a, std::span<const double> b,
                               const ResampleOptions& options);

}  // namespace assay::stats
