// Corpus figures: sums, bootstrap intervals, confusion matrices. Expected values of F1 and MCC are
// scikit-learn's definitions worked out by hand.
#include "harness/stats/corpus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "harness/stats/classification.h"

namespace assay::stats {
namespace {

std::optional<double> share(std::span<const double> sums) {
  if (sums.size() < 2 || sums[1] == 0) return std::nullopt;
  return sums[0] / sums[1];
}

CorpusRows alternating(size_t samples) {
  CorpusRows rows;
  for (uint32_t i = 0; i < samples; ++i) {
    rows.begin_row(i, 1);
    rows.add(0, i % 2);
    rows.add(1, 1);
  }
  return rows;
}

TEST(Corpus, ValueIsTheFigureOfTheSums) {
  const Estimate e = corpus_estimate(alternating(100), 100, {}, share);
  ASSERT_TRUE(e.value && e.ci_low && e.ci_high);
  EXPECT_DOUBLE_EQ(*e.value, 0.5);
  EXPECT_EQ(e.n, 100U);
  // The binomial error is 0.05: the interval is about 0.4 to 0.6.
  EXPECT_NEAR(*e.ci_low, 0.4, 0.03);
  EXPECT_NEAR(*e.ci_high, 0.6, 0.03);
}

TEST(Corpus, TheSameRowsGiveTheSameInterval) {
  const Estimate a = corpus_estimate(alternating(40), 40, {}, share);
  const Estimate b = corpus_estimate(alternating(40), 40, {}, share);
  EXPECT_EQ(a.ci_low, b.ci_low);
  EXPECT_EQ(a.ci_high, b.ci_high);
}

TEST(Corpus, ClustersWidenTheInterval) {
  std::vector<uint32_t> clusters(100);
  CorpusRows rows;
  for (uint32_t i = 0; i < 100; ++i) {
    clusters[i] = i / 10;
    rows.begin_row(i, 1);
    rows.add(0, clusters[i] % 2);  // all of a cluster alike
    rows.add(1, 1);
  }
  const Estimate alone = corpus_estimate(rows, 100, {}, share);
  const Estimate grouped = corpus_estimate(rows, 100, clusters, share);
  EXPECT_DOUBLE_EQ(*alone.value, *grouped.value);
  EXPECT_GT(*grouped.ci_high - *grouped.ci_low, 2 * (*alone.ci_high - *alone.ci_low));
}

TEST(Corpus, RepeatsShareOneWeight) {
  CorpusRows rows;
  rows.begin_row(0, 0.5);
  rows.add(0, 1);
  rows.add(1, 1);
  rows.begin_row(0, 0.5);
  rows.add(0, 0);
  rows.add(1, 1);
  rows.begin_row(1, 1);
  rows.add(0, 1);
  rows.add(1, 1);
  EXPECT_DOUBLE_EQ(*corpus_estimate(rows, 2, {}, share).value, 0.75);
}

TEST(Corpus, NothingHasNoValueAndOneSampleNoInterval) {
  EXPECT_FALSE(corpus_estimate(CorpusRows(), 0, {}, share).value);
  const Estimate one = corpus_estimate(alternating(1), 1, {}, share);
  EXPECT_TRUE(one.value);
  EXPECT_FALSE(one.ci_low);
}

TEST(ConfusionMatrix, AFewWrongAnswers) {
  // gold 0: 5 right, 1 as 1; gold 1: 2 as 0, 3 right; class 2 never occurs.
  const std::vector<double> cells{5, 1, 0, 2, 3, 0, 0, 0, 0};
  const ConfusionMatrix m(cells);
  EXPECT_DOUBLE_EQ(*m.accuracy(), 8.0 / 11);
  EXPECT_DOUBLE_EQ(*m.f1(0), 10.0 / 13);
  EXPECT_DOUBLE_EQ(*m.f1(1), 6.0 / 9);
  EXPECT_DOUBLE_EQ(*m.f1_macro(), (10.0 / 13 + 6.0 / 9) / 2);
  EXPECT_DOUBLE_EQ(*m.f1_weighted(), (10.0 / 13 * 6 + 6.0 / 9 * 5) / 11);
  // Two classes: (tp tn - fp fn) / sqrt((tp+fp)(tp+fn)(tn+fp)(tn+fn))
  EXPECT_NEAR(*m.mcc(), (3.0 * 5 - 1 * 2) / std::sqrt(4.0 * 5 * 6 * 7), 1e-12);
}

TEST(ConfusionMatrix, OneClassOnlyHasNoCorrelation) {
  const std::vector<double> cells{4, 0, 0, 0};
  EXPECT_DOUBLE_EQ(*ConfusionMatrix(cells).mcc(), 0);
  EXPECT_DOUBLE_EQ(*ConfusionMatrix(cells).f1_macro(), 1);
  EXPECT_DOUBLE_EQ(*ConfusionMatrix(cells).f1(1), 0);
}

TEST(ConfusionMatrix, EmptyHasNoFigure) {
  const std::vector<double> cells(4);
  EXPECT_FALSE(ConfusionMatrix(cells).f1_macro());
  EXPECT_FALSE(ConfusionMatrix(cells).mcc());
  EXPECT_FALSE(ConfusionMatrix(cells).accuracy());
}

}  // namespace
}  // namespace assay::stats
