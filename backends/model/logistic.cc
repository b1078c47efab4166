#include "backends/model/logistic.h"

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "harness/base/check.h"

namespace assay::backends {
namespace {

constexpr size_t kPairsKept = 8;
constexpr int kLineSearchStepsMax = 60;
constexpr double kArmijo = 1e-4;
constexpr double kCurvature = 0.9;

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Sparse = Eigen::SparseMatrix<double, Eigen::RowMajor>;

// A vector of the optimisation: coefficients a and their image X X^T a. With both, inner products
// and sums need no product with X.
struct Point {
  Matrix a;
  Matrix image;

  [[nodiscard]] double dot(const Point& other) const { return a.cwiseProduct(other.image).sum(); }
  void add(double scale, const Point& other) {
    a += scale * other.a;
    image += scale * other.image;
  }
  void scale(double factor) {
    a *= factor;
    image *= factor;
  }
};

struct Pair {
  Point step;
  Point change;    // of the gradient
  double rho = 0;  // 1 / <step, change>
};

// The loss part of f: c * sum of the rows' log losses at logits z, and c * (P - Y) in `residual`.
class Loss {
 public:
  Loss(std::span<const uint32_t> labels, double c) : labels_(labels), c_(c) {}

  double value(const Matrix& z, Matrix& residual) const {
    double total = 0;
    residual.resize(z.rows(), z.cols());
    for (Eigen::Index i = 0; i < z.rows(); ++i) {
      const double highest = z.row(i).maxCoeff();
      residual.row(i) = (z.row(i).array() - highest).exp().matrix();
      const double sum = residual.row(i).sum();
      const auto label = static_cast<Eigen::Index>(labels_[static_cast<size_t>(i)]);
      total += std::log(sum) + highest - z(i, label);
      residual.row(i) *= c_ / sum;
      residual(i, label) -= c_;
    }
    return c_ * total;
  }

 private:
  std::span<const uint32_t> labels_;
  double c_;
};

class Solver {
 public:
  Solver(const Sparse& x, std::span<const uint32_t> labels, size_t classes,
         const LogisticOptions& options)
      : x_(x), loss_(labels, options.c), options_(options) {
    const Matrix zero = Matrix::Zero(x.rows(), static_cast<Eigen::Index>(classes));
    at_ = {zero, zero};
  }

  LogisticFit solve() {
    LogisticFit fit;
    evaluate(fit);
    const double target = options_.tolerance * fit.gradient_norm;
    while (fit.gradient_norm > target && fit.iterations < options_.iterations_max) {
      if (!advance(fit)) break;  // no further progress in floating point
      ++fit.iterations;
    }
    fit.converged = fit.gradient_norm <= target;
    const Matrix weights = x_.transpose() * at_.a;
    fit.weights.assign(weights.data(), weights.data() + weights.size());
    return fit;
  }

 private:
  // Objective and gradient at at_.
  void evaluate(LogisticFit& fit) {
    Matrix residual;
    fit.objective = loss_.value(at_.image, residual) + 0.5 * at_.dot(at_);
    gradient_.a = residual + at_.a;
    const Matrix in_weights = x_.transpose() * gradient_.a;
    gradient_.image = x_ * in_weights;
    fit.gradient_norm = in_weights.norm();
  }

  // One step of L-BFGS; false when the line search finds none.
  bool advance(LogisticFit& fit) {
    Point direction = descent_direction();
    const double slope = direction.dot(gradient_);
    if (!(slope < 0)) return false;
    const double first = pairs_.empty() ? 1.0 / std::max(1.0, fit.gradient_norm) : 1.0;
    const double t = line_search(direction, fit.objective, slope, first);
    if (t <= 0) return false;
    at_.add(t, direction);
    Pair pair{std::move(direction), gradient_, 0};
    pair.step.scale(t);
    evaluate(fit);
    pair.change.scale(-1);
    pair.change.add(1, gradient_);
    remember(std::move(pair));
    return true;
  }

  void remember(Pair pair) {
    const double curvature = pair.step.dot(pair.change);
    // Above 0 in exact arithmetic, by strict convexity; rounding can spoil the last steps.
    if (!(curvature > 0)) return;
    pair.rho = 1.0 / curvature;
    if (pairs_.size() == kPairsKept) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }

  // Two-loop recursion: -H * gradient.
  [[nodiscard]] Point descent_direction() const {
    Point q = gradient_;
    std::vector<double> alphas(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].rho * pairs_[i].step.dot(q);
      q.add(-alphas[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      q.scale(1.0 / (last.rho * last.change.dot(last.change)));
    }
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * pairs_[i].change.dot(q);
      q.add(alphas[i] - beta, pairs_[i].step);
    }
    q.scale(-1);
    return q;
  }

  // A step length that fulfils the weak Wolfe conditions; 0 when rounding leaves none.
  [[nodiscard]] double line_search(const Point& direction, double objective, double slope,
                                   double first) const {
    const double norm2 = direction.dot(direction);
    const double along = at_.dot(direction);
    const double penalty = 0.5 * at_.dot(at_);
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    double t = first;
    Matrix residual;
    for (int i = 0; i < kLineSearchStepsMax; ++i) {
      const Matrix z = at_.image + t * direction.image;
      const double value = loss_.value(z, residual) + penalty + t * along + 0.5 * t * t * norm2;
      const double derivative = residual.cwiseProduct(direction.image).sum() + along + t * norm2;
      if (!(value <= objective + kArmijo * t * slope)) {
        high = t;
      } else if (derivative < kCurvature * slope) {
        low = t;
      } else {
        return t;
      }
      t = std::isinf(high) ? 2 * t : 0.5 * (low + high);
    }
    return low;
  }

  const Sparse& x_;
  const Loss loss_;
  const LogisticOptions options_;
  Point at_;
  Point gradient_;
  std::deque<Pair> pairs_;
};

Sparse to_eigen(const SparseRows& rows) {
  Sparse x(static_cast<Eigen::Index>(rows.rows()), static_cast<Eigen::Index>(rows.columns));
  x.reserve(static_cast<Eigen::Index>(rows.value.size()));
  for (size_t i = 0; i < rows.rows(); ++i) {
    x.startVec(static_cast<Eigen::Index>(i));
    for (size_t e = rows.starts[i]; e < rows.starts[i + 1]; ++e) {
      x.insertBack(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(rows.column[e])) =
          rows.value[e];
    }
  }
  x.finalize();
  return x;
}

}  // namespace

LogisticFit fit_logistic(const SparseRows& rows, std::span<const uint32_t> labels, size_t classes,
                         const LogisticOptions& options) {
  ASSAY_CHECK(labels.size() == rows.rows(), "{} labels of {} rows", labels.size(), rows.rows());
  ASSAY_CHECK(classes >= 1, "no classes");
  for (const uint32_t label : labels) {
    ASSAY_CHECK(label < classes, "label {} of {} classes", label, classes);
  }
  if (rows.rows() == 0 || classes == 1) {
    LogisticFit fit;
    fit.weights.assign(rows.columns * classes, 0.0);
    fit.converged = true;
    return fit;
  }
  const Sparse x = to_eigen(rows);
  return Solver(x, labels, classes, options).solve();
}

}  // namespace assay::backends
