// Parts that both halves of a summary are made of: distributions of durations, and money.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/estimate.h"

namespace assay {

struct Percentile {
  double p = 0;       // 0.5, 0.9, 0.95, 0.99
  Estimate estimate;  // seconds; no interval where n cannot support one (method says so)
};

struct LatencySummary {
  uint64_t n = 0;
  std::vector<Percentile> percentiles;
  Estimate mean;  // seconds
  std::vector<std::pair<double, double>>
      ecdf;  // (seconds, share <=), thinned to at most 200 points
};

// v1: machine time at a given price per hour, and energy where counters were readable. Unset: not
// measured.
struct CostSummary {
  std::optional<Money> total;
  std::optional<Money> per_thousand_items;
  std::optional<Money> per_correct;  // total / sum of a binary headline; unset when none is correct
  std::optional<double> energy_joules;
  std::string currency;
  std::string basis;  // how it was measured, or why it was not
};

}  // namespace assay
