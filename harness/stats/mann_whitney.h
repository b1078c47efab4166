// Mann-Whitney's U test: does one of two unpaired samples tend to larger values.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const MannWhitney m = stats::mann_whitney(a, b, Alternative::kTwoSided);
//   m.u;  m.p_value();     // no value: one sample is empty
//
// U = R - n_a (n_a + 1) / 2 with R the sum of the average ranks of a among all. Normal: z = (U* -
// n_a n_b / 2 - 0.5) / s, s² = n_a n_b / 12 · (N + 1 - Σ (t³ - t) / (N (N - 1))), U* = U against
// `greater`, n_a n_b - U against `less`, the larger of the two doubled for two sides; at most 1.
// Exact: the same tail counted over all orders. Source: Mann and Whitney, Annals of Mathematical
// Statistics 18 (1947) 50; scipy.stats.mannwhitneyu 1.10. Edge cases: an empty sample or a number
// that is not finite: nothing; all values equal: p = 1, and none without the correction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

enum class Alternative : uint8_t {
  kTwoSided,
  kLess,     // a is smaller
  kGreater,  // a is larger
};

struct MannWhitney {
  std::optional<double> u;                     // of a
  std::optional<double> p_normal;              // with continuity correction
  std::optional<double> p_normal_uncorrected;  // without
  std::optional<double> p_exact;  // where nothing is tied and the counts fit in 126 bits
  bool small = false;             // one sample has at most 8 values

  // The exact one for small samples without ties, else the normal one with correction.
  [[nodiscard]] std::optional<double> p_value() const {
    return small && p_exact ? p_exact : p_normal;
  }
};

MannWhitney mann_whitney(std::span<const double> a, std::span<const double> b,
                         Alternative alternative);

}  // namespace assay::stats
