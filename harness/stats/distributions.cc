#include "harness/stats/distributions.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace assay::stats {
namespace {

namespace policies = boost::math::policies;

// Errors become NaN instead of exceptions; doubles stay doubles, so that every machine computes the
// same.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>, policies::promote_double<false>>;
using Normal = boost::math::normal_distribution<double, Quiet>;
using Student = boost::math::students_t_distribution<double, Quiet>;
using Beta = boost::math::beta_distribution<double, Quiet>;
using ChiSquare = boost::math::chi_squared_distribution<double, Quiet>;
using Binomial = boost::math::binomial_distribution<double, Quiet>;

}  // namespace

double normal_quantile(double p) { return boost::math::quantile(Normal(0, 1), p); }

double normal_cdf(double z) { return boost::math::cdf(Normal(0, 1), z); }

double normal_two_sided(double z) {
  return 2 * boost::math::cdf(boost::math::complement(Normal(0, 1), std::fabs(z)));
}

double normal_upper(double z) {
  if (std::isinf(z)) return z > 0 ? 0 : 1;
  return boost::math::cdf(boost::math::complement(Normal(0, 1), z));
}

double chi_square_upper(double x, double degrees) {
  if (std::isinf(x)) return x > 0 ? 0 : 1;
  return boost::math::cdf(boost::math::complement(ChiSquare(degrees), x));
}

double student_quantile(double p, double degrees) {
  return boost::math::quantile(Student(degrees), p);
}

double student_two_sided(double t, double degrees) {
  return 2 * boost::math::cdf(boost::math::complement(Student(degrees), std::fabs(t)));
}

double beta_quantile(double p, double a, double b) { return boost::math::quantile(Beta(a, b), p); }

double binomial_cdf(int64_t k, uint64_t n, double p) {
  if (k < 0) return 0;
  if (static_cast<uint64_t>(k) >= n) return 1;
  return boost::math::cdf(Binomial(static_cast<double>(n), p), static_cast<double>(k));
}

double binomial_pmf(uint64_t k, uint64_t n, double p) {
  if (k > n) return 0;
  return boost::math::pdf(Binomial(static_cast<double>(n), p), static_cast<double>(k));
}

}  // namespace assay::stats
