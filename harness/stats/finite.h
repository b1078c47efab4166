// The refusal shared by harness/stats: a NaN or infinity that reached a statistic gives no value,
// never a number.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace assay::stats {

inline constexpr const char* kNotFinite = "refused: a value is not a finite number";

inline bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace assay::stats
