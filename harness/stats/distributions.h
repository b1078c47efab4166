// Distributions: the few quantiles and tail areas that intervals and tests need. The one place that
// uses Boost.Math; it never throws (a value outside the domain gives NaN).
//
// Where it stands: bottom of harness/stats; called by the other files there, on any thread.
//
//   const double z = stats::normal_quantile(0.975);          // 1.959963984540054
//   const double p = stats::student_two_sided(t, degrees);   // 2 P(T >= |t|)
#pragma once

#include <cstdint>

namespace assay::stats {

inline constexpr double kDefaultConfidence = 0.95;

// Quantile of N(0,1); p in (0, 1).
double normal_quantile(double p);
// P(Z <= z).
double normal_cdf(double z);
// 2 P(Z >= |z|).
double normal_two_sided(double z);
// P(Z >= z).
double normal_upper(double z);
// P(X >= x), X ~ chi-squared with these degrees; x >= 0 (infinity: 0), degrees > 0.
double chi_square_upper(double x, double degrees);
// Quantile of Student's t; p in (0, 1), degrees > 0.
double student_quantile(double p, double degrees);
// 2 P(T >= |t|); degrees > 0.
double student_two_sided(double t, double degrees);
// Quantile of Beta(a, b); a, b > 0, p in [0, 1].
double beta_quantile(double p, double a, double b);
// P(B <= k), B ~ Binomial(n, p); 0 for k < 0 and 1 for k >= n.
double binomial_cdf(int64_t k, uint64_t n, double p);
// P(B = k); 0 for k > n.
double binomial_pmf(uint64_t k, uint64_t n, double p);

}  // namespace assay::stats
