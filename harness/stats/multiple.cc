#include "harness/stats/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assay::stats {
namespace {

// Places of the p-values that are numbers, ascending by value.
std::vector<size_t> ascending(std::span<const double> p_values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return p_values[x] < p_values[y]; });
  return order;
}

// Of sorted p-values: what becomes of them, and how many of the smallest are rejected.
struct Sorted {
  std::vector<double> adjusted;
  size_t rejected = 0;
};

size_t at_most(std::span<const double> sorted, double limit) {
  return static_cast<size_t>(std::upper_bound(sorted.begin(), sorted.end(), limit) -
                             sorted.begin());
}

Sorted one_step(Adjustment method, std::span<const double> sorted, double alpha) {
  const auto m = static_cast<double>(sorted.size());
  const bool sidak = method == Adjustment::kSidak;
  Sorted out;
  for (const double p : sorted) {
    out.adjusted.push_back(sidak ? -std::expm1(m * std::log1p(-p)) : m * p);
  }
  out.rejected = at_most(sorted, sidak ? 1 - std::pow(1 - alpha, 1 / m) : alpha / m);
  return out;
}

Sorted step_down(std::span<const double> sorted, double alpha) {
  Sorted out;
  double running = 0;
  bool open = true;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const auto left = static_cast<double>(sorted.size() - i);
    running = std::max(running, std::min(1.0, left * sorted[i]));
    out.adjusted.push_back(running);
    open = open && sorted[i] <= alpha / left;
    if (open) ++out.rejected;
  }
  return out;
}

// Wright's form of Hommel's adjustment: for m from all down to 2, the Simes minimum of the m
// largest is a floor for them, and a ceiling on m p for the smaller ones.
Sorted hommel(std::span<const double> sorted, double alpha) {
  Sorted out;
  out.adjusted.assign(sorted.begin(), sorted.end());
  const size_t n = sorted.size();
  for (size_t m = n; m > 1; --m) {
    const auto count = static_cast<double>(m);
    const size_t first = n - m;
    double least = 1;
    for (size_t k = 0; k < m; ++k) {
      least = std::min(least, count * sorted[first + k] / static_cast<double>(k + 1));
    }
    for (size_t i = 0; i < n; ++i) {
      const double floor = i < first ? std::min(count * sorted[i], least) : least;
      out.adjusted[i] = std::max(out.adjusted[i], floor);
    }
  }
  for (const double p : out.adjusted) {
    if (p <= alpha) ++out.rejected;
  }
  return out;
}

Sorted discovery_rate(std::span<const double> sorted, double alpha, double factor) {
  Sorted out;
  out.adjusted.resize(sorted.size());
  const auto m = static_cast<double>(sorted.size());
  double running = 1;
  for (size_t i = sorted.size(); i-- > 0;) {
    const double share = static_cast<double>(i + 1) / m / factor;
    running = std::min(running, sorted[i] / share);
    out.adjusted[i] = running;
    if (out.rejected == 0 && sorted[i] <= share * alpha) out.rejected = i + 1;
  }
  return out;
}

double harmonic(size_t m) {
  double sum = 0;
  for (size_t k = 1; k <= m; ++k) sum += 1 / static_cast<double>(k);
  return sum;
}

Sorted adjust_sorted(Adjustment method, std::span<const double> sorted, double alpha) {
  switch (method) {
    case Adjustment::kBonferroni:
    case Adjustment::kSidak:
      return one_step(method, sorted, alpha);
    case Adjustment::kHolm:
      return step_down(sorted, alpha);
    case Adjustment::kHommel:
      return hommel(sorted, alpha);
    case Adjustment::kBenjaminiHochberg:
      return discovery_rate(sorted, alpha, 1);
    case Adjustment::kBenjaminiYekutieli:
      return discovery_rate(sorted, alpha, harmonic(sorted.size()));
  }
  return {};
}

}  // namespace

std::vector<double> holm(std::span<const double> p_values) {
  return adjust(Adjustment::kHolm, p_values, 0).p_values;
}

AdjustedTests adjust(Adjustment method, std::span<const double> p_values, double alpha) {
  const std::vector<size_t> order = ascending(p_values);
  std::vector<double> sorted;
  sorted.reserve(order.size());
  for (const size_t i : order) sorted.push_back(p_values[i]);
  const Sorted result = adjust_sorted(method, sorted, alpha);
  AdjustedTests out;
  out.p_values.assign(p_values.begin(), p_values.end());
  out.rejected.assign(p_values.size(), false);
  for (size_t rank = 0; rank < order.size(); ++rank) {
    out.p_values[order[rank]] = std::min(1.0, result.adjusted[rank]);
    out.rejected[order[rank]] = rank < result.rejected;
  }
  return out;
}

}  // namespace assay::stats
