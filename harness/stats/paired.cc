#include "harness/stats/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/clusters.h"
#include "harness/stats/finite.h"
#include "harness/stats/mean.h"
#include "harness/stats/proportion.h"

namespace assay::stats {
namespace {

constexpr double kRoundingShare = 1e-13;

double largest(std::span<const double> values) {
  double out = 0;
  for (const double v : values) out = std::max(out, std::fabs(v));
  return out;
}

uint64_t count_clusters(size_t n, std::span<const uint32_t> clusters) {
  return cluster_squares(n, clusters, [](size_t) { return 0.0; }).clusters;
}

// Correlation of two paired binaries, its numerator corrected for continuity (method 10).
double corrected_phi(const PairedCounts& k) {
  const double e = static_cast<double>(k.both);
  const double f = static_cast<double>(k.only_a);
  const double g = static_cast<double>(k.only_b);
  const double h = static_cast<double>(k.neither);
  const double margins = (e + f) * (g + h) * (e + g) * (f + h);
  if (margins <= 0) return 0;
  double numerator = e * h - f * g;
  if (numerator > 0) numerator = std::max(0.0, numerator - (e + f + g + h) / 2);
  return numerator / std::sqrt(margins);
}

// sqrt(x² - 2 phi x y + y²); the radicand is not negative for |phi| <= 1 except by rounding.
double joined(double x, double y, double phi) {
  return std::sqrt(std::max(0.0, x * x - 2 * phi * x * y + y * y));
}

}  // namespace

PairedTest paired_difference(std::span<const double> a, std::span<const double> b,
                             std::span<const uint32_t> clusters, double confidence) {
  ASSAY_CHECK(a.size() == b.size(), "{} values against {}", a.size(), b.size());
  PairedTest out;
  std::vector<double> differences(a.begin(), a.end());
  for (size_t i = 0; i < b.size(); ++i) differences[i] -= b[i];
  out.difference = mean_clustered(differences, clusters, confidence);
  if (!out.difference.value) return out;
  out.difference.method =
      clusters.empty() ? "paired difference, t" : "clustered paired difference, t";
  out.error = clustered_error(differences, clusters, ClusterCorrection::kFiniteClusters);
  if (!out.error) return out;
  const double mean = *out.difference.value;
  if (*out.error > kRoundingShare * std::max(largest(a), largest(b))) {
    const double degrees = static_cast<double>(count_clusters(differences.size(), clusters)) - 1;
    out.statistic = mean / *out.error;
    out.p_value = student_two_sided(*out.statistic, degrees);
  } else if (std::fabs(mean) <= kRoundingShare * std::max(largest(a), largest(b))) {
    out.p_value = 1;
  }
  return out;
}

double mcnemar_exact(uint64_t only_a, uint64_t only_b) {
  const uint64_t discordant = only_a + only_b;
  if (discordant == 0) return 1;
  const int64_t fewer = static_cast<int64_t>(std::min(only_a, only_b));
  return std::min(1.0, 2 * binomial_cdf(fewer, discordant, 0.5));
}

ChiSquareTest mcnemar_chi_square(uint64_t only_a, uint64_t only_b, bool corrected) {
  const double a = static_cast<double>(only_a);
  const double b = static_cast<double>(only_b);
  const double apart = std::fabs(a - b) - (corrected ? 1 : 0);
  ChiSquareTest out;
  if (a + b == 0 && !corrected) return out;
  out.statistic = a + b > 0 ? apart * apart / (a + b) : std::numeric_limits<double>::infinity();
  out.p_value = chi_square_upper(*out.statistic, 1);
  return out;
}

Estimate newcombe_paired(const PairedCounts& counts, double confidence) {
  Estimate out;
  out.n = counts.both + counts.only_a + counts.only_b + counts.neither;
  out.method = "newcombe paired";
  if (out.n == 0) return out;
  const Estimate a = wilson(counts.both + counts.only_a, out.n, confidence);
  const Estimate b = wilson(counts.both + counts.only_b, out.n, confidence);
  // From the counts, not from the rates: equal counts differ by exactly 0.
  const double difference =
      (static_cast<double>(counts.only_a) - static_cast<double>(counts.only_b)) /
      static_cast<double>(out.n);
  const double phi = corrected_phi(counts);
  out.value = difference;
  out.ci_low =
      std::max(-1.0, difference - joined(*a.value - *a.ci_low, *b.ci_high - *b.value, phi));
  out.ci_high =
      std::min(1.0, difference + joined(*a.ci_high - *a.value, *b.value - *b.ci_low, phi));
  return out;
}

PairedTest mcnemar_newcombe(const PairedCounts& counts, double confidence) {
  PairedTest out;
  out.difference = newcombe_paired(counts, confidence);
  if (out.difference.n > 0) out.p_value = mcnemar_exact(counts.only_a, counts.only_b);
  return out;
}

}  // namespace assay::stats
