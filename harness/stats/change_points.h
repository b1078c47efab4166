// Change points of a short series of figures: where its distribution changed, for drift over runs.
//
// Where it stands: harness/stats, called by harness/aggregate/history. Pure; any thread; the same
// series and seed give the same answer anywhere.
//
//   const ChangePoints found = stats::change_points(accuracy_by_run, {});
//   for (const ChangePoint& p : found.points) say(p.index, p.p_value);   // first value of the new
//
// E-divisive: for x[s..t) | x[t..k) the energy distance with exponent 1,
//   E = 2/(nm) ΣΣ|x_i - y_j| - Σ_{i<j}|x_i - x_j| / C(n,2) - Σ_{i<j}|y_i - y_j| / C(m,2),
//   Q = nm/(n+m) E,
// is maximised over t and k in every segment found so far, both sides with at least min_size
// values; the best of all segments is tested against `permutations` rearrangements of the values
// inside their segments, p = (1 + #{Q* >= Q}) / (1 + permutations), and splits its segment when p
// <= significance. The first split that fails ends the search. Cost: O(n²) for each rearrangement,
// so (permutations + 1) n² for each change point; memory O(n). Edge cases: fewer than 2 min_size
// values, all equal: no points; NaN or infinity: refused. With 3 against 3 values there are too few
// rearrangements for 5 %: about 4 against 4 is the least that can be found. A value's own
// uncertainty is not used: each counts the same. Source: D. S. Matteson and N. A. James, "A
// nonparametric approach for multiple change point analysis of multivariate data", JASA 109 (2014)
// 334; the R package ecp, e.divisive(alpha = 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::stats {

struct ChangePointOptions {
  double significance = 0.05;
  size_t min_size = 3;  // values on each side; at least 2
  uint32_t permutations = 199;
  uint64_t seed = 1;
  size_t points_max = 16;  // the search ends with so many: its time is bounded
};

struct ChangePoint {
  size_t index = 0;      // of the first value after the change
  double statistic = 0;  // Q
  double p_value = 1;
};

struct ChangePoints {
  std::vector<ChangePoint> points;  // by index
  std::string refused;              // why nothing was looked for; empty: it was
};

ChangePoints change_points(std::span<const double> series, const ChangePointOptions& options);

// The best split of one segment: the largest Q over both ends, without any test. index 0: too
// short.
ChangePoint best_split(std::span<const double> segment, size_t min_size);

}  // namespace assay::stats
