// Estimate: a reported number with its interval, n and method. No data: no value, and reports print
// n/a.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay {

struct Estimate {
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  uint64_t n = 0;
  std::string method;  // "wilson", "clustered ratio", "order statistics", ...
};

}  // namespace assay
