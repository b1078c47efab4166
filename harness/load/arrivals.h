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
#include "harness/base/rng.h"
#include "harness/types/load.h"

namespace assay::load {

struct ArrivalPattern {
  LoadKind kind = LoadKind::kPoisson;  // kConstant, kPoisson, kGamma, kRamp or kBurst
  double rate = 1;                     // requests per second, above 0
  double burstiness = 1;               // kGamma: shape; 1 is Poisson, below 1 burstier
  double rate_end = 0;                 // kRamp, above 0
};

// At least one of the two is above 0; the earlier one ends it.
struct ArrivalExtent {
  uint64_t count = 0;
  Nanos duration{0};  // requests are due before it, not at it
};
inline constexpr uint64_t kArrivalsMax = 20'000'000;
// No request is due later than this after the begin: a rate that needs longer is a slip.
inline constexpr Nanos kArrivalsSpanMax = std::chrono::hours(24 * 366);

// Offsets from the load's begin, ascending, the first one not before 0. With S the sum of standard
// exponential gaps so far and r the rate:
// - kConstant: k / r for k = 0, 1, ..; the first one is due at once
// - kPoisson: S / r; the first one comes after a gap
// - kGamma: sums of gaps of shape b = burstiness and mean 1 / r (coefficient of variation
//   1 / sqrt(b)); the first one comes after a gap
// - kRamp: Poisson with rate r(t) = r + (r_end - r) t / T, that is the t at which the integral of
//   r(t) reaches S. T is the duration; without one T = 2 count / (r + r_end), in which `count` are
//   expected, and should fewer have come by T the rest follow at r_end
// - kBurst: all at 0; needs a count
// A short duration at a low rate may hold none: then the answer is empty.
//
// Gamma draws: Marsaglia, Tsang, "A simple method for generating gamma variables", ACM Transactions
// on Mathematical Software 26(3), 2000; shapes below 1 as its end says: a draw of shape + 1 times
// U^(1 / shape). Ramp: inversion of the cumulative rate (Cinlar, "Introduction to Stochastic
// Processes", 1975, chapter 4).
//
// Errors: a rate that is not a positive finite number, burstiness not above 0, neither count nor
// duration, more than kArrivalsMax of them (asked for, expected, or come by chance), one due after
// kArrivalsSpanMax.
Result<std::vector<Nanos>> arrivals(const ArrivalPattern& pattern, const ArrivalExtent& extent,
                                    uint64_t seed);

// A draw of the gamma distribution with this shape (above 0) and scale 1.
double gamma_draw(Rng& rng, double shape);

}  // namespace assay::load
