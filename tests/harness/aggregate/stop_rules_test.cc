// The rules that stop a run: planned order, pairing with the baseline, repeats, clusters,
// exclusions.
#include "harness/aggregate/stop_rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "harness/aggregate/item_values.h"
#include "harness/aggregate/planned_order.h"
#include "harness/base/rng.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Samples "s0" .. with truth "t<i>", in the order given.
class FakeSuite final : public Suite {
 public:
  explicit FakeSuite(uint64_t size, std::string data_hash = "d") : ids_(size) {
    std::iota(ids_.begin(), ids_.end(), 0U);
    info_.name = "quick";
    info_.prompt_hash = "p";
    info_.data_hash = std::move(data_hash);
    info_.scorer_hash = "s";
    info_.metrics = {{.name = "accuracy", .scorer = "exact"}};
    info_.sample_count = size;
  }
  SuiteInfo& edit() { return info_; }
  void reverse() { std::reverse(ids_.begin(), ids_.end()); }

  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return ids_.size(); }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override {
    Sample out;
    out.index = index;
    out.id = fmt::format("s{}", ids_[index]);
    out.targets = {fmt::format("t{}", ids_[index])};
    return out;
  }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return fmt::format("s{}", ids_[index]);
  }
  [[nodiscard]] Result<Request> request(const Sample&, uint32_t) const override {
    return Request{};
  }
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t) const override { return TrainingExample{}; }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  SuiteInfo info_;
  std::vector<uint32_t> ids_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

// A baseline where item i scored values[i] (negative: no reply).
FakeStore baseline_of(const std::vector<double>& values, const std::string& model = "m") {
  FakeStore store("base.assay");
  ModelInfo info;
  info.id = 1;
  info.name = model;
  store.info.models = {info};
  SuiteInfo suite = FakeSuite(values.size()).info();
  suite.id = 1;
  store.info.suites = {suite};
  for (size_t i = 0; i < values.size(); ++i) {
    test::FakeRecord record{.index = i};
    Sample sample;
    sample.targets = {fmt::format("t{}", i)};
    record.truth = truth_to_json(sample);
    record.outcome = values[i] < 0 ? Outcome::kServerError : Outcome::kOk;
    if (values[i] >= 0) record.scores = {{.value = values[i]}};
    store.add(record);
  }
  return store;
}

Result<std::unique_ptr<DecisionRule>> rule_of(const RunStore& baseline, const Suite& suite,
                                              double margin = 0.02,
                                              const std::string& model = "m") {
  const std::vector<const Suite*> suites{&suite};
  const std::vector<std::string> models{model};
  return make_baseline_rule(baseline, "base.assay", suites, models,
                            {.margin = margin, .alpha = 0.05, .seed = 7});
}

std::string refusal(const RunStore& baseline, const Suite& suite, const std::string& model = "m") {
  const auto rule = rule_of(baseline, suite, 0.02, model);
  return rule ? "" : rule.error().text();
}

std::optional<JudgedValue> value(double v) { return JudgedValue{v, 1, 0}; }

TEST(PlannedOrder, IsAPermutationThatOnlyIdsAndSeedDecide) {
  const FakeSuite suite(50);
  FakeSuite reversed(50);
  reversed.reverse();
  const std::vector<uint32_t> order = planned_order(suite, 1, {}).value();
  const std::vector<uint32_t> same = planned_order(reversed, 1, {}).value();
  for (size_t p = 0; p < 50; ++p) EXPECT_EQ(order[p], 49 - same[p]);
  EXPECT_NE(planned_order(suite, 2, {}).value(), order);
  std::vector<uint32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint32_t> all(50);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(sorted, all);
  EXPECT_NE(order, all);
}

TEST(PlannedOrder, KeepsClustersTogether) {
  const FakeSuite suite(60);
  std::vector<uint32_t> clusters(60);
  for (size_t i = 0; i < 60; ++i) clusters[i] = i % 3 == 0 ? 0 : static_cast<uint32_t>(1 + i % 7);
  const std::vector<uint32_t> order = planned_order(suite, 1, clusters).value();
  std::vector<uint32_t> runs;  // of clusters, in order
  for (const uint32_t index : order) {
    const uint32_t c = clusters[index];
    if (c != 0 && (runs.empty() || runs.back() != c)) runs.push_back(c);
    if (c == 0) runs.push_back(0);
  }
  std::erase(runs, 0U);
  std::sort(runs.begin(), runs.end());
  EXPECT_THAT(runs, ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST(ItemValues, AveragesRepeatsAndElectsAnswers) {
  ItemValues mean({.name = "accuracy"}, 2, 3);
  EXPECT_FALSE(mean.add(0, 2, value(1)));
  EXPECT_FALSE(mean.add(0, 2, value(0)));  // known already
  EXPECT_FALSE(mean.add(0, 0, std::nullopt));
  EXPECT_TRUE(mean.add(0, 1, value(0)));
  EXPECT_EQ(mean.state(0), ItemValues::State::kValue);
  EXPECT_EQ(mean.value(0), 0.5);  // of the two that count
  for (uint32_t r = 0; r < 3; ++r) mean.add(1, r, std::nullopt);
  EXPECT_EQ(mean.state(1), ItemValues::State::kExcluded);
  EXPECT_EQ(mean.open(), 0U);
  EXPECT_FALSE(mean.add(2, 0, value(1)));  // no such item
  EXPECT_FALSE(mean.add(0, 3, value(1)));  // no such repeat

  ItemValues vote({.name = "maj@3", .repeats_first = 3, .vote = true}, 1, 4);
  vote.add(0, 0, JudgedValue{0, 1, 11});
  vote.add(0, 1, JudgedValue{1, 1, 22});
  vote.add(0, 3, JudgedValue{0, 1, 11});  // beyond the first three
  vote.add(0, 2, JudgedValue{1, 1, 22});
  EXPECT_EQ(vote.value(0), 1);
}

TEST(ItemValues, WhatIsNoNumberDoesNotCount) {
  ItemValues values({.name = "f1", .binary = false}, 3, 1);
  values.add(0, 0, JudgedValue{std::nan(""), 1, 0});
  values.add(1, 0, JudgedValue{1, -1, 0});
  values.add(2, 0, JudgedValue{1, 0, 0});
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(values.state(i), ItemValues::State::kExcluded);
}

// Whatever the order in which results come in, the decision is the one of the planned order.
TEST(BaselineRule, ReadsInPlannedOrderWhateverComesFirst) {
  const FakeSuite suite(300);
  std::vector<double> before(300);
  for (size_t i = 0; i < 300; ++i) before[i] = i % 10 == 0 ? 0 : 1;
  const FakeStore baseline = baseline_of(before);
  std::vector<Decision> decisions;
  for (uint64_t shuffle = 0; shuffle < 5; ++shuffle) {
    auto rule = rule_of(baseline, suite).value();
    std::vector<uint64_t> arrival(300);
    std::iota(arrival.begin(), arrival.end(), 0U);
    Rng(shuffle).shuffle(arrival);
    for (const uint64_t index : arrival) {
      // Every fifth item is worse, and item 4 of the order got no reply.
      const bool lost = index == rule->order(0, 0)[4];
      rule->on_result({0, 0, index, 0}, lost ? std::nullopt : value(index % 5 == 1 ? 0 : 1));
    }
    decisions.push_back(rule->decisions().front());
  }
  for (const Decision& d : decisions) {
    EXPECT_EQ(d.verdict, decisions[0].verdict);
    EXPECT_EQ(d.items_used, decisions[0].items_used);
    EXPECT_EQ(d.e_regressed, decisions[0].e_regressed);
    EXPECT_EQ(d.sequential.ci_low, decisions[0].sequential.ci_low);
    EXPECT_EQ(d.items_excluded, 1U);
    EXPECT_EQ(d.items_known, 300U);
    EXPECT_EQ(d.fixed_n.n, 299U);
  }
}

TEST(BaselineRule, AGapHoldsTheDecisionBack) {
  const FakeSuite suite(100);
  const FakeStore baseline = baseline_of(std::vector<double>(100, 1));
  auto rule = rule_of(baseline, suite).value();
  const std::span<const uint32_t> order = rule->order(0, 0);
  for (size_t p = 1; p < 100; ++p) rule->on_result({0, 0, order[p], 0}, value(0));
  EXPECT_FALSE(rule->over(0, 0));
  EXPECT_EQ(rule->decisions()[0].items_used, 0U);
  rule->on_result({0, 0, order[0], 0}, value(0));
  EXPECT_TRUE(rule->over(0, 0));
  const Decision d = rule->decisions()[0];
  EXPECT_EQ(d.verdict, DecisionVerdict::kRegressed);
  EXPECT_LT(d.items_used, 10U);
  EXPECT_EQ(d.sequential.n, d.items_used);
  EXPECT_EQ(d.fixed_n.n, 100U);
  rule->reset(0, 0);
  EXPECT_FALSE(rule->over(0, 0));
  EXPECT_EQ(rule->decisions()[0].items_known, 0U);
}

TEST(BaselineRule, EndsInconclusiveWithTheItems) {
  const FakeSuite suite(20);
  const FakeStore baseline = baseline_of(std::vector<double>(20, 1));
  auto rule = rule_of(baseline, suite).value();
  for (uint64_t i = 0; i < 20; ++i) rule->on_result({0, 0, i, 0}, value(1));
  EXPECT_TRUE(rule->over(0, 0));
  EXPECT_EQ(rule->decisions()[0].verdict, DecisionVerdict::kInconclusive);
}

TEST(BaselineRule, AllErrorsIsInconclusiveWithoutAnInterval) {
  const FakeSuite suite(30);
  const FakeStore baseline = baseline_of(std::vector<double>(30, 1));
  auto rule = rule_of(baseline, suite).value();
  for (uint64_t i = 0; i < 30; ++i) rule->on_result({0, 0, i, 0}, std::nullopt);
  const Decision d = rule->decisions()[0];
  EXPECT_EQ(d.verdict, DecisionVerdict::kInconclusive);
  EXPECT_EQ(d.items_excluded, 30U);
  EXPECT_FALSE(d.sequential.value);
  EXPECT_FALSE(d.fixed_n.value);
}

TEST(BaselineRule, ItemsWithoutABaselineScoreComeLastAndTakeNoPart) {
  const FakeSuite suite(40);
  std::vector<double> before(40, 1);
  before[3] = before[17] = -1;
  const FakeStore baseline = baseline_of(before);
  auto rule = rule_of(baseline, suite).value();
  const std::span<const uint32_t> order = rule->order(0, 0);
  EXPECT_EQ(std::min(order[38], order[39]), 3U);
  EXPECT_EQ(std::max(order[38], order[39]), 17U);
  for (uint64_t i = 0; i < 40; ++i) rule->on_result({0, 0, i, 0}, value(1));
  const Decision d = rule->decisions()[0];
  EXPECT_EQ(d.items_planned, 38U);
  EXPECT_THAT(d.notes, ElementsAre(HasSubstr("2 items have no score in the baseline")));
}

TEST(BaselineRule, PairsByIdAndTruthWhereTheDataDiffer) {
  FakeSuite suite(30, "other");
  suite.reverse();
  std::vector<double> before(30, 1);
  before[0] = 0;  // item "s0", index 29 of the suite
  const FakeStore baseline = baseline_of(before);
  auto rule = rule_of(baseline, suite).value();
  for (uint64_t i = 0; i < 30; ++i) rule->on_result({0, 0, i, 0}, value(1));
  const Decision d = rule->decisions()[0];
  EXPECT_NEAR(*d.fixed_n.value, 1.0 / 30, 1e-12);  // one item became right
  EXPECT_THAT(d.notes, ElementsAre(HasSubstr("the data differ")));
}

TEST(BaselineRule, LowerIsBetterTurnsTheSign) {
  FakeSuite suite(60);
  suite.edit().metrics[0] = {
      .name = "cer", .scorer = "cer", .higher_is_better = false, .binary = false};
  FakeStore baseline = baseline_of(std::vector<double>(60, 0.1));
  baseline.info.suites[0].metrics = suite.info().metrics;
  auto rule = rule_of(baseline, suite).value();
  for (uint64_t i = 0; i < 60; ++i) rule->on_result({0, 0, i, 0}, value(0.9));
  EXPECT_EQ(rule->decisions()[0].verdict, DecisionVerdict::kRegressed);
  EXPECT_NEAR(*rule->decisions()[0].fixed_n.value, -0.8, 1e-12);
}

TEST(BaselineRule, ClustersAreReadWhole) {
  const FakeSuite suite(60);
  FakeStore baseline("base.assay");
  baseline.info = baseline_of({1}).info;
  for (size_t i = 0; i < 60; ++i) {
    baseline.add({.index = i, .cluster = fmt::format("page{}", i / 3), .scores = {{.value = 1}}});
  }
  auto rule = rule_of(baseline, suite).value();
  for (uint64_t i = 0; i < 60; ++i) rule->on_result({0, 0, i, 0}, value(0));
  const Decision d = rule->decisions()[0];
  EXPECT_EQ(d.verdict, DecisionVerdict::kRegressed);
  EXPECT_EQ(d.items_used % 3, 0U);
  EXPECT_EQ(d.fixed_n.method, "clustered mean, t");
  EXPECT_THAT(d.notes, ElementsAre(HasSubstr("clusters of up to 3")));
}

TEST(BaselineRule, RefusesWhatCannotBeCompared) {
  const FakeSuite suite(10);
  const FakeStore baseline = baseline_of(std::vector<double>(10, 1));
  FakeSuite other(10);
  other.edit().name = "other";
  EXPECT_THAT(refusal(baseline, other), HasSubstr("has no suite `other`"));
  FakeSuite judged(10);
  judged.edit().scorer_hash = "x";
  EXPECT_THAT(refusal(baseline, judged), HasSubstr("was judged by other scorers"));
  FakeSuite corpus(10);
  corpus.edit().metrics[0].aggregation = Aggregation::kBleu;
  EXPECT_THAT(refusal(baseline, corpus), HasSubstr("a figure of all replies together"));
  FakeSuite unbounded(10);
  unbounded.edit().metrics[0].binary = false;
  unbounded.edit().metrics[0].share = false;
  EXPECT_THAT(refusal(baseline, unbounded), HasSubstr("no values between 0 and 1"));
  EXPECT_EQ(refusal(baseline, suite, "renamed"), "");  // the only model is the counterpart
  FakeStore two = baseline_of(std::vector<double>(10, 1));
  ModelInfo second;
  second.id = 2;
  second.name = "n";
  two.info.models.push_back(second);
  two.add({.model = 2, .index = 0, .scores = {{.value = 1}}});
  EXPECT_THAT(refusal(two, suite, "renamed"), HasSubstr("no model `renamed`"));
  const FakeStore failed = baseline_of(std::vector<double>(10, -1));
  EXPECT_THAT(refusal(failed, suite), HasSubstr("for any of the 10 items"));
  EXPECT_THAT(refusal(baseline, FakeSuite(0)), HasSubstr("for any of the 0 items"));
}

Result<std::unique_ptr<DecisionRule>> threshold_rule(const std::string& text, const Suite& suite) {
  const std::vector<const Suite*> suites{&suite};
  const std::vector<std::string> models{"m"};
  return make_threshold_rule(text, suites, models, 7);
}

TEST(ThresholdRule, StopsWhenTheRestCannotChangeIt) {
  const FakeSuite suite(100);
  auto rule = threshold_rule("accuracy>=80%", suite).value();
  for (uint64_t i = 0; i < 20; ++i) rule->on_result({0, 0, i, 0}, value(0));
  EXPECT_FALSE(rule->over(0, 0));  // 80 of 100 may still be right
  rule->on_result({0, 0, 20, 0}, value(0));
  EXPECT_TRUE(rule->over(0, 0));
  const Decision d = rule->decisions()[0];
  EXPECT_EQ(d.verdict, DecisionVerdict::kFailed);
  EXPECT_EQ(d.items_used, 21U);
  EXPECT_EQ(d.items_saved, 79U);
  EXPECT_EQ(d.fixed_n.method, "wilson");
}

TEST(ThresholdRule, WeightsAndValuesBeyondOneWaitForTheLastItem) {
  FakeSuite suite(3);
  suite.edit().metrics[0].binary = false;
  auto rule = threshold_rule("accuracy >= 0.5", suite).value();
  rule->on_result({0, 0, 0, 0}, JudgedValue{1, 4, 0});
  rule->on_result({0, 0, 1, 0}, JudgedValue{1, 4, 0});
  EXPECT_FALSE(rule->over(0, 0));
  rule->on_result({0, 0, 2, 0}, JudgedValue{0, 10, 0});
  EXPECT_TRUE(rule->over(0, 0));
  EXPECT_EQ(rule->decisions()[0].verdict, DecisionVerdict::kFailed);  // 8 / 18
}

TEST(ThresholdRule, AllErrorsHaveNoFigure) {
  const FakeSuite suite(5);
  auto rule = threshold_rule("accuracy>=0", suite).value();
  for (uint64_t i = 0; i < 5; ++i) rule->on_result({0, 0, i, 0}, std::nullopt);
  EXPECT_TRUE(rule->over(0, 0));
  EXPECT_EQ(rule->decisions()[0].verdict, DecisionVerdict::kInconclusive);
}

TEST(ThresholdRule, RefusesWhatIsNoThreshold) {
  FakeSuite suite(5);
  for (const char* text : {"", ">=0.5", "accuracy", "accuracy>=", "accuracy>=x", "accuracy>=nan",
                           "accuracy>=1e999", "accuracy>=101%", "accuracy<=-0.1", "f1>=0.5"}) {
    EXPECT_FALSE(threshold_rule(text, suite)) << text;
  }
  suite.edit().metrics[0].binary = false;
  suite.edit().metrics[0].higher_is_better = false;
  EXPECT_FALSE(threshold_rule("accuracy<=0.1", suite));
  suite.edit().metrics[0].aggregation = Aggregation::kMcc;
  EXPECT_FALSE(threshold_rule("accuracy>=0.1", suite));
}

}  // namespace
}  // namespace assay::aggregate
