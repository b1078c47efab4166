#include "harness/stats/corpus_scores.h"

#include <algorithm>
#include <cmath>

namespace assay::stats {
namespace {

constexpr double kLogOfZero = -9999999999.0;  // sacreBLEU's; e to its quarter is 0
constexpr double kEpsilon = 1e-16;            // sacreBLEU's, of chrF

double log_or_floor(double value) { return value == 0 ? kLogOfZero : std::log(value); }

double brevity_penalty(double hypothesis_length, double reference_length) {
  if (hypothesis_length >= reference_length) return 1;
  return hypothesis_length > 0 ? std::exp(1 - reference_length / hypothesis_length) : 0;
}

// Fills the precisions; returns how many orders count.
size_t fill_precisions(const BleuRule& rule, BleuFigure& figure) {
  size_t effective = figure.precisions.size();
  double halves = 1;
  for (size_t n = 0; n < figure.precisions.size(); ++n) {
    if (rule.smoothing == BleuSmoothing::kAddK && n > 0) {
      figure.matches[n] += rule.value;
      figure.candidates[n] += rule.value;
    }
    if (figure.candidates[n] == 0) break;
    if (rule.effective_order) effective = n + 1;
    if (figure.matches[n] != 0) {
      figure.precisions[n] = 100 * figure.matches[n] / figure.candidates[n];
    } else if (rule.smoothing == BleuSmoothing::kExp) {
      halves *= 2;
      figure.precisions[n] = 100 / (halves * figure.candidates[n]);
    } else if (rule.smoothing == BleuSmoothing::kFloor) {
      figure.precisions[n] = 100 * rule.value / figure.candidates[n];
    }
  }
  return effective;
}

struct OrderRates {
  double precision = kEpsilon;
  double recall = kEpsilon;
  bool has_both = false;
};

OrderRates rates_of(std::span<const double> order) {
  OrderRates rates;
  if (order[0] > 0) rates.precision = order[2] / order[0];
  if (order[1] > 0) rates.recall = order[2] / order[1];
  rates.has_both = order[0] > 0 && order[1] > 0;
  return rates;
}

}  // namespace

BleuFigure bleu_figure(std::span<const double> sums, const BleuRule& rule) {
  BleuFigure figure;
  if (sums.size() < 4) return figure;
  const size_t orders = (sums.size() - 2) / 2;
  figure.matches.assign(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(orders));
  figure.candidates.assign(sums.begin() + static_cast<std::ptrdiff_t>(orders),
                           sums.begin() + static_cast<std::ptrdiff_t>(2 * orders));
  figure.precisions.assign(orders, 0);
  figure.hypothesis_length = sums[2 * orders];
  figure.reference_length = sums[2 * orders + 1];
  figure.brevity_penalty = brevity_penalty(figure.hypothesis_length, figure.reference_length);
  if (std::all_of(figure.matches.begin(), figure.matches.end(), [](double m) { return m == 0; })) {
    return figure;
  }
  const size_t effective = fill_precisions(rule, figure);
  double logs = 0;
  for (size_t n = 0; n < effective; ++n) logs += log_or_floor(figure.precisions[n]);
  figure.score = figure.brevity_penalty * std::exp(logs / static_cast<double>(effective));
  return figure;
}

double bleu_from_sums(std::span<const double> sums) { return bleu_figure(sums, {}).score; }

double chrf_from_sums(std::span<const double> sums, double beta, bool epsilon_smoothing) {
  const size_t orders = sums.size() / 3;
  if (orders == 0) return 0;
  const double factor = beta * beta;
  double f_sum = 0;
  double precision = 0;
  double recall = 0;
  double effective = 0;
  for (size_t i = 0; i < orders; ++i) {
    const OrderRates rates = rates_of(sums.subspan(3 * i, 3));
    const double denominator = factor * rates.precision + rates.recall;
    f_sum +=
        denominator > 0 ? (1 + factor) * rates.precision * rates.recall / denominator : kEpsilon;
    if (!rates.has_both) continue;
    precision += rates.precision;
    recall += rates.recall;
    ++effective;
  }
  if (epsilon_smoothing) return 100 * f_sum / static_cast<double>(orders);
  if (effective == 0 || precision + recall == 0) return 0;
  precision /= effective;
  recall /= effective;
  return 100 * ((1 + factor) * precision * recall / (factor * precision + recall));
}

}  // namespace assay::stats
