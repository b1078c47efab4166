// BLEU and chrF from sums: closed forms and the edge cases of sacreBLEU.
#include "harness/stats/corpus_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace assay::stats {
namespace {

using Sums = std::vector<double>;

TEST(BleuFromSums, GeometricMeanTimesPenalty) {
  // Precisions 1/2, 1/4, 1/8, 1/16: geometric mean 2^-2.5; BP = exp(1 - 20/16).
  const Sums sums{8, 4, 2, 1, 16, 16, 16, 16, 16, 20};
  EXPECT_NEAR(bleu_from_sums(sums), 100 * std::exp2(-2.5) * std::exp(1 - 20.0 / 16), 1e-9);
  const BleuFigure figure = bleu_figure(sums, {});
  EXPECT_EQ(figure.precisions, (Sums{50, 25, 12.5, 6.25}));
  EXPECT_NEAR(figure.brevity_penalty, std::exp(-0.25), 1e-12);
}

TEST(BleuFromSums, Smoothing) {
  const Sums sums{4, 2, 0, 0, 5, 4, 3, 2, 5, 5};
  const auto score = [&](BleuSmoothing smoothing, double value) {
    return bleu_figure(sums, {smoothing, value, false}).score;
  };
  const auto mean = [](double a, double b, double c, double d) {
    return 100 * std::pow(a * b * c * d, 0.25);
  };
  EXPECT_NEAR(score(BleuSmoothing::kExp, 0), mean(0.8, 0.5, 1.0 / 6, 1.0 / 8), 1e-9);
  EXPECT_NEAR(score(BleuSmoothing::kFloor, 0.1), mean(0.8, 0.5, 0.1 / 3, 0.1 / 2), 1e-9);
  EXPECT_NEAR(score(BleuSmoothing::kAddK, 1), mean(0.8, 3.0 / 5, 1.0 / 4, 1.0 / 3), 1e-9);
  EXPECT_EQ(score(BleuSmoothing::kNone, 0), 0);
}

TEST(BleuFromSums, ShortTexts) {
  // Two tokens, both right: no 3-grams to be right or wrong.
  const Sums sums{2, 1, 0, 0, 2, 1, 0, 0, 2, 2};
  EXPECT_EQ(bleu_from_sums(sums), 0);
  EXPECT_NEAR(bleu_figure(sums, {.effective_order = true}).score, 100, 1e-9);
  // Nothing matches: 0 whatever the smoothing.
  EXPECT_EQ(bleu_figure(Sums{0, 0, 3, 2, 3, 3}, {BleuSmoothing::kAddK, 1, true}).score, 0);
  EXPECT_EQ(bleu_from_sums(Sums{0, 0, 0, 0, 0, 0, 0, 0, 0, 4}), 0);
  EXPECT_EQ(bleu_from_sums({}), 0);
}

TEST(ChrfFromSums, MeanOfOrdersThenF) {
  // Precision (1/2 + 1/4) / 2, recall (1 + 1/2) / 2; b = 2 weighs recall four times.
  const Sums sums{4, 2, 2, 4, 2, 1};
  const double p = 0.375;
  const double r = 0.75;
  EXPECT_NEAR(chrf_from_sums(sums, 2), 100 * 5 * p * r / (4 * p + r), 1e-9);
  EXPECT_NEAR(chrf_from_sums(sums, 1), 100 * 2 * p * r / (p + r), 1e-9);
}

TEST(ChrfFromSums, OrdersThatNobodyHas) {
  const Sums sums{2, 2, 2, 0, 0, 0};
  EXPECT_NEAR(chrf_from_sums(sums, 2), 100, 1e-9);
  EXPECT_NEAR(chrf_from_sums(sums, 2, true), 50, 1e-9);  // the empty order counts as (almost) 0
  EXPECT_EQ(chrf_from_sums(Sums{3, 0, 0}, 2), 0);
  EXPECT_EQ(chrf_from_sums({}, 2), 0);
}

}  // namespace
}  // namespace assay::stats
