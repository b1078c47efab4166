// Metrics that are more than a pooled ratio: first repeats, votes, medians, perplexity, corpus
// figures, and groups of suites. Expected values by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "harness/aggregate/summarize.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;

FakeStore store_of(const MetricDef& metric, uint64_t samples, uint32_t repeats) {
  FakeStore store("a.assay");
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.metrics = {metric};
  suite.sample_count = samples;
  suite.repeats = repeats;
  store.info.suites = {suite};
  ModelInfo model;
  model.id = 1;
  model.name = "m";
  model.config_hash = "c";
  store.info.models = {model};
  return store;
}

Summary summary_of(const FakeStore& store) {
  const RunStore* stores[] = {&store};
  const std::string names[] = {"a.assay"};
  Result<Summary> out = summarize(stores, names, {});
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : Summary{};
}

Estimate figure(const FakeStore& store) {
  return summary_of(store).suites.at(0).models.at(0).metrics.at(0).estimate;
}

TEST(Aggregations, OnlyTheFirstRepeatsCount) {
  FakeStore store = store_of({.name = "acc", .scorer = "s", .repeats_first = 1}, 2, 3);
  for (uint64_t i = 0; i < 2; ++i) {
    for (uint32_t r = 0; r < 3; ++r)
      store.add({.index = i, .repeat = r, .scores = {{.value = r == 0 ? 1.0 : 0.0}}});
  }
  const Estimate e = figure(store);
  EXPECT_EQ(*e.value, 1);
  EXPECT_EQ(e.method, "wilson");
}

TEST(Aggregations, TheMostFrequentAnswerSpeaksForTheSample) {
  FakeStore store = store_of({.name = "acc", .scorer = "s", .vote = true}, 2, 5);
  const auto add = [&](uint64_t index, uint32_t repeat, uint64_t answer, double value) {
    store.add({.index = index, .repeat = repeat, .scores = {{.value = value, .answer = answer}}});
  };
  // Sample 0: 7 7 9 9 9, where 9 is right. Sample 1: 4 5 4 5 6, a tie that the first seen wins.
  const uint64_t first[] = {7, 7, 9, 9, 9};
  const uint64_t second[] = {4, 5, 4, 5, 6};
  for (uint32_t r = 0; r < 5; ++r) add(0, r, first[r], first[r] == 9);
  for (uint32_t r = 0; r < 5; ++r) add(1, r, second[r], second[r] == 5);
  EXPECT_EQ(*figure(store).value, 0.5);
}

TEST(Aggregations, AVoteOfTheFirstTwoOnly) {
  FakeStore store =
      store_of({.name = "acc", .scorer = "s", .repeats_first = 2, .vote = true}, 1, 5);
  const uint64_t answers[] = {7, 7, 9, 9, 9};
  for (uint32_t r = 0; r < 5; ++r) {
    store.add({.index = 0,
               .repeat = r,
               .scores = {{.value = answers[r] == 9 ? 1.0 : 0.0, .answer = answers[r]}}});
  }
  EXPECT_EQ(*figure(store).value, 0);
}

TEST(Aggregations, Median) {
  FakeStore store = store_of(
      {.name = "x", .scorer = "s", .binary = false, .aggregation = Aggregation::kMedian}, 3, 1);
  const double values[] = {10, 1, 2};
  for (uint64_t i = 0; i < 3; ++i) store.add({.index = i, .scores = {{.value = values[i]}}});
  EXPECT_EQ(*figure(store).value, 2);
}

TEST(Aggregations, PerplexityAndBitsPerByteOfPooledLogLikelihoods) {
  for (const Aggregation aggregation : {Aggregation::kPerplexity, Aggregation::kBitsPerByte}) {
    FakeStore store = store_of({.name = "ppl",
                                .scorer = "s",
                                .higher_is_better = false,
                                .binary = false,
                                .aggregation = aggregation},
                               3, 1);
    // Log-likelihoods -6 over 2 units, -4 over 4, -2 over 2: 12 nats over 8.
    store.add({.index = 0, .scores = {{.value = -3, .weight = 2}}});
    store.add({.index = 1, .scores = {{.value = -1, .weight = 4}}});
    store.add({.index = 2, .scores = {{.value = -1, .weight = 2}}});
    const Estimate e = figure(store);
    const double expected =
        aggregation == Aggregation::kPerplexity ? std::exp(1.5) : 1.5 / std::numbers::ln2;
    EXPECT_NEAR(*e.value, expected, 1e-12);
    EXPECT_LT(*e.ci_low, *e.value);
    EXPECT_GT(*e.ci_high, *e.value);
  }
}

TEST(Aggregations, MacroF1OfClassNumbers) {
  FakeStore store = store_of(
      {.name = "f1", .scorer = "s", .binary = false, .aggregation = Aggregation::kF1Macro}, 4, 1);
  const double pairs[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 1}};
  for (uint64_t i = 0; i < 4; ++i) {
    const double value = pairs[i][0] == pairs[i][1] ? 1 : 0;
    store.add({.index = i, .scores = {{.value = value, .parts = {pairs[i][0], pairs[i][1]}}}});
  }
  // F1 of class 0: 2 / 3, of class 1: 4 / 5.
  const Estimate e = figure(store);
  EXPECT_NEAR(*e.value, (2.0 / 3 + 4.0 / 5) / 2, 1e-12);
  EXPECT_LE(*e.ci_low, *e.value);
  EXPECT_GE(*e.ci_high, *e.value);
}

// Two suites of one group: 100 samples with 80 right, 300 with 150.
FakeStore two_suites(bool weight_by_size) {
  FakeStore store = store_of({.name = "acc", .scorer = "s"}, 100, 1);
  SuiteInfo second = store.info.suites.front();
  second.id = 2;
  second.name = "other";
  second.sample_count = 300;
  store.info.suites.push_back(second);
  for (SuiteInfo& suite : store.info.suites) suite.groups = {{"both", "", weight_by_size}};
  for (uint64_t i = 0; i < 100; ++i)
    store.add({.suite = 1, .index = i, .scores = {{.value = i < 80 ? 1.0 : 0.0}}});
  for (uint64_t i = 0; i < 300; ++i)
    store.add({.suite = 2, .index = i, .scores = {{.value = i < 150 ? 1.0 : 0.0}}});
  return store;
}

TEST(SuiteGroups, WeightedBySize) {
  const Summary summary = summary_of(two_suites(true));
  ASSERT_EQ(summary.groups.size(), 1U);
  const GroupSummary& group = summary.groups.front();
  EXPECT_EQ(group.name, "both");
  EXPECT_THAT(group.suites, ::testing::ElementsAre("quick", "other"));
  ASSERT_EQ(group.models.size(), 1U);
  const Estimate& e = group.models.front().estimate;
  EXPECT_NEAR(*e.value, 230.0 / 400, 1e-12);
  EXPECT_EQ(e.n, 400U);
  // SE of a proportion with n - 1: sqrt(p q / (n - 1)).
  const double first = 0.8 * 0.2 / 99 / 16;
  const double second = 0.5 * 0.5 / 299 * 9 / 16;
  EXPECT_NEAR(*e.ci_high - *e.value, 1.959963985 * std::sqrt(first + second), 1e-6);
}

TEST(SuiteGroups, EverySuiteTheSame) {
  const Summary summary = summary_of(two_suites(false));
  EXPECT_NEAR(*summary.groups.at(0).models.at(0).estimate.value, 0.65, 1e-12);
}

TEST(SuiteGroups, AGroupOfSuitesWithoutFiguresHasNone) {
  FakeStore store = store_of({.name = "acc", .scorer = "s"}, 1, 1);
  store.info.suites.front().groups = {{"alone", "", true}};
  store.add({.index = 0, .outcome = Outcome::kServerError});
  const Summary summary = summary_of(store);
  ASSERT_EQ(summary.groups.size(), 1U);
  ASSERT_EQ(summary.groups.front().models.size(), 1U);
  EXPECT_FALSE(summary.groups.front().models.front().estimate.value);
  EXPECT_EQ(summary.groups.front().models.front().suites, 0U);
}

}  // namespace
}  // namespace assay::aggregate
