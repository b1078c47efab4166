// fit_logistic: multinomial logistic regression with an L2 penalty, fitted by L-BFGS.
//
//   minimise over W [columns x classes]
//     f(W) = c * sum_i ( ln sum_k exp(z_ik) - z_i,y(i) ) + 1/2 |W|^2      with  z = X W
//
// X: [rows x columns], sparse; y: the class of each row. c > 0: larger trusts the data more. There
// is no separate intercept: give X a constant column. f is strictly convex, so the solution is
// unique and does not depend on the start (W = 0) or on chance; the arithmetic is single-threaded
// and in a fixed order.
//
// Method: every iterate of L-BFGS from W = 0 lies in the row space of X, W = X^T A. The iteration
// is carried out on A [rows x classes] with the inner product <A, B> = tr(A^T X X^T B), which gives
// the same steps as in W at a fraction of the memory (rows are fewer than n-grams), and a line
// search that needs no product with X. Memory of 8 pairs; weak Wolfe conditions (1e-4, 0.9) by
// bisection and doubling.
// Edge cases: no rows or one class gives W = 0. Not converged within the limit: the last iterate,
// and `converged` is false.
// Sources: Nocedal and Wright, "Numerical Optimization" (2nd ed.), algorithms 7.4 and 7.5; Lewis
// and Overton, "Nonsmooth optimization via quasi-Newton methods" (2013), algorithm 2.6.
//
//   const LogisticFit fit = fit_logistic(rows, labels, 3, {.c = 10});
//   fit.weights[column * 3 + k]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::backends {

// Compressed rows: row i has entries [starts[i], starts[i + 1]), columns ascending.
struct SparseRows {
  size_t columns = 0;
  std::vector<size_t> starts = {0};
  std::vector<uint32_t> column;
  std::vector<double> value;
  [[nodiscard]] size_t rows() const { return starts.size() - 1; }
};

struct LogisticOptions {
  double c = 1.0;
  double tolerance = 1e-5;  // stop when |gradient| <= tolerance * |gradient at 0|
  int iterations_max = 500;
};

struct LogisticFit {
  std::vector<double> weights;  // [columns x classes], row by row
  int iterations = 0;
  double objective = 0;
  double gradient_norm = 0;  // |df/dW| at the weights
  bool converged = false;
};

// labels: one per row, each below `classes`; classes >= 1.
LogisticFit fit_logistic(const SparseRows& rows, std::span<const uint32_t> labels, size_t classes,
                         const LogisticOptions& options);

}  // namespace assay::backends
