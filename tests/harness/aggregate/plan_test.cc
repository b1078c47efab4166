// Planning: variances from pairs, one model and nothing; what is needed; what it will use.
#include "harness/aggregate/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using testing::HasSubstr;

SightQuestion question(uint64_t items, std::optional<double> detect) {
  SightQuestion q;
  q.suite = "s";
  q.metric = {.name = "accuracy", .scorer = "exact"};
  q.items = items;
  q.available = items;
  q.models = {"a", "b"};
  q.detect = detect;
  return q;
}

ModelScores scores(const std::string& model, std::vector<double> values) {
  ModelScores out;
  out.model = model;
  for (size_t i = 0; i < values.size(); ++i) {
    out.index.push_back(static_cast<uint32_t>(i));
    out.mean += values[i] / static_cast<double>(values.size());
  }
  out.value = std::move(values);
  return out;
}

SuiteEvidence evidence(std::vector<ModelScores> models) {
  SuiteEvidence out;
  out.suite.name = "s";
  out.source = "old.assay";
  out.models = std::move(models);
  return out;
}

// 200 items of which both are right on 140, a alone on 20, b alone on 20.
SuiteEvidence discordant_pair() {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < 200; ++i) {
    a.push_back(i < 160 ? 1 : 0);
    b.push_back(i < 140 || i >= 180 ? 1 : 0);
  }
  return evidence({scores("a", a), scores("b", b)});
}

TEST(SuiteSight, NothingKnownIsAssumedAndSaid) {
  const SuiteSight sight = suite_sight(question(2000, 0.02), nullptr);
  EXPECT_EQ(sight.basis, VarianceBasis::kAssumed);
  EXPECT_THAT(sight.basis_text, HasSubstr("assumed, not measured"));
  EXPECT_DOUBLE_EQ(sight.smaller.between, 0.10);
  EXPECT_DOUBLE_EQ(sight.larger.between, 0.20);
  // (1.959964 + 0.841621)² · 0.2 / 0.02² = 3924.4, and the exact test wants no fewer.
  ASSERT_TRUE(sight.items_needed.has_value());
  EXPECT_EQ(*sight.items_needed, 3925U);
  EXPECT_GE(*sight.items_needed_best, 1963U);
  EXPECT_LE(*sight.items_needed_best, 2150U);
  EXPECT_FALSE(sight.sees);
  EXPECT_FALSE(sight.split_known);
  EXPECT_THAT(sight.recommendation, HasSubstr("2000 items cannot see 2.0 pp"));
  EXPECT_THAT(sight.recommendation, HasSubstr("--repeats 2"));
}

TEST(SuiteSight, APairIsMeasured) {
  const SuiteEvidence found = discordant_pair();
  const SuiteSight sight = suite_sight(question(200, 0.05), &found);
  EXPECT_EQ(sight.basis, VarianceBasis::kPairs);
  EXPECT_THAT(sight.basis_text, HasSubstr("a pair of models on 200 items of old.assay"));
  EXPECT_NEAR(sight.larger.between, 40.0 / 199, 1e-12);  // mean difference 0
  EXPECT_DOUBLE_EQ(sight.smaller.between, sight.larger.between);
  EXPECT_NEAR(*sight.mean, 0.8, 1e-12);
  // Exact McNemar, 80 % power at n = 200 with 20 % discordant: more than the approximation's 8.9
  // pp.
  const SightRow& planned = sight.rows[sight.planned];
  EXPECT_EQ(planned.items, 200U);
  EXPECT_GT(planned.detectable, 2.8016 * std::sqrt(0.201 / 200));
  EXPECT_LT(planned.detectable, 0.105);
  EXPECT_LT(*planned.power, 0.4);
  EXPECT_FALSE(sight.sees);
  // More items see smaller differences.
  for (size_t i = 1; i < sight.rows.size(); ++i)
    EXPECT_LT(sight.rows[i].detectable, sight.rows[i - 1].detectable);
}

TEST(SuiteSight, ItemsNeededHaveThePowerAskedFor) {
  const SuiteEvidence found = discordant_pair();
  SightQuestion q = question(200, 0.08);
  q.available = 5000;
  const SuiteSight sight = suite_sight(q, &found);
  const uint64_t needed = *sight.items_needed;
  q.items = needed;
  const SuiteSight again = suite_sight(q, &found);
  EXPECT_TRUE(again.sees);
  EXPECT_GE(*again.rows[again.planned].power, 0.8);
  EXPECT_THAT(sight.recommendation, HasSubstr("--limit " + std::to_string(needed)));
  q.items = needed * 9 / 10;
  EXPECT_FALSE(suite_sight(q, &found).sees);
}

// Two models with repeats: item effects shared or not, and sampling noise of known size.
SuiteEvidence repeated(double item_deviation, double sample_deviation, uint64_t repeats) {
  Rng rng(8);
  std::vector<double> a;
  std::vector<double> b;
  const double noise = sample_deviation / std::sqrt(static_cast<double>(repeats));
  for (int i = 0; i < 4000; ++i) {
    a.push_back(0.5 + noise * rng.normal());
    b.push_back(0.5 + item_deviation * rng.normal() + noise * rng.normal());
  }
  SuiteEvidence out = evidence({scores("a", a), scores("b", b)});
  for (ModelScores& one : out.models) {
    one.repeats = static_cast<double>(repeats);
    one.within = sample_deviation * sample_deviation;
  }
  return out;
}

SightQuestion graded(uint64_t items, double detect) {
  SightQuestion q = question(items, detect);
  q.metric = {.name = "f1", .scorer = "token_f1", .higher_is_better = true, .binary = false};
  return q;
}

TEST(SuiteSight, RepeatsHelpWhereSamplesAreTheNoise) {
  const SuiteEvidence noisy = repeated(0.02, 0.3, 4);
  const SuiteSight sight = suite_sight(graded(300, 0.03), &noisy);
  ASSERT_TRUE(sight.split_known);
  EXPECT_NEAR(sight.larger.within, 0.18, 1e-12);
  EXPECT_NEAR(sight.larger.between, 0.0004, 0.004);
  EXPECT_FALSE(sight.sees);
  ASSERT_TRUE(sight.repeats_needed.has_value());
  // (2.8016 / 0.03)² (0.0004 + 0.18 / K) / 300 <= 1 → K about 5.3.
  EXPECT_GE(*sight.repeats_needed, 5U);
  EXPECT_LE(*sight.repeats_needed, 7U);
  EXPECT_THAT(sight.recommendation, HasSubstr("--repeats"));
}

TEST(SuiteSight, RepeatsDoNotHelpWhereItemsAreTheNoise) {
  const SuiteEvidence items = repeated(0.4, 0.05, 4);
  const SuiteSight sight = suite_sight(graded(300, 0.03), &items);
  EXPECT_NEAR(sight.larger.between, 0.16, 0.01);
  EXPECT_FALSE(sight.repeats_needed.has_value());
  EXPECT_THAT(sight.recommendation, HasSubstr("no number of repeats"));
}

TEST(SuiteSight, OneModelAssumesTheOther) {
  std::vector<double> values(100, 1.0);
  for (int i = 0; i < 4; ++i) values[static_cast<size_t>(i)] = 0;
  const SuiteEvidence found = evidence({scores("a", values)});
  const SuiteSight sight = suite_sight(question(100, 0.02), &found);
  EXPECT_EQ(sight.basis, VarianceBasis::kOneModel);
  EXPECT_NEAR(sight.larger.between, 0.08, 1e-12);  // 2 · 4 %: no more can differ by chance
  EXPECT_THAT(sight.basis_text, HasSubstr("assumed"));
}

TEST(SuiteSight, ConstantScoresAreNoCertainty) {
  const SuiteEvidence same = evidence(
      {scores("a", std::vector<double>(50, 1.0)), scores("b", std::vector<double>(50, 1.0))});
  const SuiteSight pair = suite_sight(question(50, 0.02), &same);
  EXPECT_NEAR(pair.larger.between, 3.0 / 50, 1e-12);
  EXPECT_THAT(pair.basis_text, HasSubstr("3 in n are assumed"));
  EXPECT_FALSE(pair.sees);
  const SuiteEvidence one = evidence({scores("a", std::vector<double>(50, 0.0))});
  EXPECT_NEAR(suite_sight(question(50, 0.02), &one).larger.between, 3.0 / 50, 1e-12);
  SightQuestion unbounded = graded(50, 0.02);
  unbounded.metric.share = false;
  EXPECT_THAT(suite_sight(unbounded, &same).why_not, HasSubstr("no item differs"));
  EXPECT_THAT(suite_sight(unbounded, nullptr).why_not, HasSubstr("--from or --pilot"));
}

TEST(SuiteSight, ClustersWidenIt) {
  Rng rng(3);
  std::vector<double> a;
  std::vector<double> b;
  std::vector<uint32_t> cluster;
  for (uint32_t c = 0; c < 60; ++c) {
    const double page = 0.3 * rng.normal();
    for (int i = 0; i < 5; ++i) {
      a.push_back(0.5);
      b.push_back(0.5 + page + 0.1 * rng.normal());
      cluster.push_back(c + 1);
    }
  }
  SuiteEvidence found = evidence({scores("a", a), scores("b", b)});
  for (ModelScores& one : found.models) one.cluster = cluster;
  const SuiteSight sight = suite_sight(graded(300, 0.05), &found);
  EXPECT_NEAR(sight.design_effect, 1 + 4 * 0.9, 1.0);  // intraclass correlation 0.9
}

TEST(SuiteSight, WhatCannotBePlannedSaysWhy) {
  EXPECT_EQ(suite_sight(question(0, 0.02), nullptr).why_not, "no items are planned");
  SightQuestion bleu = question(100, 0.02);
  bleu.metric = {.name = "bleu", .scorer = "bleu", .binary = false};
  bleu.metric.aggregation = Aggregation::kBleu;
  const SuiteSight sight = suite_sight(bleu, nullptr);
  EXPECT_THAT(sight.why_not, HasSubstr("`bleu` is no mean over items"));
  EXPECT_FALSE(sight.sees);
  EXPECT_THAT(sight.recommendation, HasSubstr("n/a"));
  const SuiteEvidence none = evidence({});
  EXPECT_THAT(suite_sight(question(100, 0.02), &none).basis_text,
              HasSubstr("no item of old.assay has a score"));
  // One item tells nothing of a variance.
  const SuiteEvidence single = evidence({scores("a", {1.0}), scores("b", {0.0})});
  EXPECT_EQ(suite_sight(question(100, 0.02), &single).basis, VarianceBasis::kAssumed);
}

TEST(SuiteSight, FewItemsAndHugeDifferencesHaveAnAnswer) {
  const SuiteSight three = suite_sight(question(3, 0.5), nullptr);
  EXPECT_FALSE(three.sees);
  EXPECT_DOUBLE_EQ(three.rows[three.planned].detectable, 1);  // not even everything
  EXPECT_TRUE(suite_sight(question(1000, 1.0), nullptr).sees);
  EXPECT_TRUE(suite_sight(question(50, std::nullopt), nullptr).sees);
}

test::FakeStore repeated_store() {
  test::FakeStore store("old.assay");
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "s";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.repeats = 2;
  store.info.suites = {suite};
  for (uint32_t m = 1; m <= 2; ++m) {
    ModelInfo model;
    model.id = m;
    model.name = m == 1 ? "a" : "b";
    model.config_hash = model.name;
    store.info.models.push_back(model);
    for (uint64_t i = 0; i < 8; ++i) {
      for (uint32_t k = 0; k < 2; ++k) {
        test::FakeRecord r{.model = m, .suite = 1, .index = i, .repeat = k};
        r.sent_ns = static_cast<int64_t>(i) * 500'000'000;
        r.done_ns = r.sent_ns + 1'000'000'000;
        r.usage = {.input_tokens = 80, .cached_tokens = 20, .output_tokens = 10};
        // Right on even items; the second repeat of item 0 differs.
        const bool right = (i % 2 == 0) != (i == 0 && k == 1);
        r.scores = {{.metric = 0, .value = right ? 1.0 : 0.0}};
        store.add(r);
      }
    }
  }
  return store;
}

TEST(Evidence, ScoresUsageAndTimes) {
  const test::FakeStore store = repeated_store();
  const RunStore* const stores[] = {&store};
  const std::string names[] = {"old.assay"};
  const auto found = read_evidence(stores, names);
  ASSERT_TRUE(found) << found.error().text();
  const SuiteEvidence* suite = found->find("s");
  ASSERT_NE(suite, nullptr);
  ASSERT_EQ(suite->models.size(), 2U);
  EXPECT_DOUBLE_EQ(suite->models[0].value[0], 0.5);
  EXPECT_DOUBLE_EQ(suite->models[0].repeats, 2);
  // One of eight items differs within itself: Σ = 2 · 0.25, 16 - 8 degrees of freedom.
  EXPECT_DOUBLE_EQ(*suite->models[0].within, 0.5 / 8);
  const ModelUsage* usage = found->usage("s", "a");
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->input.n, 16U);
  EXPECT_DOUBLE_EQ(usage->input.mean, 100);
  EXPECT_DOUBLE_EQ(usage->cached_share, 0.2);
  EXPECT_EQ(usage->reasoning.n, 0U);
  EXPECT_DOUBLE_EQ(usage->latency_s.mean, 1);
  EXPECT_NEAR(usage->in_flight, 16 / 4.5, 1e-12);
  EXPECT_EQ(found->find("other"), nullptr);
}

TEST(Evidence, ARunOfErrorsHasNoModels) {
  test::FakeStore store = repeated_store();
  test::FakeStore failed("old.assay");
  failed.info = store.info;
  failed.add({.model = 1, .suite = 1, .index = 0, .outcome = Outcome::kTimeout});
  const RunStore* const stores[] = {&failed};
  const std::string names[] = {"old.assay"};
  const auto found = read_evidence(stores, names);
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_NE(found->find("s"), nullptr);
  EXPECT_TRUE(found->find("s")->models.empty());
  EXPECT_EQ(found->usage("s", "a")->latency_s.n, 0U);
}

ModelPrices prices() {
  PriceRow row{.model = "m", .currency = "USD"};
  row.rates.set(Billed::kInput, *Rate::parse("2"));
  row.rates.set(Billed::kCachedInput, *Rate::parse("1"));
  row.rates.set(Billed::kOutput, *Rate::parse("8"));
  return {.periods = {row}};
}

PromptCount count(uint64_t requests) {
  PromptCount out;
  out.requests = requests;
  out.counted = requests / 2;  // half of them were looked at
  out.text_bytes = 400 * out.counted;
  out.output_tokens_max = 1000 * out.counted;
  out.worst = Money{20'000'000 * static_cast<int64_t>(out.counted)};  // 0.02 each
  return out;
}

TEST(Spending, WithoutARunItIsAnEstimateAndSaysSo) {
  const SpendingForecast f =
      spending(count(1000), prices(), nullptr, {.machine_price_per_hour = {}, .local = false});
  EXPECT_DOUBLE_EQ(f.input_tokens->typical, 100'000);
  EXPECT_DOUBLE_EQ(f.output_tokens->typical, 200'000);
  EXPECT_DOUBLE_EQ(f.output_tokens->high, 1'000'000);
  EXPECT_FALSE(f.reasoning_tokens.has_value());
  EXPECT_THAT(f.tokens_basis, HasSubstr("estimate: a token per 4 bytes"));
  EXPECT_THAT(f.tokens_basis, HasSubstr("counted on 500 of 1000 requests"));
  // 0.1 M · 2 + 0.2 M · 8.
  EXPECT_EQ(f.cost->typical.text(), "1.8");
  EXPECT_EQ(f.cost->worst.text(), "20");
  EXPECT_FALSE(f.seconds.has_value());
  EXPECT_THAT(f.time_basis, HasSubstr("n/a"));
}

ModelUsage usage_of_run() {
  ModelUsage usage;
  usage.source = "old.assay";
  usage.input = {.n = 100, .mean = 100, .deviation = 0};
  usage.output = {.n = 100, .mean = 50, .deviation = 10};
  usage.cached_share = 0.5;
  usage.latency_s = {.n = 100, .mean = 2, .deviation = 0};
  usage.in_flight = 4;
  return usage;
}

TEST(Spending, FromARunItsUsageAndTimes) {
  const ModelUsage usage = usage_of_run();
  const SpendingForecast f =
      spending(count(1000), prices(), &usage, {.machine_price_per_hour = {}, .local = false});
  EXPECT_DOUBLE_EQ(f.output_tokens->typical, 50'000);
  // 1.96 · 10 · sqrt(1000 + 1000² / 100)
  EXPECT_NEAR(f.output_tokens->high - f.output_tokens->typical, 2055.6, 0.1);
  // 50,000 · 2 + 50,000 · 1 + 50,000 · 8 per million.
  EXPECT_EQ(f.cost->typical.text(), "0.55");
  EXPECT_DOUBLE_EQ(f.seconds->typical, 500);
  SpendingSettings settings;
  settings.local = false;
  settings.concurrency = 10;
  EXPECT_DOUBLE_EQ(spending(count(1000), prices(), &usage, settings).seconds->typical, 200);
  settings.requests_per_minute = 60;
  const SpendingForecast limited = spending(count(1000), prices(), &usage, settings);
  EXPECT_DOUBLE_EQ(limited.seconds->typical, 1000);
  EXPECT_THAT(limited.time_basis, HasSubstr("at least, by the limit of 60 requests a minute"));
}

TEST(Spending, NoPriceIsNeverZero) {
  const ModelUsage usage = usage_of_run();
  const SpendingForecast remote =
      spending(count(10), {}, &usage, {.machine_price_per_hour = {}, .local = false});
  EXPECT_FALSE(remote.cost.has_value());
  EXPECT_THAT(remote.cost_basis, HasSubstr("no price is known"));
  SpendingSettings local;
  EXPECT_FALSE(spending(count(10), {}, &usage, local).cost.has_value());
  local.machine_price_per_hour = *Money::parse("7.2");
  local.concurrency = 1;
  EXPECT_EQ(spending(count(10), {}, &usage, local).cost->typical.text(), "0.04");  // 20 s
}

TEST(Spending, TotalsOfModelsInTurnAndAtOnce) {
  PlanReport report;
  const auto add = [&](const std::string& model, bool local, double seconds, int64_t nano) {
    SpendingForecast f;
    f.model = model;
    f.local = local;
    f.seconds = Range{seconds, seconds, seconds};
    if (nano > 0) f.cost = MoneyRange{Money{nano}, Money{nano}, Money{nano}, Money{nano}};
    report.spendings.push_back(f);
  };
  add("l1", true, 10, 0);
  add("l2", true, 20, 0);
  add("r1", false, 30, 5);
  add("r1", false, 30, 6);
  add("r2", false, 40, INT64_MAX);
  add_totals(report);
  EXPECT_DOUBLE_EQ(report.seconds->typical, 30 + 60);
  EXPECT_EQ(report.without_cost, 2U);
  EXPECT_EQ(report.cost->typical.nano,
            9'000'000'000'000'000'000);  // held there, not wrapped around
  report.spendings[0].seconds.reset();
  add_totals(report);
  EXPECT_FALSE(report.seconds.has_value());
}

}  // namespace
}  // namespace assay::aggregate
