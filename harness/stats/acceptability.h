// Rank acceptability: how often a candidate takes each rank when nobody has said what matters how
// much (SMAA-2), or when somebody has, within ranges.
//
// Where it stands: harness/stats, called by harness/aggregate/decision_figures.cc. Pure; any
// thread.
//
//   const Acceptability all = stats::rank_acceptability(draws, {}, {.seed = 1});
//   const double first = all.rank(2, 0);        // share of weightings with which model 2 is first
//
// Utility of candidate i under weights w: Σ_k w_k u_ik, u_ik = (x_ik - min_k) / (max_k - min_k)
// over the candidates of that draw, 0 for all where they are equal. Weights: uniform on the
// simplex, w = e / Σ e of unit exponentials e; or uniform in the ranges given, divided by their
// sum. Each draw of the figures gets `weightings` draws of weights, so that both uncertainties are
// in the shares. Candidates of equal utility (within 1e-12) share the ranks they take, so that two
// equal candidates have a half each.
// Source: Lahdelma and Salminen, "SMAA-2", Operations Research 49 (2001) 444; weights by
// exponential spacings: Devroye, Non-Uniform Random Variate Generation (1986), V.2. The scaling is
// theirs too (linear, over the alternatives); a caller who wants ratios to count hands logarithms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

// [draws × candidates × criteria], row-major; larger is better. A draw with a value that is not
// finite is left out.
struct CandidateDraws {
  std::span<const double> values;
  size_t candidates = 0;
  size_t criteria = 0;
};

struct WeightBounds {
  double low = 0;
  double high = 0;
};

struct AcceptabilityOptions {
  uint32_t weightings = 8;  // for each draw
  uint64_t seed = 1;
};

struct Acceptability {
  size_t candidates = 0;
  size_t criteria = 0;
  std::vector<double> ranks;          // [candidates × ranks]: b_i^r, rows and columns sum to 1
  std::vector<double> expected_rank;  // from 1
  std::vector<double> central;  // [candidates × criteria]: mean weights of being first; NaN: never
  uint64_t draws = 0;           // used
  [[nodiscard]] double rank(size_t candidate, size_t r) const {
    return ranks[candidate * candidates + r];
  }
};

// `bounds` empty: any weighting; else one for each criterion, 0 <= low <= high (programmer errors).
// Weights drawn that are all 0: the draw counts as equal for all. No draw used: zeros.
Acceptability rank_acceptability(const CandidateDraws& draws, std::span<const WeightBounds> bounds,
                                 const AcceptabilityOptions& options);

// u_ik of one draw as above: [candidates × criteria].
std::vector<double> scaled_utilities(std::span<const double> values, size_t candidates,
                                     size_t criteria);

}  // namespace assay::stats
