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

// (z(1 - alpha/2) + z(power)) · error.
double smallest_detectable(double error, const TestSize& size);

// Items so that smallest_detectable <= difference, where one item's difference has this standard
// deviation: ⌈((z + z) · deviation / difference)²⌉, at least 2. difference > 0.
uint64_t items_for(double difference, double deviation, const TestSize& size);

// Standard deviation of a paired binary difference with this share of discordant pairs and this
// mean: sqrt(discordant - difference²).
double paired_binary_deviation(double discordant, double difference);

// Exact power of the two-sided exact McNemar test: Σ over the number of discordant pairs D ~
// Binomial(n, discordant) and only_a ~ Binomial(D, share_a).
double mcnemar_power(uint64_t n, double discordant, double difference, double alpha);

}  // namespace assay::stats
