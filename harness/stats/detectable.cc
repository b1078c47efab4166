#include "harness/stats/detectable.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/check.h"
#include "harness/stats/distributions.h"
#include "harness/stats/paired.h"

namespace assay::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kTail = 12;  // standard deviations of D beyond which nothing is added up

double both_quantiles(const TestSize& size) {
  return normal_quantile(1 - size.alpha / 2) + normal_quantile(size.power);
}

struct Range {
  uint64_t first = 0;
  uint64_t last = 0;
};

// Values of D ~ Binomial(n, share) that carry all but about 1e-30 of its mass.
Range likely(uint64_t n, double share) {
  const auto size = static_cast<double>(n);
  const double mean = size * share;
  const double reach = kTail * std::sqrt(mean * (1 - share)) + kTail * kTail;
  return {.first = static_cast<uint64_t>(std::floor(std::max(0.0, mean - reach))),
          .last = static_cast<uint64_t>(std::ceil(std::min(size, mean + reach)))};
}

// How many values 0, 1, .. k of the rarer side reject among D discordant pairs, from what D - 1
// gave: at most one more.
uint64_t rejecting(uint64_t discordant, uint64_t before, double alpha) {
  uint64_t count = before;
  while (2 * count < discordant && mcnemar_exact(count, discordant - count) <= alpha) ++count;
  return count;
}

}  // namespace

double smallest_detectable(double error, const TestSize& size) {
  return both_quantiles(size) * error;
}

uint64_t items_for(double difference, double deviation, const TestSize& size) {
  ASSAY_CHECK(difference > 0, "a difference of {}", difference);
  const double root = both_quantiles(size) * deviation / difference;
  const double items = std::ceil(root * root);
  constexpr auto kMost = static_cast<double>(uint64_t{1} << 63);
  if (!(items < kMost)) return uint64_t{1} << 63;
  return std::max<uint64_t>(2, static_cast<uint64_t>(items));
}

double paired_binary_deviation(double discordant, double difference) {
  return std::sqrt(std::max(0.0, discordant - difference * difference));
}

double mcnemar_power(uint64_t n, double discordant, double difference, double alpha) {
  if (!(discordant >= 0 && discordant <= 1 && std::fabs(difference) <= discordant && alpha > 0))
    return kNone;
  if (n == 0 || discordant == 0) return alpha >= 1 ? 1 : 0;
  if (alpha >= 1) return 1;
  const double share = (discordant + difference) / 2 / discordant;
  const Range range = likely(n, discordant);
  double power = 0;
  uint64_t count = 0;
  for (uint64_t d = range.first; d <= range.last; ++d) {
    count = rejecting(d, count, alpha);
    if (count == 0) continue;
    const auto k = static_cast<int64_t>(count) - 1;
    const double rejects = binomial_cdf(k, d, share) + binomial_cdf(k, d, 1 - share);
    power += binomial_pmf(d, n, discordant) * rejects;
  }
  return std::min(1.0, power);
}

}  // namespace assay::stats
