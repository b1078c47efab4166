// Pooled ratios: figures of the form R = Σ num / Σ den over samples. CER is edits over reference
// length, F1 is 2tp over 2tp + fp + fn, and an ordinary mean is the case den = 1.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread; terms are added in
// the order given.
//
//   const Estimate cer = stats::ratio(edits, lengths, page_of_line);
//   const RatioDifference d = stats::ratio_difference(edits_a, lengths_a, edits_b, lengths_b, {});
//
// Error of R by linearisation (delta method): with D = Σ den and residual u_i = (num_i - R den_i) /
// D,
//   SE² = C / (C - 1) · Σ_c (Σ_{i in c} u_i)²,  interval R ± t(C - 1) SE,  C clusters (or samples).
// With den = 1 and no clusters this is exactly s / sqrt(n).
// Source: Cochran, Sampling Techniques (3rd ed.), 6.4 and 11.12; Taylor linearisation as in R
// survey svyratio. Edge cases: D = 0: no value; C = 1: no interval; NaN, infinity or a negative
// weight: refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "harness/stats/distributions.h"
#include "harness/types/estimate.h"

namespace assay::stats {

struct RatioTerm {
  double numerator = 0;
  double weight = 0;
};
// Term i of n; read several times, so that a caller with a compact store need not copy it.
using RatioTerms = std::function<RatioTerm(size_t)>;

// `clusters` empty: samples are independent. n counts samples.
Estimate ratio(size_t n, const RatioTerms& terms, std::span<const uint32_t> clusters,
               double confidence = kDefaultConfidence);
Estimate ratio(std::span<const double> numerators, std::span<const double> weights,
               std::span<const uint32_t> clusters, double confidence = kDefaultConfidence);

// SE of R alone; none for fewer than two clusters or no ratio.
std::optional<double> ratio_error(size_t n, const RatioTerms& terms,
                                  std::span<const uint32_t> clusters);

struct RatioDifference {
  Estimate estimate;  // Ra - Rb with its paired interval
  std::optional<double>
      p_value;                  // two-sided t; none when all residuals are 0 but the ratios differ
  std::optional<double> error;  // SE of the difference; none for fewer than two clusters
};

// Ra - Rb of two models on the same samples, residuals u_i = ua_i - ub_i (pairing removes what the
// two share). With all weights 1 this is the paired t test. All residuals 0 and Ra = Rb: p = 1.
RatioDifference ratio_difference(size_t n, const RatioTerms& a, const RatioTerms& b,
                                 std::span<const uint32_t> clusters,
                                 double confidence = kDefaultConfidence);
RatioDifference ratio_difference(std::span<const double> numerators_a,
                                 std::span<const double> weights_a,
                                 std::span<const double> numerators_b,
                                 std::span<const double> weights_b,
                                 std::span<const uint32_t> clusters,
                                 double confidence = kDefaultConfidence);

}  // namespace assay::stats
