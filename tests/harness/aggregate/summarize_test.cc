// Summaries of small run files, computed by hand; and the promise that order and files do not
// matter.
#include "harness/aggregate/summarize.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "harness/base/rng.h"
#include "tests/harness/aggregate/summary_text.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeRecord;
using test::FakeStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kMs = 1'000'000;

SuiteInfo quick_suite(uint64_t samples, uint32_t repeats = 1) {
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.prompt_hash = "p";
  suite.data_hash = "d";
  suite.scorer_hash = "s";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = samples;
  suite.repeats = repeats;
  return suite;
}

ModelInfo model(uint32_t id, const std::string& name) {
  ModelInfo out;
  out.id = id;
  out.name = name;
  out.config_hash = "c" + name;
  return out;
}

RecordScore right() { return {.value = 1}; }
RecordScore wrong() { return {.value = 0}; }

Summary summary_of(const std::vector<const FakeStore*>& stores) {
  std::vector<const RunStore*> pointers(stores.begin(), stores.end());
  std::vector<std::string> names;
  names.reserve(stores.size());
  for (const FakeStore* s : stores) names.push_back(s->path());
  Result<Summary> out = summarize(pointers, names, {});
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : Summary{};
}

Summary summary_of(const FakeStore& store) { return summary_of(std::vector{&store}); }

// Ten samples, one model: 7 right, latencies 10, 20 .. 100 ms.
FakeStore ten_samples() {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(10)};
  for (uint64_t i = 0; i < 10; ++i) {
    store.add({.index = i,
               .sent_ns = 1000,
               .done_ns = 1000 + static_cast<int64_t>(i + 1) * 10 * kMs,
               .scores = {i < 7 ? right() : wrong()}});
  }
  return store;
}

TEST(Summarize, BinaryHeadlineIsWilson) {
  const Summary s = summary_of(ten_samples());
  ASSERT_EQ(s.suites.size(), 1U);
  ASSERT_EQ(s.suites[0].models.size(), 1U);
  const ModelResult& m = s.suites[0].models[0];
  const Estimate& e = m.metrics.at(0).estimate;
  EXPECT_EQ(*e.value, 0.7);
  EXPECT_NEAR(*e.ci_low, 0.3967781, 1e-7);  // Wilson for 7 of 10: 0.3967781..0.8922087
  EXPECT_NEAR(*e.ci_high, 0.8922087, 1e-7);
  EXPECT_EQ(e.n, 10U);
  EXPECT_EQ(e.method, "wilson");
  EXPECT_EQ(m.items_planned, 10U);
  EXPECT_EQ(m.items_answered, 10U);
  EXPECT_EQ(m.outcomes.at("ok"), 10U);
  EXPECT_EQ(s.suites[0].verdict.kind, VerdictKind::kSingleModel);
  EXPECT_EQ(s.suites[0].verdict.best, 0U);
  EXPECT_EQ(s.suites[0].verdict.fastest, 0U);
  EXPECT_THAT(s.warnings, ElementsAre());
  EXPECT_THAT(s.sources, ElementsAre("a.assay"));
}

TEST(Summarize, LatencyByOrderStatistics) {
  const LatencySummary latency = summary_of(ten_samples()).suites[0].models[0].latency;
  EXPECT_EQ(latency.n, 10U);
  ASSERT_EQ(latency.percentiles.size(), 4U);
  const Estimate& median = latency.percentiles[0].estimate;
  EXPECT_EQ(*median.value, 0.055);
  EXPECT_EQ(*median.ci_low, 0.02);  // ranks 2 and 9 of 10
  EXPECT_EQ(*median.ci_high, 0.09);
  EXPECT_NEAR(*latency.percentiles[1].estimate.value, 0.091, 1e-15);
  EXPECT_FALSE(latency.percentiles[3].estimate.ci_low);
  EXPECT_EQ(latency.percentiles[3].estimate.method,
            "order statistics: n = 10 cannot support an interval for p99, needs 368");
  EXPECT_EQ(*latency.mean.value, 0.055);
  // s = 30.2765 ms, t(9) = 2.262157.
  EXPECT_NEAR(*latency.mean.ci_high, 0.055 + 2.2621571628 * 0.0302765035 / std::sqrt(10), 1e-9);
  ASSERT_EQ(latency.ecdf.size(), 10U);
  EXPECT_EQ(latency.ecdf[0], std::pair(0.01, 0.1));
  EXPECT_EQ(latency.ecdf[9], std::pair(0.1, 1.0));
}

TEST(Summarize, CostFromPriceAndBusyTime) {
  FakeStore store = ten_samples();
  store.info.machine_price_per_hour = "3.6";  // 0.001 a second; busy 0.55 s
  store.info.currency = "USD";
  const ModelResult m = summary_of(store).suites[0].models[0];
  EXPECT_EQ(m.busy_seconds, 0.55);
  EXPECT_EQ(m.cost.total->text(), "0.00055");
  EXPECT_EQ(m.cost.per_thousand_items->text(), "0.055");
  EXPECT_EQ(m.cost.per_correct->text(), "0.000078571");
  EXPECT_EQ(m.cost.currency, "USD");
  EXPECT_EQ(m.cost.basis, "machine at 3.6 USD per hour, busy time; energy not measured");
  EXPECT_FALSE(m.cost.energy_joules);
}

TEST(Summarize, CostNotMeasured) {
  const CostSummary cost = summary_of(ten_samples()).suites[0].models[0].cost;
  EXPECT_FALSE(cost.total);
  EXPECT_FALSE(cost.per_correct);
  EXPECT_EQ(cost.basis, "not measured: no machine price per hour was given");
  FakeStore bad = ten_samples();
  bad.info.machine_price_per_hour = "cheap";
  EXPECT_EQ(summary_of(bad).suites[0].models[0].cost.basis,
            "not measured: machine price `cheap` in a.assay is not an amount");
}

TEST(Summarize, EnergyIsDividedByBusyTimeAndNeedsEverySession) {
  FakeStore store = ten_samples();
  store.info.suites.push_back(quick_suite(1));
  store.info.suites[1].id = 2;
  store.info.suites[1].name = "other";
  store.add({.suite = 2, .done_ns = 450 * kMs, .scores = {right()}});  // busy 0.45 of 1.0 s
  store.gauges = {{1, {.at_ns = 5, .name = "energy_joules:1", .value = 60}},
                  {1, {.at_ns = 9, .name = "energy_joules:1", .value = 40}},
                  {1, {.at_ns = 9, .name = "resident_bytes", .value = 1e9}}};
  const Summary s = summary_of(store);
  EXPECT_NEAR(*s.suites[0].models[0].cost.energy_joules, 55, 1e-12);
  EXPECT_NEAR(*s.suites[1].models[0].cost.energy_joules, 45, 1e-12);
  EXPECT_EQ(s.suites[0].models[0].cost.energy.source, EnergySource::kMeasured);
  store.info.machine_price_per_hour = "3.6";
  EXPECT_THAT(summary_of(store).suites[0].models[0].cost.basis,
              HasSubstr("; energy: counters of the whole machine"));
  store.add({.suite = 2, .index = 1, .session = 2, .done_ns = kMs, .scores = {right()}});
  EXPECT_FALSE(summary_of(store).suites[1].models[0].cost.energy_joules);
}

TEST(Summarize, FailedUnjudgedAndUnscored) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(6)};
  store.add({.index = 0, .attempts = 3, .sent_ns = 1, .done_ns = 10, .scores = {right()}});
  store.add({.index = 1, .outcome = Outcome::kLength, .done_ns = 10, .scores = {wrong()}});
  store.add({.index = 2, .attempts = 5, .outcome = Outcome::kTimeout, .done_ns = 20});
  store.add({.index = 3, .done_ns = 10, .scores = {{.status = ScoreStatus::kUnscored}}});
  store.add({.index = 4, .done_ns = 10});
  const Summary s = summary_of(store);
  const ModelResult& m = s.suites[0].models[0];
  EXPECT_EQ(m.items_planned, 6U);
  EXPECT_EQ(m.items_answered, 4U);
  EXPECT_EQ(m.items_failed, 1U);
  EXPECT_EQ(m.items_unjudged, 1U);
  EXPECT_EQ(m.retries, 6U);
  EXPECT_EQ(m.metrics[0].estimate.n, 2U);
  EXPECT_EQ(*m.metrics[0].estimate.value, 0.5);
  EXPECT_EQ(m.metrics[0].unscored, 1U);
  EXPECT_EQ(m.latency.n, 4U);
  EXPECT_EQ(m.outcomes.at("timeout"), 1U);
  EXPECT_THAT(
      s.warnings,
      ElementsAre("suite quick, model m: incomplete, 5 of 6 items have an outcome",
                  "suite quick, model m: 1 items got no reply after all attempts and are not in "
                  "the quality "
                  "figures",
                  "suite quick, model m: 1 replies have no score yet (`assay score` judges them)"));
}

TEST(Summarize, UsageSumsWhatWasSaid) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(2)};
  store.add({.index = 0, .usage = {.input_tokens = 5, .output_tokens = 2}, .scores = {right()}});
  store.add({.index = 1, .usage = {.output_tokens = 3}, .scores = {right()}});
  const Usage usage = summary_of(store).suites[0].models[0].usage;
  EXPECT_EQ(usage.input_tokens, 5);
  EXPECT_EQ(usage.output_tokens, 5);
  EXPECT_EQ(usage.cached_tokens, -1);
}

TEST(Summarize, RepeatsAreAveragedFirst) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(3, 2)};
  const bool grid[3][2] = {{true, true}, {true, false}, {false, false}};  // means 1, 0.5, 0
  for (uint64_t i = 0; i < 3; ++i) {
    for (uint32_t r = 0; r < 2; ++r) {
      store.add({.index = i, .repeat = r, .scores = {grid[i][r] ? right() : wrong()}});
    }
  }
  const Estimate e = summary_of(store).suites[0].models[0].metrics[0].estimate;
  EXPECT_EQ(*e.value, 0.5);
  EXPECT_EQ(e.n, 3U);
  EXPECT_EQ(e.method, "mean, t");
  EXPECT_EQ(*e.ci_low, 0);  // 0.5 - 4.303 * 0.5 / sqrt(3) is below 0
  EXPECT_EQ(*e.ci_high, 1);
}

TEST(Summarize, ClustersOfABinaryMetric) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(6)};
  const bool grid[6] = {true, true, false, false, true, false};
  for (uint64_t i = 0; i < 6; ++i) {
    store.add({.index = i,
               .cluster = fmt::format("page{}", i / 2),
               .scores = {grid[i] ? right() : wrong()}});
  }
  const Estimate e = summary_of(store).suites[0].models[0].metrics[0].estimate;
  EXPECT_EQ(*e.value, 0.5);
  EXPECT_EQ(e.method, "clustered mean, t");
  EXPECT_EQ(*e.ci_low, 0);  // 0.5 - 4.303 * 0.2887 is below 0: clipped
}

TEST(Summarize, ClustersOfOneAreNoClusters) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(4)};
  for (uint64_t i = 0; i < 4; ++i) {
    store.add({.index = i, .cluster = fmt::format("page{}", i), .scores = {right()}});
  }
  EXPECT_EQ(summary_of(store).suites[0].models[0].metrics[0].estimate.method, "wilson");
}

TEST(Summarize, AllRightInClustersStillHasAnInterval) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(20)};
  for (uint64_t i = 0; i < 20; ++i) {
    store.add({.index = i, .cluster = fmt::format("page{}", i / 2), .scores = {right()}});
  }
  const Estimate e = summary_of(store).suites[0].models[0].metrics[0].estimate;
  EXPECT_EQ(*e.value, 1);
  EXPECT_NEAR(*e.ci_low, 0.722467, 1e-6);  // Wilson for 10 of 10
  EXPECT_EQ(e.method, "clustered mean, t; no variation: wilson over clusters");
}

SuiteInfo cer_suite(uint64_t samples) {
  SuiteInfo suite = quick_suite(samples);
  suite.metrics = {{.name = "cer", .scorer = "cer", .higher_is_better = false, .binary = false},
                   {.name = "exact", .scorer = "exact"}};
  return suite;
}

TEST(Summarize, WeightedMetricIsPooled) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {cer_suite(3)};
  // Edits 1, 2, 0 over lengths 10, 10, 20.
  store.add({.index = 0, .scores = {{.metric = 0, .value = 0.1, .weight = 10}, {.metric = 1}}});
  store.add({.index = 1, .scores = {{.metric = 0, .value = 0.2, .weight = 10}, {.metric = 1}}});
  store.add(
      {.index = 2, .scores = {{.metric = 0, .value = 0, .weight = 20}, {.metric = 1, .value = 1}}});
  const ModelResult m = summary_of(store).suites[0].models[0];
  const Estimate& cer = m.metrics[0].estimate;
  EXPECT_EQ(*cer.value, 0.075);
  EXPECT_EQ(*cer.ci_low, 0);  // an error rate does not go below 0
  EXPECT_NEAR(*cer.ci_high, 0.075 + 4.30265272974946 * std::sqrt(3.875 / 1600 * 1.5), 1e-10);
  EXPECT_EQ(cer.method, "ratio, t");
  EXPECT_NEAR(*m.metrics[1].estimate.value, 1.0 / 3, 1e-15);
  EXPECT_EQ(m.metrics[1].estimate.method, "wilson");
  EXPECT_FALSE(m.cost.per_correct);  // the headline is not binary
}

TEST(Summarize, ErrorRatesMayExceedOne) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {cer_suite(2)};
  store.add({.index = 0, .scores = {{.metric = 0, .value = 3, .weight = 10}, {.metric = 1}}});
  store.add({.index = 1, .scores = {{.metric = 0, .value = 1, .weight = 10}, {.metric = 1}}});
  const Estimate cer = summary_of(store).suites[0].models[0].metrics[0].estimate;
  EXPECT_EQ(*cer.value, 2);
  EXPECT_GT(*cer.ci_high, 1);
}

TEST(Summarize, SlicesOfTheHeadline) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(4)};
  store.add({.index = 0, .tags = R"({"language":"ko","pages":2})", .scores = {right()}});
  store.add({.index = 1, .tags = R"({"language":"ko"})", .scores = {wrong()}});
  store.add({.index = 2, .tags = R"({"language":"en"})", .scores = {right()}});
  store.add({.index = 3, .scores = {wrong()}});
  const std::vector<SliceResult> slices = summary_of(store).suites[0].models[0].slices;
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[0].tag, "language");
  EXPECT_EQ(slices[0].value, "en");
  EXPECT_EQ(*slices[0].headline.estimate.value, 1);
  EXPECT_EQ(slices[1].value, "ko");
  EXPECT_EQ(*slices[1].headline.estimate.value, 0.5);
  EXPECT_EQ(slices[2].tag, "pages");
  EXPECT_EQ(slices[2].value, "2");
  EXPECT_EQ(slices[2].headline.estimate.n, 1U);
}

TEST(Summarize, ManySliceValuesAreCut) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(51)};
  for (uint64_t i = 0; i < 51; ++i) {
    // 50 values; v49 twice, so that it is kept.
    store.add({.index = i,
               .tags = fmt::format(R"({{"kind":"v{:02}"}})", std::min<uint64_t>(i, 49)),
               .scores = {right()}});
  }
  const Summary s = summary_of(store);
  const std::vector<SliceResult>& slices = s.suites[0].models[0].slices;
  ASSERT_EQ(slices.size(), 40U);
  EXPECT_EQ(slices.front().value, "v00");
  EXPECT_EQ(slices[38].value, "v38");
  EXPECT_EQ(slices.back().value, "v49");
  EXPECT_THAT(s.warnings, ElementsAre("suite quick: tag kind has more than 40 values; the most "
                                      "frequent are shown"));
}

TEST(Summarize, BadTagsAreAnErrorThatNamesTheFile) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "m")};
  store.info.suites = {quick_suite(1)};
  store.add({.tags = "[1]", .scores = {right()}});
  const RunStore* stores[] = {&store};
  const std::string names[] = {"a.assay"};
  const Result<Summary> s = summarize(stores, names, {});
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().text(), "a.assay: tags: found a list, expected an object");
}

TEST(Summarize, NoFileIsAnError) {
  const Result<Summary> s = summarize({}, {}, {});
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().text(), "no run file given, expected at least one");
}

// Two models on 20 samples; b is right where a is, but for `lost` samples, and right where a is
// wrong in `won` others.
FakeStore two_models(uint64_t lost, uint64_t won) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "a"), model(2, "b")};
  store.info.suites = {quick_suite(20)};
  for (uint64_t i = 0; i < 20; ++i) {
    const bool right_a = i < 14;
    const bool right_b = right_a ? i >= lost : i < 14 + won;
    store.add(
        {.model = 1, .index = i, .done_ns = 20 * kMs, .scores = {right_a ? right() : wrong()}});
    store.add(
        {.model = 2, .index = i, .done_ns = 10 * kMs, .scores = {right_b ? right() : wrong()}});
  }
  return store;
}

TEST(Summarize, ClearBestByExactMcNemar) {
  const SuiteSummary suite = summary_of(two_models(8, 0)).suites[0];
  ASSERT_EQ(suite.comparisons.size(), 1U);
  const Comparison& c = suite.comparisons[0];
  EXPECT_EQ(c.test, "exact McNemar");
  EXPECT_EQ(c.only_a_right, 8U);
  EXPECT_EQ(c.only_b_right, 0U);
  EXPECT_NEAR(*c.p_value, 2.0 / 256, 1e-15);
  EXPECT_NEAR(*c.p_holm, 2.0 / 256, 1e-15);
  EXPECT_EQ(c.verdict, PairVerdict::kABetter);
  EXPECT_NEAR(*c.difference.value, 0.4, 1e-15);
  EXPECT_EQ(c.difference.method, "newcombe paired");
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kClearBest);
  EXPECT_EQ(suite.verdict.best, 0U);
  EXPECT_EQ(suite.verdict.fastest, 0U);
}

TEST(Summarize, TiedNamesTheFastest) {
  const SuiteSummary suite = summary_of(two_models(3, 1)).suites[0];
  EXPECT_NEAR(*suite.comparisons[0].p_value, 2 * 5.0 / 16, 1e-12);
  EXPECT_EQ(suite.comparisons[0].verdict, PairVerdict::kNoDifferenceShown);
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kTied);
  EXPECT_EQ(suite.verdict.best, 0U);
  EXPECT_THAT(suite.verdict.tied, ElementsAre(1U));
  EXPECT_EQ(suite.verdict.fastest, 1U);
}

TEST(Summarize, HolmOverTheSuite) {
  FakeStore store = two_models(6, 0);  // p = 2/64 = 0.03125
  store.info.models.push_back(model(3, "c"));
  for (uint64_t i = 0; i < 20; ++i) {
    store.add({.model = 3, .index = i, .scores = {i < 14 && i >= 6 ? right() : wrong()}});
  }
  const SuiteSummary suite = summary_of(store).suites[0];
  ASSERT_EQ(suite.comparisons.size(), 2U);
  EXPECT_NEAR(*suite.comparisons[0].p_holm, 0.0625, 1e-12);
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kTied);  // not at 5 % after Holm
  EXPECT_THAT(suite.verdict.tied, ElementsAre(1U, 2U));
}

TEST(Summarize, LowerIsBetter) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "a"), model(2, "b")};
  store.info.suites = {cer_suite(12)};
  for (uint64_t i = 0; i < 12; ++i) {
    const double noise = 0.01 * static_cast<double>(i % 3);
    store.add({.model = 1, .index = i, .scores = {{.value = 0.3 + noise, .weight = 100}}});
    store.add({.model = 2, .index = i, .scores = {{.value = 0.1, .weight = 100}}});
  }
  const SuiteSummary suite = summary_of(store).suites[0];
  EXPECT_EQ(suite.verdict.best, 1U);
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kClearBest);
  const Comparison& c = suite.comparisons[0];
  EXPECT_EQ(c.a, 1U);
  EXPECT_EQ(c.b, 0U);
  EXPECT_EQ(c.test, "sign-flip");
  EXPECT_NEAR(*c.p_value, 2.0 / 4096, 1e-15);  // all 12 samples one way: 2 / 2^12
  EXPECT_NEAR(*c.difference.value, -0.21, 1e-12);
  EXPECT_EQ(c.verdict, PairVerdict::kABetter);
}

TEST(Summarize, ComparesOnlyWhatBothAnswered) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "a"), model(2, "b")};
  store.info.suites = {quick_suite(4)};
  for (uint64_t i = 0; i < 4; ++i) {
    store.add({.model = 1, .index = i, .scores = {right()}});
    if (i < 3) {
      store.add({.model = 2, .index = i, .scores = {wrong()}});
    } else {
      store.add({.model = 2, .index = i, .outcome = Outcome::kTimeout});
    }
  }
  const Comparison c = summary_of(store).suites[0].comparisons.at(0);
  EXPECT_EQ(c.difference.n, 3U);
  EXPECT_EQ(c.note, "on the 3 samples of 4 that both answered");
}

TEST(Summarize, ModelWithNothingButFailures) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "a"), model(2, "b")};
  store.info.suites = {quick_suite(1)};
  store.add({.model = 1, .scores = {right()}});
  store.add({.model = 2, .outcome = Outcome::kConnectError});
  const SuiteSummary suite = summary_of(store).suites[0];
  EXPECT_FALSE(suite.models[1].metrics[0].estimate.value);
  EXPECT_EQ(suite.comparisons.at(0).verdict, PairVerdict::kNotComparable);
  EXPECT_EQ(suite.comparisons[0].note, "no sample that both answered");
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kSingleModel);
}

TEST(Summarize, NoData) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "a")};
  store.info.suites = {quick_suite(5)};
  const Summary s = summary_of(store);
  EXPECT_EQ(s.suites.at(0).verdict.kind, VerdictKind::kNoData);
  EXPECT_TRUE(s.suites[0].models.empty());
  EXPECT_THAT(s.warnings, ElementsAre("model a has no items in a.assay"));
}

TEST(Summarize, LearningCurveEndsWithTheModelItself) {
  FakeStore store("a.assay");
  store.info.models = {model(1, "linear"), model(2, "linear@10"), model(3, "linear@5")};
  store.info.models[0].train_size = 100;
  store.info.models[1].curve_of = "linear";
  store.info.models[1].train_size = 10;
  store.info.models[2].curve_of = "linear";
  store.info.models[2].train_size = 5;
  store.info.suites = {quick_suite(2)};
  for (uint32_t m = 1; m <= 3; ++m) {
    store.add({.model = m, .index = 0, .scores = {m == 3 ? wrong() : right()}});
    store.add({.model = m, .index = 1, .scores = {m == 1 ? right() : wrong()}});
  }
  const SuiteSummary suite = summary_of(store).suites[0];
  EXPECT_EQ(suite.models.size(), 1U);
  EXPECT_TRUE(suite.comparisons.empty());
  ASSERT_EQ(suite.curves.size(), 1U);
  const LearningCurve& curve = suite.curves[0];
  EXPECT_EQ(curve.model, "linear");
  ASSERT_EQ(curve.points.size(), 3U);
  EXPECT_EQ(curve.points[0].train_size, 5);
  EXPECT_EQ(*curve.points[0].headline.value, 0);
  EXPECT_EQ(*curve.points[1].headline.value, 0.5);
  EXPECT_EQ(curve.points[2].train_size, 100);
  EXPECT_EQ(*curve.points[2].headline.value, 1);
}

TEST(Summarize, VirtualClockIsSaid) {
  FakeStore store = ten_samples();
  store.info.models[0].virtual_clock = true;
  EXPECT_THAT(summary_of(store).warnings,
              ElementsAre("latencies are simulated (virtual clock) for m"));
}

TEST(Summarize, MergesModelsOfTheSameSuite) {
  FakeStore first = ten_samples();
  FakeStore second("b.assay");
  second.info.models = {model(7, "other")};
  second.info.suites = {quick_suite(10)};
  second.info.suites[0].id = 4;
  for (uint64_t i = 0; i < 10; ++i) {
    second.add({.model = 7, .suite = 4, .index = i, .scores = {wrong()}});
  }
  const Summary s = summary_of({&first, &second});
  ASSERT_EQ(s.suites.size(), 1U);
  ASSERT_EQ(s.suites[0].models.size(), 2U);
  EXPECT_EQ(s.suites[0].comparisons.at(0).only_a_right, 7U);
  EXPECT_EQ(s.suites[0].verdict.kind, VerdictKind::kClearBest);
  EXPECT_TRUE(s.warnings.empty());
}

TEST(Summarize, AnotherPromptIsShownNotCompared) {
  FakeStore first = ten_samples();
  FakeStore second = ten_samples();
  second.info.suites[0].prompt_hash = "p2";
  const Summary s = summary_of({&first, &second});
  const SuiteSummary& suite = s.suites.at(0);
  ASSERT_EQ(suite.models.size(), 2U);
  EXPECT_EQ(suite.models[1].model.name, "m [a.assay]");
  EXPECT_EQ(suite.comparisons.at(0).verdict, PairVerdict::kNotComparable);
  EXPECT_FALSE(suite.comparisons[0].p_value);
  EXPECT_THAT(suite.comparisons[0].note, HasSubstr("another prompt"));
  EXPECT_EQ(suite.verdict.kind, VerdictKind::kSingleModel);
  EXPECT_THAT(s.warnings, ElementsAre("suite quick: not the same prompt in a.assay and a.assay; "
                                      "their models are shown, not compared"));
}

TEST(Summarize, ItemsInTwoFilesCountOnce) {
  FakeStore first = ten_samples();
  FakeStore second = ten_samples();
  const Summary s = summary_of({&first, &second});
  EXPECT_EQ(s.suites[0].models.at(0).items_answered, 10U);
  EXPECT_EQ(s.suites[0].models[0].metrics[0].estimate.n, 10U);
  EXPECT_THAT(s.warnings, ElementsAre("suite quick, model m: 10 items are in more than one run "
                                      "file; the first file's count"));
}

// A run with everything: clusters, repeats, weights, tags, failures, curve points, prices.
std::vector<FakeRecord> rich_records(uint64_t seed) {
  std::vector<FakeRecord> out;
  for (uint32_t m = 1; m <= 3; ++m) {
    for (uint64_t i = 0; i < 40; ++i) {
      for (uint32_t r = 0; r < 2; ++r) {
        Rng rng(seed, m, i, r);
        FakeRecord record{.model = m, .index = i, .repeat = r};
        record.cluster = i % 5 == 4 ? "" : fmt::format("doc{}", i / 4);
        record.tags = fmt::format(R"({{"language":"{}"}})", i % 3 == 0 ? "ko" : "en");
        record.sent_ns = static_cast<int64_t>(rng.below(1'000'000'000));
        record.done_ns = record.sent_ns + static_cast<int64_t>(rng.lognormal(17, 1));
        if (rng.uniform() < 0.05) {
          record.outcome = Outcome::kServerError;
          record.attempts = 4;
        } else {
          const double weight = static_cast<double>(1 + rng.below(30));
          const double edits = static_cast<double>(rng.below(10));
          record.first_token_ns = record.sent_ns + 5;
          record.scores = {{.metric = 0, .value = edits / weight, .weight = weight},
                           {.metric = 1, .value = rng.uniform() < 0.6 ? 1.0 : 0.0}};
          if (rng.uniform() < 0.05) record.scores[1].status = ScoreStatus::kUnscored;
        }
        out.push_back(std::move(record));
      }
    }
  }
  return out;
}

FakeStore rich_store() {
  FakeStore store("x.assay");
  store.info.models = {model(1, "a"), model(2, "b"), model(3, "a@5")};
  store.info.models[2].curve_of = "a";
  store.info.models[2].train_size = 5;
  SuiteInfo suite = cer_suite(40);
  suite.repeats = 2;
  store.info.suites = {suite};
  store.info.machine_price_per_hour = "1.7";
  store.info.currency = "USD";
  return store;
}

TEST(Summarize, OrderAndFilesDoNotChangeABit) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<FakeRecord> records = rich_records(seed);
    FakeStore whole = rich_store();
    for (const FakeRecord& r : records) whole.add(r);
    const std::string want = summary_text(summary_of(whole));

    Rng rng(seed, 99);
    rng.shuffle(records);
    FakeStore shuffled = rich_store();
    for (const FakeRecord& r : records) shuffled.add(r);
    ASSERT_EQ(summary_text(summary_of(shuffled)), want) << "shuffled, seed " << seed;

    const size_t files = 2 + rng.below(4);
    std::vector<FakeStore> parts(files, rich_store());
    for (const FakeRecord& r : records) parts[rng.below(files)].add(r);
    std::vector<const FakeStore*> pointers;
    pointers.reserve(parts.size());
    for (const FakeStore& part : parts) pointers.push_back(&part);
    Summary split = summary_of(pointers);
    split.sources = {"x.assay"};
    ASSERT_EQ(summary_text(split), want) << files << " files, seed " << seed;
  }
}

}  // namespace
}  // namespace assay::aggregate
