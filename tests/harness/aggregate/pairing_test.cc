// Which test is chosen for which data, and that every kind of data has an answer.
#include "harness/aggregate/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/stats/paired.h"
#include "harness/stats/ratio.h"

namespace assay::aggregate {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const MetricDef kBinary{.name = "accuracy", .scorer = "exact"};
const MetricDef kGraded{.name = "anls", .scorer = "anls", .binary = false};
const MetricDef kErrors{.name = "cer", .scorer = "cer", .higher_is_better = false, .binary = false};

// Values with weight 1; cluster 0: its own.
Samples samples_of(const std::vector<double>& values, const std::vector<uint32_t>& clusters = {}) {
  Samples out;
  for (size_t i = 0; i < values.size(); ++i) {
    out.index.push_back(static_cast<uint32_t>(i));
    out.tallies.push(values[i], 1);
    out.cluster.push(clusters.empty() ? 0 : clusters[i]);
    out.rows.push_back(i);
  }
  return out;
}

PairResult compare(const Samples& a, const Samples& b, const MetricDef& def,
                   const PairOptions& options = {}) {
  return compare_pairs(a, b, pair_by_index(a, b), def, options);
}

// A spread of values that no symmetry makes special.
std::vector<double> wave(size_t n, double step, double shift) {
  std::vector<double> out;
  for (size_t i = 0; i < n; ++i) {
    out.push_back(0.5 + 0.4 * std::sin(step * static_cast<double>(i)) + shift);
  }
  return out;
}

std::vector<uint32_t> clusters_of(size_t n, uint32_t count) {
  std::vector<uint32_t> out;
  for (size_t i = 0; i < n; ++i) out.push_back(1 + static_cast<uint32_t>(i) % count);
  return out;
}

TEST(Pairing, BinaryIsMcNemar) {
  std::vector<double> a(200, 1);
  std::vector<double> b(200, 1);
  for (size_t i = 0; i < 20; ++i) b[i] = 0;
  for (size_t i = 20; i < 26; ++i) a[i] = 0;
  const PairResult r = compare(samples_of(a), samples_of(b), kBinary);
  EXPECT_EQ(r.comparison.test, "exact McNemar");
  EXPECT_EQ(r.comparison.difference.method, "newcombe paired");
  EXPECT_EQ(r.comparison.only_a_right, 20U);
  EXPECT_EQ(r.comparison.only_b_right, 6U);
  // 2 · Σ_{k<=6} C(26, k) / 2^26
  EXPECT_NEAR(*r.comparison.p_value, 0.009355306625366211, 1e-14);
  EXPECT_DOUBLE_EQ(r.discordant, 0.13);
  // sqrt((0.13 - 0.07²) / 200), and 2.801585 times that.
  EXPECT_NEAR(*r.error, 0.0250099980007996, 1e-14);
  EXPECT_NEAR(*r.detectable, 2.8015852 * 0.0250099980007996, 1e-8);
}

// Six samples that all flip one way are the fewest the exact test finds at 5 %: 2 / 2^6 = 0.031.
TEST(Pairing, FewFlipsCannotBeSeen) {
  std::vector<double> a(200, 1);
  const PairResult same = compare(samples_of(a), samples_of(a), kBinary);
  EXPECT_EQ(*same.comparison.p_value, 1);
  EXPECT_EQ(*same.error, 0);
  EXPECT_DOUBLE_EQ(*same.detectable, 6.0 / 200);
  std::vector<double> b = a;
  for (size_t i = 0; i < 5; ++i) b[i] = 0;
  EXPECT_GT(*compare(samples_of(a), samples_of(b), kBinary).comparison.p_value, 0.05);
  b[5] = 0;
  EXPECT_LT(*compare(samples_of(a), samples_of(b), kBinary).comparison.p_value, 0.05);
  // Five samples could not show anything at all.
  const std::vector<double> five(5, 1);
  EXPECT_FALSE(compare(samples_of(five), samples_of(five), kBinary).detectable);
}

TEST(Pairing, ManyClustersAreClusteredT) {
  const std::vector<uint32_t> clusters = clusters_of(120, 30);
  const std::vector<double> va = wave(120, 0.7, 0.05);
  const std::vector<double> vb = wave(120, 1.3, 0);
  const PairResult r = compare(samples_of(va, clusters), samples_of(vb, clusters), kGraded);
  EXPECT_EQ(r.comparison.test, "paired t, clustered");
  const stats::PairedTest t = stats::paired_difference(va, vb, clusters);
  EXPECT_NEAR(*r.comparison.p_value, *t.p_value, 1e-12);
  EXPECT_NEAR(*r.error, *t.error, 1e-12);
}

// The p-value is that of the clusters' signs, the interval Student's over clusters.
TEST(Pairing, FewClustersAreFlipped) {
  const std::vector<uint32_t> clusters = clusters_of(40, 8);
  std::vector<double> va(40, 1);
  std::vector<double> vb(40, 1);
  for (size_t i = 0; i < 40; ++i) {
    if (i % 3 == 0) vb[i] = 0;
  }
  const PairResult r = compare(samples_of(va, clusters), samples_of(vb, clusters), kBinary);
  EXPECT_EQ(r.comparison.test, "sign-flip, clustered");
  EXPECT_THAT(r.comparison.difference.method, StartsWith("clustered paired difference of means"));
  // Every cluster lost: only the pattern itself and its mirror are as far, 2 / 2^8.
  EXPECT_NEAR(*r.comparison.p_value, 2.0 / 256, 1e-15);
  EXPECT_EQ(r.comparison.only_a_right, 14U);
}

TEST(Pairing, TooFewClustersSaySo) {
  const std::vector<uint32_t> clusters = clusters_of(20, 4);
  const std::vector<double> all_right(20, 1);
  const std::vector<double> all_wrong(20, 0);
  const PairResult r =
      compare(samples_of(all_right, clusters), samples_of(all_wrong, clusters), kBinary);
  EXPECT_NEAR(*r.comparison.p_value, 2.0 / 16, 1e-15);
  EXPECT_EQ(r.comparison.note, "4 clusters: too few for any difference to be shown");
  EXPECT_FALSE(r.detectable);
}

TEST(Pairing, RepeatsAreItemMeans) {
  Samples a = samples_of(wave(40, 0.7, 0.1));
  Samples b = samples_of(wave(40, 1.3, 0));
  a.single = b.single = false;
  EXPECT_EQ(compare(a, b, kBinary).comparison.test, "paired t");
  Samples few_a = samples_of(wave(20, 0.7, 0.1));
  Samples few_b = samples_of(wave(20, 1.3, 0));
  few_a.single = few_b.single = false;
  const PairResult few = compare(few_a, few_b, kBinary);
  EXPECT_EQ(few.comparison.test, "sign-flip");
  EXPECT_EQ(few.comparison.difference.method, "paired difference of means, t");
}

TEST(Pairing, GradedIsResampled) {
  const Samples a = samples_of(wave(60, 0.7, 0.1));
  const Samples b = samples_of(wave(60, 1.3, 0));
  const PairResult r = compare(a, b, kGraded);
  EXPECT_EQ(r.comparison.test, "sign-flip");
  EXPECT_THAT(r.comparison.difference.method, HasSubstr("BCa"));
  EXPECT_LT(*r.comparison.difference.ci_low, *r.comparison.difference.value);
  EXPECT_GT(*r.comparison.difference.ci_high, *r.comparison.difference.value);
  const PairResult again = compare(a, b, kGraded);
  EXPECT_EQ(*again.comparison.difference.ci_low, *r.comparison.difference.ci_low);
  EXPECT_EQ(*again.comparison.p_value, *r.comparison.p_value);
  const PairResult other = compare(a, b, kGraded, {.seed = 2});
  EXPECT_NE(*other.comparison.difference.ci_low, *r.comparison.difference.ci_low);
}

// Where the rule changes over, the two ways agree: nothing is lost above 20,000 samples.
TEST(Pairing, ManyGradedSamplesAreT) {
  const std::vector<double> va = wave(kResampledMax + 1, 0.7, 0.004);
  const std::vector<double> vb = wave(kResampledMax + 1, 1.3, 0);
  const PairResult t = compare(samples_of(va), samples_of(vb), kGraded);
  EXPECT_EQ(t.comparison.test, "paired t");
  const std::vector<double> less_a(va.begin(), va.end() - 1);
  const std::vector<double> less_b(vb.begin(), vb.end() - 1);
  const PairResult resampled = compare(samples_of(less_a), samples_of(less_b), kGraded);
  EXPECT_EQ(resampled.comparison.test, "sign-flip");
  EXPECT_THAT(resampled.comparison.difference.method, HasSubstr("1000"));
  const double width = *t.comparison.difference.ci_high - *t.comparison.difference.ci_low;
  EXPECT_NEAR(*resampled.comparison.difference.ci_low, *t.comparison.difference.ci_low,
              0.1 * width);
  EXPECT_NEAR(*resampled.comparison.difference.ci_high, *t.comparison.difference.ci_high,
              0.1 * width);
}

TEST(Pairing, LowerIsBetterKeepsItsOwnDirection) {
  std::vector<double> worse = wave(50, 0.7, 0.3);
  const std::vector<double> better = wave(50, 0.7, 0);
  PairResult r = compare(samples_of(worse), samples_of(better), kErrors);
  EXPECT_GT(*r.comparison.difference.value, 0);
  Comparison* const family[] = {&r.comparison};
  holm_and_verdicts(family, 0.05);
  EXPECT_EQ(r.comparison.verdict, PairVerdict::kBBetter);
}

TEST(Pairing, EveryKindOfBadDataHasAnAnswer) {
  const Samples none;
  const PairResult empty = compare(none, none, kGraded);
  EXPECT_EQ(empty.comparison.verdict, PairVerdict::kNotComparable);
  EXPECT_EQ(empty.comparison.note, "no sample that both answered");
  EXPECT_FALSE(empty.error);
  EXPECT_FALSE(empty.detectable);

  const PairResult one = compare(samples_of({0.5}), samples_of({0.7}), kGraded);
  EXPECT_NEAR(*one.comparison.difference.value, -0.2, 1e-12);
  EXPECT_FALSE(one.comparison.p_value);
  EXPECT_THAT(one.comparison.note, StartsWith("no test"));

  const PairResult constant = compare(samples_of(std::vector<double>(40, 0.5)),
                                      samples_of(std::vector<double>(40, 0.5)), kGraded);
  EXPECT_EQ(*constant.comparison.difference.value, 0);
  EXPECT_EQ(*constant.comparison.p_value, 1);
  EXPECT_FALSE(constant.detectable);

  const std::vector<uint32_t> page(12, 3);
  const PairResult one_cluster =
      compare(samples_of(wave(12, 0.7, 0.1), page), samples_of(wave(12, 1.3, 0), page), kGraded);
  EXPECT_TRUE(one_cluster.comparison.difference.value);
  EXPECT_FALSE(one_cluster.comparison.difference.ci_low);
  EXPECT_FALSE(one_cluster.comparison.p_value);
  EXPECT_FALSE(one_cluster.detectable);

  Samples weightless_a = samples_of({});
  Samples weightless_b = samples_of({});
  for (uint32_t i = 0; i < 5; ++i) {
    weightless_a.index.push_back(i);
    weightless_a.tallies.push(0, 0);
    weightless_a.cluster.push(0);
    weightless_b.index.push_back(i);
    weightless_b.tallies.push(0, 0);
    weightless_b.cluster.push(0);
  }
  const PairResult weightless = compare(weightless_a, weightless_b, kErrors);
  EXPECT_FALSE(weightless.comparison.difference.value);
  EXPECT_FALSE(weightless.comparison.p_value);
}

}  // namespace
}  // namespace assay::aggregate
