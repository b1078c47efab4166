#include "harness/stats/welch.h"

#include <cmath>
#include <limits>

#include "harness/stats/distributions.h"
#include "harness/stats/mean.h"

namespace assay::stats {

WelchTest welch(std::span<const double> a, std::span<const double> b) {
  WelchTest out;
  const MeanError of_a = mean_error(a);
  const MeanError of_b = mean_error(b);
  if (!of_a.error || !of_b.error) return out;
  const double difference = *of_a.mean - *of_b.mean;
  const double variance_a = *of_a.error * *of_a.error;
  const double variance_b = *of_b.error * *of_b.error;
  const double variance = variance_a + variance_b;
  if (variance <= 0) {
    if (difference == 0) return out;
    out.t = std::copysign(std::numeric_limits<double>::infinity(), difference);
    out.p_value = 0;
    return out;
  }
  // Shares, because squares of small variances underflow.
  const double share_a = variance_a / variance;
  const double share_b = variance_b / variance;
  out.degrees = 1 / (share_a * share_a / (static_cast<double>(a.size()) - 1) +
                     share_b * share_b / (static_cast<double>(b.size()) - 1));
  out.t = difference / std::sqrt(variance);
  out.p_value = student_two_sided(*out.t, *out.degrees);
  return out;
}

}  // namespace assay::stats
