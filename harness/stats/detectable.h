// What a comparison can see: the smallest difference a test of given size finds with given power,
// and how many items a difference needs.
//
// Where it stands: harness/stats, called by harness/aggregate and by planning. Pure; any thread.
//
//   const double pp = stats::smallest_detectable(0.021, {});             // of a difference's SE
//   const uint64_t n = stats::items_for(0.05, discordance_sd, {});
#pragma once

#include <cstdint>

namespace assay::stats {

struct TestSize {
  double alpha = 0.05;  // two-sided
  double power = 0.8;
};

// (z(1 - alpha/2) + z(power)) · error, with z the normal's quantiles: the difference at which a
// two-sided z test rejects with this power (its other tail aside). NaN passes through.
double smallest_detectable(double error, const TestSize& size);

// Items so that smallest_detectable <= difference, where one item's difference has this standard
// deviation: ⌈((z + z) · deviation / difference)²⌉, at least 2 and at most 2^63. difference > 0.
uint64_t items_for(double difference, double deviation, const TestSize& size);

// Standard deviation of a paired binary difference with this share of discordant pairs and this
// mean: sqrt(discordant - difference²); 0 where that is negative.
double paired_binary_deviation(double discordant, double difference);

// Exact power of the two-sided exact McNemar test: Σ over the number of discordant pairs D ~
// Binomial(n, discordant) and only_a ~ Binomial(D, share_a), share_a = (discordant + difference) /
// (2 discordant), of the probability that mcnemar_exact is at most alpha. n = 0 or no discordance:
// 0; |difference| > discordant, or anything outside its range: NaN. Mass beyond 12 standard
// deviations of D is left out. Source: Connett, Smith and McHugh, Statistics in Medicine 6 (1987)
// 757, of the unconditional power.
double mcnemar_power(uint64_t n, double discordant, double difference, double alpha);

}  // namespace assay::stats
