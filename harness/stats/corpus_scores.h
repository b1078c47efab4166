// BLEU and chrF from sufficient statistics: counts that add up over the samples of a corpus, so
// that the figure of a corpus is that of the sums and not a mean of sentence scores.
//
// Where it stands: harness/stats; called by harness/aggregate with the sums of Score::parts, and by
// the scorers `bleu` and `chrf` for one sentence. Pure; any thread.
//
//   std::vector<double> sums = ...;                 // Score::parts added up, place by place
//   stats::bleu_from_sums(sums);                    // 0..100
//   stats::chrf_from_sums(sums, 2);                 // 0..100
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::stats {

// What stands for the matches of an order that has none (Chen and Cherry, WMT 2014).
enum class BleuSmoothing : uint8_t {
  kNone,   // nothing: the score is 0
  kFloor,  // `value` matches
  kAddK,   // `value` more matches and candidates for n > 1, in every order
  kExp,    // 1/2, 1/4, ... match for the first, second, ... such order (NIST)
};

struct BleuRule {
  BleuSmoothing smoothing = BleuSmoothing::kExp;
  double value = 0;              // of kFloor and kAddK
  bool effective_order = false;  // only orders of which the candidates have n-grams
};

struct BleuFigure {
  double score = 0;                // 0..100
  double brevity_penalty = 0;      // 0..1
  std::vector<double> matches;     // [order], after add-k
  std::vector<double> candidates;  // [order], after add-k
  std::vector<double> precisions;  // [order], percent, after smoothing
  double hypothesis_length = 0;    // tokens
  double reference_length = 0;     // tokens
};

// Formula: BP * exp(mean over n of ln p_n), p_n = 100 * matches_n / candidates_n, BP = exp(1 - r/c)
// where the hypothesis length c is below the reference length r, else 1.
// Shape of `sums`: [matches of n = 1..N, candidates of n = 1..N, c, r].
// Edge cases: no match in any order: score 0 and precisions 0 whatever the smoothing; c = 0: BP 0;
// an order without candidates ends the sum (and with kExp leaves a precision of 0, so score 0,
// unless effective_order); fewer than 4 numbers: 0.
// Source: sacreBLEU 2.6, metrics/bleu.py (compute_bleu).
BleuFigure bleu_figure(std::span<const double> sums, const BleuRule& rule);

// The corpus figure of Aggregation::kBleu: exponential smoothing, no effective order.
double bleu_from_sums(std::span<const double> sums);

// Formula: 100 * (1 + b²) P R / (b² P + R), b = beta; P and R are the means of matches / hypothesis
// n-grams and of matches / reference n-grams over the orders that have both. With
// `epsilon_smoothing` instead 100 * the mean over all orders of their F, with 1e-16 for what is
// undefined.
// Shape of `sums`: for each order [hypothesis n-grams, reference n-grams, matches]; character
// orders before word orders. Edge cases: no order has both: 0; no order at all: 0. Source:
// sacreBLEU 2.6, metrics/chrf.py (_compute_f_score); Popović, WMT 2015.
double chrf_from_sums(std::span<const double> sums, double beta, bool epsilon_smoothing = false);

}  // namespace assay::stats
