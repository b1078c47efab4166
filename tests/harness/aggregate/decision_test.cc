// Decisions on small run files: closed forms, figures of an independent computation
// (decision_reference.py, NumPy 1.24), every outcome, and what is missing.
#include "harness/aggregate/decision.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "harness/aggregate/decision_requirements.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeRecord;
using test::FakeStore;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kSecond = 1'000'000'000;

// What one model did on one item.
struct Did {
  double value = 1;
  std::optional<int64_t> nano = 1'000'000;  // cost
  int64_t took_ns = kSecond;
  Outcome outcome = Outcome::kOk;
};
using Doing = std::function<Did(size_t item)>;

SuiteInfo suite_info(size_t items) {
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.prompt_hash = "p";
  suite.data_hash = "d";
  suite.scorer_hash = "s";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = items;
  return suite;
}

FakeRecord record_of(uint32_t model, size_t item, const Did& did) {
  FakeRecord out{.model = model, .index = item, .outcome = did.outcome};
  out.sent_ns = kSecond;
  out.done_ns = kSecond + did.took_ns;
  if (did.nano) out.cost = Money{*did.nano};
  if (is_answer(did.outcome)) out.scores = {{.value = did.value}};
  return out;
}

FakeStore store_of(size_t items, const std::vector<Doing>& models) {
  FakeStore store("run.assay");
  store.info.suites = {suite_info(items)};
  store.info.currency = "USD";
  for (size_t m = 0; m < models.size(); ++m) {
    ModelInfo info;
    info.id = static_cast<uint32_t>(m + 1);
    info.name = std::string(1, static_cast<char>('a' + m));
    info.spec = "simulated:" + info.name;
    info.config_hash = info.name;
    info.local = false;
    store.info.models.push_back(info);
    for (size_t i = 0; i < items; ++i) store.add(record_of(info.id, i, models[m](i)));
  }
  return store;
}

DecisionReport report_of(const FakeStore& store, const DecisionOptions& options = {}) {
  const RunStore* const pointer = &store;
  const std::string name = store.path();
  Result<DecisionReport> out = decide_runs(std::span(&pointer, 1), std::span(&name, 1), options);
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : DecisionReport{};
}

SuiteDecision decide(const FakeStore& store, const DecisionOptions& options = {}) {
  const DecisionReport report = report_of(store, options);
  EXPECT_EQ(report.suites.size(), 1U);
  return report.suites.empty() ? SuiteDecision{} : report.suites.front();
}

Doing always(const Did& did) {
  return [did](size_t) { return did; };
}

// Right in all but every `n`-th item.
Doing wrong_every(size_t n, int64_t nano, int64_t took_ns = kSecond) {
  return [=](size_t i) {
    return Did{.value = i % n == 0 ? 0.0 : 1.0, .nano = nano, .took_ns = took_ns};
  };
}

FakeStore reference_store() {
  return store_of(60,
                  {[](size_t i) {
                     return Did{.value = i % 4 != 0 ? 1.0 : 0.0,
                                .nano = 1'000 * static_cast<int64_t>(900 + 13 * (i % 11)),
                                .took_ns = 1'000'000 * static_cast<int64_t>(400 + 10 * (i % 9))};
                   },
                   [](size_t i) {
                     return Did{.value = i % 3 != 1 ? 1.0 : 0.0,
                                .nano = 1'000 * static_cast<int64_t>(300 + 40 * (i % 5)),
                                .took_ns = 1'000'000 * static_cast<int64_t>(300 + 20 * (i % 13))};
                   },
                   [](size_t i) {
                     return Did{.value = i % 10 != 9 ? 1.0 : 0.0,
                                .nano = 1'000 * static_cast<int64_t>(2'000 + 7 * i),
                                .took_ns = 1'000'000 * static_cast<int64_t>(900 + 5 * i)};
                   }});
}

void expect_estimate(const Estimate& e, double value, double low, double high) {
  ASSERT_TRUE(e.value && e.ci_low && e.ci_high) << e.method;
  EXPECT_NEAR(*e.value, value, 1e-9 * value);
  EXPECT_NEAR(*e.ci_low, low, 1e-9 * value);
  EXPECT_NEAR(*e.ci_high, high, 1e-9 * value);
}

TEST(Decision, AgreesWithAnIndependentComputation) {
  const SuiteDecision d = decide(reference_store(), {.margin = 0.4});
  ASSERT_EQ(d.models.size(), 3U);
  EXPECT_EQ(d.draws, 10'000U);
  expect_estimate(d.models[0].cost_per_correct, 0.0012823333333333335, 0.001133509803921569,
                  0.0015340591607737317);
  expect_estimate(d.models[1].cost_per_correct, 0.00057, 0.00048434782608695664, 0.00070375);
  expect_estimate(d.models[2].cost_per_correct, 0.0024516666666666675, 0.002295433136762551,
                  0.0027651148048808355);
  EXPECT_EQ(d.reference, 1U);
  expect_estimate(d.models[0].cost_ratio, 2.2497076023391815, 1.7632086715302622,
                  2.8537986485534432);
  expect_estimate(d.models[2].cost_ratio, 4.301169590643276, 3.4578606886307397, 5.122244780225335);
  EXPECT_NEAR(*d.models[0].front_probability, 0.8155, 1e-12);
  EXPECT_NEAR(*d.models[1].front_probability, 1.0, 1e-12);
  EXPECT_NEAR(*d.models[2].front_probability, 0.9715, 1e-12);
  // A tie of utilities, or the last bit of a logarithm, may turn a weighting in 80,000.
  const auto near = [](double v) { return DoubleNear(v, 1e-4); };
  EXPECT_THAT(d.models[0].rank_shares,
              ElementsAre(near(0.1882625), near(0.7052875), near(0.10645)));
  EXPECT_THAT(d.models[1].rank_shares,
              ElementsAre(near(0.6301625), near(0.194925), near(0.1749125)));
  EXPECT_THAT(d.models[2].rank_shares,
              ElementsAre(near(0.181575), near(0.0997875), near(0.7186375)));
  EXPECT_THAT(*d.models[2].central_weights, ElementsAre(DoubleNear(0.6950929452563467, 1e-3),
                                                        DoubleNear(0.1658169308986815, 1e-3),
                                                        DoubleNear(0.13909012384497343, 1e-3)));
}

TEST(Decision, ExactCostsGiveAnExactRatio) {
  // The same answers, a three times dearer: nothing about the ratio is uncertain.
  const SuiteDecision d =
      decide(store_of(50, {wrong_every(5, 3'000'000), wrong_every(5, 1'000'000)}));
  EXPECT_EQ(d.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(d.reason, DecisionReason::kCheapest);
  EXPECT_EQ(d.chosen, 1U);
  expect_estimate(d.models[0].cost_ratio, 3, 3, 3);
  EXPECT_NEAR(*d.models[1].cost_per_correct.value, 0.001 / 0.8, 1e-15);
  EXPECT_EQ(d.models[0].front_probability, 0.0) << "as good, as fast and dearer";
  EXPECT_EQ(d.models[1].front_probability, 1.0);
  EXPECT_EQ(d.models[1].rank_shares.front(), 1.0);
  ASSERT_FALSE(d.changes.empty());
  const DecisionChange& change = d.changes.front();
  EXPECT_EQ(change.kind, DecisionChange::Kind::kPrice);
  EXPECT_EQ(change.model, 0U);
  EXPECT_NEAR(change.value, 1.0 / 3, 1e-12);
  EXPECT_NEAR(*change.cost_per_item, 0.001, 1e-12);
}

TEST(Decision, APriceBelowTheOneNamedTurnsIt) {
  const auto chosen_at = [](int64_t nano) {
    return decide(store_of(50, {wrong_every(5, nano), wrong_every(7, 1'000'000)}), {.margin = 0.2})
        .chosen;
  };
  const SuiteDecision d =
      decide(store_of(50, {wrong_every(5, 3'000'000), wrong_every(7, 1'000'000)}), {.margin = 0.2});
  ASSERT_FALSE(d.changes.empty());
  const auto limit = static_cast<int64_t>(*d.changes.front().cost_per_item * 1e9);
  EXPECT_EQ(chosen_at(limit + 10'000), 1U);
  EXPECT_EQ(chosen_at(limit - 10'000), 0U);
}

TEST(Decision, EqualModelsCannotBeToldApart) {
  const SuiteDecision d =
      decide(store_of(40, {wrong_every(4, 2'000'000), wrong_every(4, 2'000'000)}), {.margin = 0.3});
  EXPECT_EQ(d.outcome, DecisionOutcome::kUndecided);
  EXPECT_EQ(d.reason, DecisionReason::kCostTied);
  EXPECT_EQ(d.chosen, 0U);
  EXPECT_THAT(d.tied, ElementsAre(1U));
  for (const DecidedModel& model : d.models) {
    EXPECT_EQ(model.front_probability, 1.0) << "ties are members";
    EXPECT_THAT(model.rank_shares, ElementsAre(0.5, 0.5));
    EXPECT_EQ(model.expected_rank, 1.5);
  }
}

// The best is 20 points better and ten times as dear.
FakeStore good_and_cheap() {
  return store_of(400, {wrong_every(20, 10'000'000), wrong_every(4, 1'000'000)});
}

TEST(Decision, ShownToBeWorseIsOutWhateverItCosts) {
  const SuiteDecision d = decide(good_and_cheap());
  EXPECT_EQ(d.best, 0U);
  EXPECT_EQ(d.models[1].standing, QualityStanding::kWorse);
  EXPECT_EQ(d.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(d.reason, DecisionReason::kOnlyGoodEnough);
  EXPECT_EQ(d.chosen, 0U);
  EXPECT_LT(*d.models[1].cost_per_correct.value, *d.models[0].cost_per_correct.value);
}

TEST(Decision, TheMarginNamedTurnsIt) {
  const SuiteDecision d = decide(good_and_cheap());
  const auto change = std::find_if(d.changes.begin(), d.changes.end(), [](const auto& c) {
    return c.kind == DecisionChange::Kind::kMargin;
  });
  ASSERT_NE(change, d.changes.end());
  EXPECT_EQ(change->model, 1U);
  EXPECT_GT(change->value, 0.1);
  EXPECT_LT(change->value, 0.2);
  EXPECT_EQ(decide(good_and_cheap(), {.margin = change->value - 1e-6}).chosen, 0U);
  EXPECT_EQ(decide(good_and_cheap(), {.margin = change->value + 1e-6}).chosen, 1U);
}

TEST(Decision, TheWeightNamedIsWhereTheSumsAreEqual) {
  // b is cheaper and as fast: a leads where quality weighs more than cost's half of the rest does.
  const SuiteDecision d = decide(good_and_cheap());
  const auto change = std::find_if(d.changes.begin(), d.changes.end(), [](const auto& c) {
    return c.kind == DecisionChange::Kind::kWeightBelow;
  });
  ASSERT_NE(change, d.changes.end());
  EXPECT_EQ(change->model, 1U);
  // w · 1 = (1 - w) / 2, as latency is the same.
  EXPECT_NEAR(change->value, 1.0 / 3, 1e-12);
}

TEST(Decision, UndecidedWhereTheCheapestMayBeTooBad) {
  // 50 items: a right answer less in five is neither shown nor excluded at 2 points.
  const SuiteDecision d =
      decide(store_of(50, {wrong_every(25, 10'000'000), wrong_every(10, 1'000'000)}));
  EXPECT_EQ(d.models[1].standing, QualityStanding::kUndecided);
  EXPECT_EQ(d.outcome, DecisionOutcome::kUndecided);
  EXPECT_EQ(d.reason, DecisionReason::kQualityUndecided);
  EXPECT_EQ(d.chosen, 1U);
  EXPECT_THAT(d.tied, ElementsAre(0U));
}

TEST(Decision, NoneCorrectIsNotInfinity) {
  const SuiteDecision d = decide(store_of(30, {always({.value = 0}), wrong_every(3, 1'000'000)}));
  EXPECT_TRUE(d.models[0].none_correct);
  EXPECT_FALSE(d.models[0].cost_per_correct.value);
  EXPECT_EQ(d.models[0].draws_none_correct, d.draws);
  EXPECT_TRUE(d.models[0].cost_per_item.value) << "an item has a cost all the same";
  EXPECT_FALSE(d.models[0].cost_ratio.value);
  EXPECT_EQ(d.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(d.chosen, 1U);
  const SuiteDecision none = decide(store_of(30, {always({.value = 0}), always({.value = 0})}));
  EXPECT_EQ(none.outcome, DecisionOutcome::kUndecided);
  EXPECT_EQ(none.reason, DecisionReason::kNoneCorrect);
  EXPECT_FALSE(none.chosen);
}

TEST(Decision, WithoutPricesQualityDecidesOrNothingDoes) {
  const Did right{.nano = std::nullopt};
  const Did wrong{.value = 0, .nano = std::nullopt};
  const SuiteDecision clear = decide(store_of(60, {always(right), always(wrong)}));
  EXPECT_EQ(clear.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(clear.reason, DecisionReason::kOnlyGoodEnough);
  EXPECT_FALSE(clear.models[0].none_correct);
  EXPECT_THAT(clear.models[0].cost_note,
              HasSubstr("not measured: no price per token was given with the model"));
  EXPECT_THAT(clear.weighed, ElementsAre(true, false, true));
  const SuiteDecision tied = decide(store_of(60, {always(right), always(right)}));
  EXPECT_EQ(tied.outcome, DecisionOutcome::kUndecided);
  EXPECT_EQ(tied.reason, DecisionReason::kCostUnknown);
}

TEST(Decision, AModelWithoutACostLeavesItOpen) {
  const SuiteDecision d =
      decide(store_of(60, {always({.nano = 1'000}), always({.nano = std::nullopt})}));
  EXPECT_EQ(d.outcome, DecisionOutcome::kUndecided);
  EXPECT_EQ(d.reason, DecisionReason::kCostUnknown);
  EXPECT_EQ(d.chosen, 0U);
  EXPECT_THAT(d.tied, ElementsAre(1U));
  EXPECT_TRUE(d.models[0].has[1]);
  EXPECT_FALSE(d.models[1].has[1]) << "compared on quality and latency alone";
  ASSERT_FALSE(d.changes.empty());
  EXPECT_EQ(d.changes[0].kind, DecisionChange::Kind::kUnknownPrice);
  EXPECT_EQ(d.changes[0].model, 1U);
  EXPECT_NEAR(*d.changes[0].cost_per_item, 1e-6, 1e-15) << "both are always right";
}

TEST(Decision, ZeroCostIsNotMeasured) {
  const SuiteDecision d = decide(store_of(20, {always({.nano = 0}), always({.nano = 5})}));
  EXPECT_FALSE(d.models[0].cost_per_item.value);
  EXPECT_THAT(d.models[0].cost_note, HasSubstr("not measured"));
  EXPECT_FALSE(d.models[0].none_correct);
}

TEST(Decision, MachineTimeCostsItsPrice) {
  FakeStore store = store_of(
      20, {always({.nano = std::nullopt, .took_ns = 2 * kSecond}), always({.nano = 1'000'000})});
  store.info.models[0].local = true;
  store.info.machine_price_per_hour = "3.6";
  const SuiteDecision d = decide(store);
  EXPECT_NEAR(*d.models[0].cost_per_correct.value, 0.002, 1e-15);  // 0.001 a second
  EXPECT_EQ(d.models[0].cost_note, "machine at 3.6 USD per hour, busy time");
  EXPECT_EQ(d.chosen, 1U);
}

TEST(Decision, FailedItemsCostAndBringNothing) {
  const auto half_failed = [](size_t i) {
    return i % 2 == 0 ? Did{} : Did{.outcome = Outcome::kServerError};
  };
  const SuiteDecision d = decide(store_of(20, {half_failed}));
  EXPECT_NEAR(*d.models[0].cost_per_correct.value, 0.002, 1e-15);
  EXPECT_EQ(*d.models[0].quality.value, 1) << "quality is of what was answered";
  EXPECT_EQ(d.models[0].failed, 10U);
  EXPECT_EQ(d.models[0].latency_mean.n, 20U);
  EXPECT_EQ(*d.models[0].latency_mean.value, 1);
}

TEST(Decision, AnswersWithoutACostAreLeftOutForAll) {
  const auto one_unpriced = [](size_t i) {
    return i == 3 ? Did{.nano = std::nullopt} : Did{.nano = 2'000'000};
  };
  const SuiteDecision d = decide(store_of(20, {one_unpriced, always({})}));
  EXPECT_EQ(d.samples, 19U);
  EXPECT_EQ(d.left_out, 1U);
  EXPECT_NEAR(*d.models[0].cost_per_correct.value, 0.002, 1e-15);
  ASSERT_FALSE(d.notes.empty());
  EXPECT_EQ(d.notes[0],
            "compared on the 19 samples of 20 that all models were asked; 1 of those left out "
            "have an answer without a cost");
  const auto many = [](size_t i) {
    return i % 3 == 0 ? Did{.nano = std::nullopt} : Did{.nano = 2'000'000};
  };
  const SuiteDecision most = decide(store_of(20, {many, always({})}));
  EXPECT_EQ(most.samples, 20U);
  EXPECT_EQ(most.models[0].cost_note,
            "not measured: 7 of 20 samples have an answer without a cost");
}

TEST(Decision, OneModelIsTheOnlyOne) {
  const SuiteDecision d = decide(store_of(30, {wrong_every(3, 1'000'000)}));
  EXPECT_EQ(d.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(d.reason, DecisionReason::kOnlyModel);
  EXPECT_THAT(d.changes, IsEmpty());
  EXPECT_EQ(d.models[0].front_probability, 1.0);
  EXPECT_THAT(d.models[0].rank_shares, ElementsAre(1.0));
}

TEST(Decision, OneItemHasFiguresAndNoDraws) {
  const SuiteDecision d = decide(store_of(1, {always({}), always({.nano = 9'000'000})}));
  EXPECT_EQ(d.draws, 0U);
  EXPECT_FALSE(d.models[0].cost_per_correct.ci_low);
  EXPECT_FALSE(d.models[0].front_probability);
  EXPECT_TRUE(d.models[0].on_front);
  EXPECT_EQ(d.outcome, DecisionOutcome::kUndecided) << "one item shows nothing";
}

TEST(Decision, NothingScoredIsNoData) {
  const SuiteDecision d =
      decide(store_of(5, {always({.nano = std::nullopt, .outcome = Outcome::kTimeout})}));
  EXPECT_EQ(d.outcome, DecisionOutcome::kNoData);
  EXPECT_EQ(overall_outcome(DecisionReport{}), DecisionOutcome::kNoData);
}

TEST(Decision, ClustersAreDrawnWhole) {
  FakeStore store("run.assay");
  store.info.suites = {suite_info(40)};
  store.info.models = {{.id = 1, .name = "a", .local = false}};
  for (size_t i = 0; i < 40; ++i) {
    FakeRecord record = record_of(1, i, {.value = i < 20 ? 1.0 : 0.0});
    record.cluster = fmt::format("page {}", i / 4);
    store.add(record);
  }
  const SuiteDecision d = decide(store);
  EXPECT_EQ(d.samples, 40U);
  EXPECT_EQ(d.units, 10U);
  // Five of ten pages right: as wide as ten items would be.
  const SuiteDecision ten =
      decide(store_of(10, {[](size_t i) { return Did{.value = i < 5 ? 1.0 : 0.0}; }}));
  EXPECT_NEAR(*d.models[0].cost_per_correct.ci_high, *ten.models[0].cost_per_correct.ci_high,
              1e-12);
}

TEST(Decision, RepeatsAreAveragedAndVotesAreOneAnswer) {
  FakeStore store("run.assay");
  store.info.suites = {suite_info(10)};
  store.info.suites[0].repeats = 2;
  store.info.models = {{.id = 1, .name = "a", .local = false}};
  for (size_t i = 0; i < 10; ++i) {
    for (const uint32_t repeat : {0U, 1U}) {
      FakeRecord record = record_of(1, i, {.value = repeat == 0 ? 1.0 : 0.0});
      record.repeat = repeat;
      store.add(record);
    }
  }
  const SuiteDecision mean = decide(store);
  EXPECT_NEAR(*mean.models[0].cost_per_correct.value, 0.002, 1e-15);
  EXPECT_NEAR(*mean.models[0].cost_per_item.value, 0.001, 1e-15);
  store.info.suites[0].metrics[0].vote = true;  // ties: the one given first, which is right
  const SuiteDecision vote = decide(store);
  EXPECT_NEAR(*vote.models[0].cost_per_correct.value, 0.002, 1e-15) << "two calls for one answer";
  EXPECT_EQ(*vote.models[0].quality.value, 1);
}

TEST(Decision, WhereLowerIsBetterCostsAreComparedPerItem) {
  FakeStore store =
      store_of(60, {always({.value = 0.1}), always({.value = 0.1, .nano = 5'000'000})});
  store.info.suites[0].metrics = {
      {.name = "cer", .scorer = "cer", .higher_is_better = false, .binary = false}};
  const SuiteDecision d = decide(store);
  EXPECT_EQ(d.cost_unit, CostUnit::kItem);
  EXPECT_NEAR(*d.models[0].cost_per_correct.value, 0.001, 1e-15);
  EXPECT_EQ(d.chosen, 0U);
}

TEST(Decision, GradedScoresCostPerUnitOfScore) {
  FakeStore store = store_of(60, {always({.value = 0.5})});
  store.info.suites[0].metrics = {{.name = "f1", .scorer = "f1", .binary = false}};
  const SuiteDecision d = decide(store);
  EXPECT_EQ(d.cost_unit, CostUnit::kScore);
  EXPECT_NEAR(*d.models[0].cost_per_correct.value, 0.002, 1e-15);
}

TEST(Decision, RequirementsKnockOutByFactsAndByFigures) {
  DecisionOptions options;
  options.rules.regions = {"kr", "eu"};
  options.rules.p95_seconds = 5;
  options.facts = {{.name = "b", .regions = {"CN"}}};
  const SuiteDecision d =
      decide(store_of(100, {wrong_every(5, 3'000'000), wrong_every(5, 1'000'000)}), options);
  ASSERT_EQ(d.models[1].requirements.size(), 2U);
  EXPECT_TRUE(d.models[1].knocked_out);
  EXPECT_EQ(d.models[1].requirements[0].state, RequirementState::kFail);
  EXPECT_EQ(d.models[1].requirements[0].found, "CN");
  EXPECT_FALSE(d.models[1].front_probability) << "knocked out: no part of the front";
  EXPECT_EQ(d.models[0].requirements[0].state, RequirementState::kUnknown);
  EXPECT_EQ(d.models[0].requirements[1].state, RequirementState::kPass);
  EXPECT_FALSE(d.models[0].knocked_out) << "not known is kept by default";
  EXPECT_EQ(d.outcome, DecisionOutcome::kAdopt);
  EXPECT_EQ(d.reason, DecisionReason::kOnlyModel);
  EXPECT_EQ(d.chosen, 0U);
  // Without the region the cheaper one would be the choice.
  ASSERT_EQ(d.changes.size(), 1U);
  EXPECT_EQ(d.changes[0].kind, DecisionChange::Kind::kRequirement);
  EXPECT_EQ(d.changes[0].model, 1U);
  EXPECT_THAT(d.changes[0].requirements, ElementsAre(RequirementKind::kRegion));
  options.rules.unknown_fails = true;
  const SuiteDecision strict =
      decide(store_of(100, {wrong_every(5, 3'000'000), wrong_every(5, 1'000'000)}), options);
  EXPECT_EQ(strict.outcome, DecisionOutcome::kNone);
  EXPECT_FALSE(strict.chosen);
}

TEST(Decision, AnUnknownRequirementOfTheChoiceIsAChange) {
  DecisionOptions options;
  options.rules.licences = {"mit"};
  options.facts = {{.name = "a", .licence = "MIT"}};
  const SuiteDecision d =
      decide(store_of(100, {wrong_every(5, 3'000'000), wrong_every(5, 1'000'000)}), options);
  EXPECT_EQ(d.chosen, 1U);
  const auto change = std::find_if(d.changes.begin(), d.changes.end(), [](const auto& c) {
    return c.kind == DecisionChange::Kind::kUnknown;
  });
  ASSERT_NE(change, d.changes.end());
  EXPECT_EQ(change->model, 0U);
  EXPECT_THAT(change->requirements, ElementsAre(RequirementKind::kLicence));
}

TEST(Decision, WeightsOfTheUserGiveAWinner) {
  DecisionOptions options;
  options.margin = 0.3;
  options.weights = WeightRanges{WeightRange{5, 5}, WeightRange{1, 1}, WeightRange{0, 0}};
  const SuiteDecision d = decide(good_and_cheap(), options);
  EXPECT_NEAR(*d.models[0].first_with_weights, 1, 1e-12);
  EXPECT_NEAR(*d.models[1].first_with_weights, 0, 1e-12);
  options.weights = WeightRanges{WeightRange{0, 0}, WeightRange{1, 1}, WeightRange{0, 0}};
  EXPECT_NEAR(*decide(good_and_cheap(), options).models[1].first_with_weights, 1, 1e-12);
}

TEST(Decision, SuitesThatDisagreeAreUndecided) {
  DecisionReport report;
  SuiteDecision one{.suite = "x", .models = {{.name = "a"}, {.name = "b"}}};
  one.outcome = DecisionOutcome::kAdopt;
  one.chosen = 0;
  SuiteDecision other = one;
  report.suites = {one, other};
  EXPECT_EQ(overall_outcome(report), DecisionOutcome::kAdopt);
  report.suites[1].chosen = 1;
  EXPECT_EQ(overall_outcome(report), DecisionOutcome::kUndecided);
  report.suites[1].outcome = DecisionOutcome::kNone;
  EXPECT_EQ(overall_outcome(report), DecisionOutcome::kNone);
}

TEST(Decision, AskedForASuiteThatIsNotThere) {
  const FakeStore store = store_of(5, {always({})});
  const RunStore* const pointer = &store;
  const std::string name = store.path();
  const auto out = decide_runs(std::span(&pointer, 1), std::span(&name, 1), {.suites = {"other"}});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().text(), "found suite `other`, expected one of the runs: quick");
}

TEST(Decision, AFactOfNoModelIsSaid) {
  const DecisionReport report =
      report_of(store_of(5, {always({})}), {.facts = {{.name = "r9", .licence = "mit"}}});
  EXPECT_THAT(report.notes, ElementsAre("no run has the model `r9` of the configuration"));
}

TEST(Decision, DifferentCurrenciesAreNotCompared) {
  FakeStore usd = store_of(10, {always({})});
  FakeStore krw = store_of(10, {always({.nano = 1'400'000'000})});
  krw.info.models[0].name = "b";
  krw.info.models[0].config_hash = "b";
  krw.info.currency = "KRW";
  const std::vector<const RunStore*> stores{&usd, &krw};
  const std::vector<std::string> names{"usd.assay", "krw.assay"};
  const auto report = decide_runs(stores, names, {});
  ASSERT_TRUE(report);
  const SuiteDecision& d = report->suites.front();
  ASSERT_EQ(d.models.size(), 2U);
  EXPECT_FALSE(d.models[1].cost_per_item.value);
  EXPECT_EQ(d.models[1].cost_note,
            "not measured: its costs are in KRW, those of other models in USD");
}

Estimate estimate_of(double value, double low, double high) {
  return {.value = value, .ci_low = low, .ci_high = high, .n = 100, .method = ""};
}

TEST(Requirements, AreShownWhereTheIntervalIsOnOneSide) {
  RequirementRules rules;
  rules.p95_seconds = 5;
  const auto checked = [&](const Estimate& p95) {
    return check_requirements(rules, nullptr, {.p95 = p95}, 0.95).at(0);
  };
  EXPECT_EQ(checked(estimate_of(4, 3, 4.9)).state, RequirementState::kPass);
  EXPECT_TRUE(checked(estimate_of(4, 3, 4.9)).shown);
  EXPECT_EQ(checked(estimate_of(4, 3, 5.1)).state, RequirementState::kPass);
  EXPECT_FALSE(checked(estimate_of(4, 3, 5.1)).shown);
  EXPECT_EQ(checked(estimate_of(6, 4, 7)).state, RequirementState::kFail);
  EXPECT_FALSE(checked(estimate_of(6, 4, 7)).shown);
  EXPECT_TRUE(checked(estimate_of(6, 5.5, 7)).shown);
  EXPECT_EQ(checked({}).state, RequirementState::kUnknown);
  EXPECT_EQ(checked({}).found, "no latency was measured");
  EXPECT_EQ(checked(estimate_of(4, 3, 4.9)).found, "4 s [3–4.9]");
}

TEST(Requirements, AvailabilityCountsEveryTryAndErrorsEveryItem) {
  RequirementRules rules;
  rules.availability = 0.9;
  rules.error_rate = 0.01;
  const auto checks =
      check_requirements(rules, nullptr, {.answered = 99, .failed = 1, .retries = 20}, 0.95);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].state, RequirementState::kFail);  // 99 of 120 tries
  EXPECT_THAT(checks[0].found, HasSubstr("82.5%"));
  EXPECT_EQ(checks[1].state, RequirementState::kPass);
  EXPECT_FALSE(checks[1].shown);
}

TEST(Requirements, ABudgetNeedsRequestsAndItsCurrency) {
  RequirementRules rules;
  rules.budget = BudgetRule{.amount = Money{300'000'000'000}, .currency = "USD"};
  MeasuredFacts facts{.cost_per_item = estimate_of(0.001, 0.0009, 0.0011), .currency = "USD"};
  EXPECT_EQ(check_requirements(rules, nullptr, facts, 0.95).at(0).state,
            RequirementState::kUnknown);
  rules.requests_per_day = 9'000;  // 273.94 a month
  const RequirementCheck passes = check_requirements(rules, nullptr, facts, 0.95).at(0);
  EXPECT_EQ(passes.state, RequirementState::kPass);
  EXPECT_EQ(passes.found, "273.9 USD/month [246.5–301.3]");
  EXPECT_EQ(passes.wanted, "at most 300 USD/month");
  EXPECT_FALSE(passes.shown);
  rules.budget->requests_per_day = 20'000;
  EXPECT_EQ(check_requirements(rules, nullptr, facts, 0.95).at(0).state, RequirementState::kFail);
  facts.currency = "KRW";
  EXPECT_EQ(check_requirements(rules, nullptr, facts, 0.95).at(0).found,
            "the budget is in USD, the cost in KRW");
}

TEST(Requirements, FactsAreOneOfOrAllOf) {
  RequirementRules rules;
  rules.licences = {"mit", "apache-2.0"};
  rules.context = 128'000;
  rules.modalities = {"text", "image"};
  const ModelFacts facts{
      .name = "m", .licence = "Apache-2.0", .context = 64'000, .modalities = {"text"}};
  const auto checks = check_requirements(rules, &facts, {}, 0.95);
  ASSERT_EQ(checks.size(), 3U);
  EXPECT_EQ(checks[0].state, RequirementState::kPass);
  EXPECT_EQ(checks[1].state, RequirementState::kFail);
  EXPECT_EQ(checks[2].state, RequirementState::kFail);
  EXPECT_EQ(checks[2].wanted, "text and image");
  for (const RequirementCheck& check : check_requirements(rules, nullptr, {}, 0.95)) {
    EXPECT_EQ(check.state, RequirementState::kUnknown);
    EXPECT_EQ(check.found, "not given");
  }
}

}  // namespace
}  // namespace assay::aggregate
