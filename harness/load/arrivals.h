// Arrivals: when the requests of an open loop are due.
//
// Where it stands: harness/load, pure; app's bench plans with it before the clock. Drawn by rng.h,
// so a seed gives the same times everywhere. Draws are never rescaled to hit a mean exactly: the
// gaps stay what the distribution says ("unscaled"), so the rate that was offered differs from the
// one asked for by chance, and both are reported.
//
//   const auto due = load::arrivals({.kind = LoadKind::kPoisson, .rate = 10}, {.count = 300}, 7);
#pragma once

#include <cstdint>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/types/load.h"

namespace assay::load {

struct ArrivalPattern {
  LoadKind kind = LoadKind::kPoisson;  // kConstant, kPoisson, kGamma, kRamp or kBurst
  double rate = 1;                     // requests per second, above 0
  double burstiness = 1;               // kGamma: shape; 1 is Poisson, below 1 burstier
  double rate_end = 0;                 // kRamp
};

// At least one of the two is above 0; the earlier one ends it.
struct ArrivalExtent {
  uint64_t count = 0;
  Nanos duration{0};
};
inline constexpr uint64_t kArrivalsMax = 20'000'000;

// Offsets from the load's begin, ascending, the first one not before 0. Errors: a rate that is not
// a positive finite number, burstiness not above 0, more than kArrivalsMax of them.
Result<std::vector<Nanos>> arrivals(const ArrivalPattern& pattern, const ArrivalExtent& extent,
                                    uint64_t seed);

}  // namespace assay::load
