// Every cell of the gate's tables (docs/gate.md), and the confirmation round with a fake model.
#include "harness/aggregate/gate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/aggregate/items_needed.h"

namespace assay::aggregate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr double kError = 0.01;  // of a difference; a test at 5 % sees 2.8 points with 80 %

// What a comparison found, as the gate reads it.
struct Found {
  double loss = 0;  // baseline - new where higher is better
  double low = 0;
  double high = 0;
  std::optional<double> p = 0.5;
  double error = kError;
  uint64_t worsened = 10;
  uint64_t improved = 8;
  uint64_t n = 1000;
};

std::vector<std::string> names(const std::string& prefix, uint64_t count) {
  std::vector<std::string> out;
  for (uint64_t i = 0; i < count; ++i) out.push_back(fmt::format("{}{}", prefix, i));
  return out;
}

RunComparison row_of(const Found& f, const std::string& metric = "accuracy") {
  RunComparison row;
  row.suite = "quick";
  row.model = "m";
  row.metric = {.name = metric, .scorer = "exact"};
  row.headline = metric == "accuracy";
  row.later = 1;
  row.a = {0.9, 0.88, 0.92, f.n, "wilson"};
  row.b = {0.9 - f.loss, 0.9 - f.loss - 0.02, 0.9 - f.loss + 0.02, f.n, "wilson"};
  row.comparison.metric = row.metric;
  row.comparison.difference = {f.loss, f.low, f.high, f.n, "newcombe"};
  row.comparison.p_value = f.p;
  row.comparison.test = "exact McNemar";
  row.comparison.verdict = PairVerdict::kNoDifferenceShown;
  row.worsened = f.worsened;
  row.improved = f.improved;
  row.worsened_items = names("w", f.worsened);
  row.improved_items = names("b", f.improved);
  row.error = f.error;
  row.detectable = 1e-9;  // no floor of its own
  row.discordant = static_cast<double>(f.worsened + f.improved) / static_cast<double>(f.n);
  return row;
}

ModelResult model_of(uint64_t answered, uint64_t failed) {
  ModelResult model;
  model.model.name = "m";
  model.items_answered = answered;
  model.items_failed = failed;
  model.metrics.push_back(
      {{.name = "accuracy", .scorer = "exact"}, {0.85, 0.82, 0.88, answered, "wilson"}});
  return model;
}

Summary summary_of(ModelResult model, const std::string& suite = "quick") {
  Summary summary;
  SuiteSummary one;
  one.suite.name = suite;
  one.suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  one.models.push_back(std::move(model));
  summary.suites.push_back(std::move(one));
  return summary;
}

struct Runs {
  ComparisonReport report;
  Summary baseline = summary_of(model_of(1000, 0));
  Summary now = summary_of(model_of(1000, 0));
  Runs() { report.sources = {"old.assay", "new.assay"}; }
  explicit Runs(const Found& found) : Runs() { report.rows.push_back(row_of(found)); }
  [[nodiscard]] GateResult judge(const GateRules& rules, const GateAsking& asking = {}) const {
    return run_gate({rules, report, baseline, now}, asking);
  }
};

GateRules with(GateSettings settings) {
  GateRules rules;
  rules.defaults = std::move(settings);
  return rules;
}

// The paired check of a single comparison.
GateCheck quality(const Found& found, GateMode mode = GateMode::kRegression,
                  double margin = kGateMarginDefault) {
  GateRules rules;
  rules.defaults.mode = mode;
  rules.defaults.margin = GateMargin{.value = margin};
  return Runs(found).judge(rules).checks.at(0);
}

const GateCheck& only(const GateResult& result, GateKind kind) {
  for (const GateCheck& check : result.checks) {
    if (check.kind == kind) return check;
  }
  static const GateCheck none;
  ADD_FAILURE() << "no such check";
  return none;
}

// --- The table of verdicts ---------------------------------------------------------------------

TEST(GateTable, RegressionShownBeyondTheMargin) {
  const GateCheck check = quality({.loss = 0.06, .low = 0.04, .high = 0.08, .p = 0.001});
  EXPECT_EQ(check.verdict, GateVerdict::kRegressed);
  EXPECT_EQ(check.outcome, GateOutcome::kFail);
  EXPECT_EQ(check.reason,
            "worse by 6.0 points (95 % interval 4.0 to 8.0), Holm p = 0.001, margin 2.0 points; "
            "not asked again: the model cannot be asked from here");
  EXPECT_NEAR(*check.change.value, -0.06, 1e-12);
  EXPECT_NEAR(*check.change.ci_low, -0.08, 1e-12);
}

TEST(GateTable, RegressionShownWithTheMarginInsideTheInterval) {
  EXPECT_EQ(quality({.loss = 0.02, .low = 0.002, .high = 0.038, .p = 0.03}).verdict,
            GateVerdict::kRegressed);
}

TEST(GateTable, RegressionShownWithinTheMargin) {
  const GateCheck check =
      quality({.loss = 0.01, .low = 0.004, .high = 0.016, .p = 0.001, .error = 0.003});
  EXPECT_EQ(check.verdict, GateVerdict::kNonInferior);
  EXPECT_EQ(check.outcome, GateOutcome::kPass);
  EXPECT_THAT(check.reason, HasSubstr("a drop within the margin of 2.0 points"));
}

TEST(GateTable, RegressionNotShownAndExcluded) {
  const GateCheck check = quality({.loss = 0, .low = -0.019, .high = 0.019, .p = 0.9});
  EXPECT_EQ(check.verdict, GateVerdict::kNonInferior);
  EXPECT_EQ(check.reason,
            "the same (95 % interval -1.9 to 1.9): a loss of the margin of 2.0 points is excluded");
}

// 2.8 standard errors of 0.005 are 1.4 points: one of 2 would have been seen.
TEST(GateTable, RegressionNotShownButItWouldHaveBeenSeen) {
  const GateCheck check =
      quality({.loss = 0.012, .low = 0.002, .high = 0.022, .p = 0.06, .error = 0.005});
  EXPECT_EQ(check.verdict, GateVerdict::kNonInferior);
  EXPECT_THAT(check.reason, HasSubstr("one of 1.4 points would have been with a power of 80 %"));
}

TEST(GateTable, RegressionNotShownAndCouldHaveBeenMissed) {
  const GateCheck check =
      quality({.loss = 0.05, .low = -0.05, .high = 0.15, .p = 0.4, .error = 0.05, .n = 40});
  EXPECT_EQ(check.verdict, GateVerdict::kInconclusive);
  EXPECT_EQ(check.outcome, GateOutcome::kInconclusive);
  // ((1.959964 + 0.841621) * 0.05 * sqrt(40) / 0.02)^2 = 1962.2
  EXPECT_EQ(check.needed, 1963U);
  // More than 2.8 standard errors: six flips of 40 is the least that the exact test can show.
  EXPECT_NEAR(*check.detectable, 6.0 / 40, 1e-12);
  EXPECT_THAT(check.reason, AllOf(HasSubstr("40 items see 15.0 points"),
                                  HasSubstr("about 1,963 items are needed")));
}

TEST(GateTable, RegressionNoItemDiffers) {
  const GateCheck check = quality({.loss = 0,
                                   .low = -0.05,
                                   .high = 0.05,
                                   .p = 1.0,
                                   .error = 0,
                                   .worsened = 0,
                                   .improved = 0,
                                   .n = 40});
  EXPECT_EQ(check.verdict, GateVerdict::kNonInferior);
  EXPECT_THAT(check.reason, HasSubstr("no item of 40 differs"));
  // 1 - 0.05^(1/40)
  EXPECT_THAT(check.reason, HasSubstr("7.2 %"));
}

TEST(GateTable, AShownGainPasses) {
  const GateCheck check = quality({.loss = -0.06, .low = -0.08, .high = -0.04, .p = 0.0001});
  EXPECT_EQ(check.verdict, GateVerdict::kNonInferior);
  EXPECT_THAT(check.reason, HasSubstr("better by 6.0 points (95 % interval 4.0 to 8.0)"));
}

TEST(GateTable, NonInferiority) {
  constexpr GateMode kMode = GateMode::kNonInferiority;
  // Excluded, shown or not.
  EXPECT_EQ(quality({.loss = 0, .low = -0.019, .high = 0.019}, kMode).verdict,
            GateVerdict::kNonInferior);
  EXPECT_EQ(quality({.loss = 0.01, .low = 0.001, .high = 0.019, .p = 0.01}, kMode).verdict,
            GateVerdict::kNonInferior);
  // Not excluded: shown, or not; even where a loss would have been seen, or nothing differs.
  EXPECT_EQ(quality({.loss = 0.03, .low = 0.01, .high = 0.05, .p = 0.01}, kMode).verdict,
            GateVerdict::kRegressed);
  EXPECT_EQ(quality({.loss = 0.012, .low = 0.002, .high = 0.022, .p = 0.06, .error = 0.005}, kMode)
                .verdict,
            GateVerdict::kInconclusive);
  EXPECT_EQ(quality({.loss = 0,
                     .low = -0.05,
                     .high = 0.05,
                     .p = 1.0,
                     .error = 0,
                     .worsened = 0,
                     .improved = 0},
                    kMode)
                .verdict,
            GateVerdict::kInconclusive);
}

TEST(GateTable, LowerIsBetterTurnsEverythingRound) {
  Runs runs;
  RunComparison row = row_of({.loss = -0.06, .low = -0.08, .high = -0.04, .p = 0.001});
  row.metric.name = "cer";
  row.metric.higher_is_better = false;
  runs.report.rows = {row};
  EXPECT_EQ(runs.judge({}).checks.at(0).verdict, GateVerdict::kRegressed);
  EXPECT_THAT(runs.judge({}).checks.at(0).reason,
              HasSubstr("worse by 6.0 points (95 % interval 4.0 to 8.0)"));
  runs.report.rows[0].comparison.difference = {0.06, 0.04, 0.08, 1000, "t"};
  EXPECT_EQ(runs.judge({}).checks.at(0).verdict, GateVerdict::kNonInferior);
}

TEST(GateTable, ARelativeMarginIsAPartOfTheBaseline) {
  Runs runs({.loss = 0.03, .low = 0.01, .high = 0.044, .p = 0.001});
  GateRules rules = with({.margin = GateMargin{.value = 0.05, .relative = true}});
  EXPECT_EQ(runs.judge(rules).checks.at(0).verdict, GateVerdict::kNonInferior);  // 5 % of 0.9
  EXPECT_NEAR(*runs.judge(rules).checks.at(0).margin, 0.045, 1e-12);
  rules.defaults.margin = GateMargin{.value = 0.04, .relative = true};
  EXPECT_EQ(runs.judge(rules).checks.at(0).verdict, GateVerdict::kRegressed);
}

TEST(GateTable, UndecidedCountsAsTheRuleSays) {
  const Found found{.loss = 0.01, .low = -0.03, .high = 0.05, .p = 0.5, .error = 0.02};
  for (const auto& [option, outcome] :
       {std::pair(WhenUndecided::kPass, GateOutcome::kPass),
        std::pair(WhenUndecided::kFail, GateOutcome::kFail),
        std::pair(WhenUndecided::kInconclusive, GateOutcome::kInconclusive)}) {
    const GateResult result = Runs(found).judge(with({.undecided = option}));
    EXPECT_EQ(result.checks.at(0).verdict, GateVerdict::kInconclusive);
    EXPECT_EQ(result.outcome, outcome);
  }
}

// --- Families, slices, what cannot be judged ---------------------------------------------------

TEST(Gate, HolmIsOverTheGatesOwnTests) {
  Runs runs({.loss = 0.03, .low = 0.005, .high = 0.055, .p = 0.03});
  runs.report.rows.push_back(row_of({.p = 0.5}, "f1"));
  // f1 is not the headline and nobody names it: one test.
  EXPECT_EQ(runs.judge({}).tests, 1U);
  EXPECT_EQ(runs.judge({}).checks.at(0).verdict, GateVerdict::kRegressed);
  GateRules rules;
  rules.rules.push_back({.metric = "f1"});
  const GateResult two = runs.judge(rules);
  EXPECT_EQ(two.tests, 2U);
  EXPECT_NEAR(*two.checks.at(0).p_holm, 0.06, 1e-12);
  EXPECT_EQ(two.checks.at(0).verdict, GateVerdict::kInconclusive);
  // The comparison's own correction is another family's.
  runs.report.rows[0].comparison.p_holm = 1.0;
  EXPECT_EQ(runs.judge({}).checks.at(0).verdict, GateVerdict::kRegressed);
}

TEST(Gate, SlicesAreGatedWhereARuleNamesTheirTag) {
  Runs runs({.loss = 0, .low = -0.01, .high = 0.01});
  RunComparison ko = row_of({.loss = 0.06, .low = 0.03, .high = 0.09, .p = 0.0001, .n = 300});
  ko.tag = "language";
  ko.value = "ko";
  RunComparison small = row_of({.loss = 0, .low = -0.2, .high = 0.2, .p = 1.0, .error = 0.1});
  small.tag = "language";
  small.value = "en";
  runs.report.rows.push_back(ko);
  runs.report.rows.push_back(small);
  EXPECT_EQ(runs.judge({}).outcome, GateOutcome::kPass);
  const GateResult result = runs.judge(with({.slices = {{"language"}}}));
  EXPECT_EQ(result.outcome, GateOutcome::kFail);
  ASSERT_THAT(result.checks, SizeIs(4));
  EXPECT_EQ(result.checks[1].value, "ko");
  EXPECT_EQ(result.checks[1].verdict, GateVerdict::kRegressed);
  // Too small to judge, which holds nothing up unless asked to.
  EXPECT_EQ(result.checks[2].verdict, GateVerdict::kInconclusive);
  EXPECT_EQ(result.checks[2].outcome, GateOutcome::kPass);
  const GateResult strict =
      runs.judge(with({.slices = {{"language"}}, .undecided_slice = WhenUndecided::kInconclusive}));
  EXPECT_EQ(strict.checks[2].outcome, GateOutcome::kInconclusive);
}

TEST(Gate, WhatCannotBeComparedIsAnErrorWithItsReason) {
  Runs runs({.n = 0});
  RunComparison& row = runs.report.rows[0];
  row.comparison.verdict = PairVerdict::kNotComparable;
  row.comparison.note = "judged by different scorers";
  const GateResult result = runs.judge({});
  EXPECT_EQ(result.outcome, GateOutcome::kError);
  EXPECT_EQ(result.checks.at(0).reason, "judged by different scorers");
  // NaN is no figure.
  Runs odd({.loss = std::numeric_limits<double>::quiet_NaN(), .p = std::nan("")});
  EXPECT_EQ(odd.judge({}).checks.at(0).verdict, GateVerdict::kNotComparable);
}

TEST(Gate, WithoutTestAndIntervalNothingIsDecided) {
  Runs runs({.loss = 0.05, .p = std::nullopt});
  RunComparison& row = runs.report.rows[0];
  row.comparison.difference.ci_low.reset();
  row.comparison.difference.ci_high.reset();
  row.error.reset();
  row.discordant = 0;
  const GateCheck check = runs.judge({}).checks.at(0);
  EXPECT_EQ(check.verdict, GateVerdict::kInconclusive);
  EXPECT_FALSE(check.needed);
  EXPECT_EQ(
      check.reason,
      "worse by 5.0 points (no interval), no test: no drop is shown, but a loss of the margin "
      "of 2.0 points is not excluded; how many items would settle it cannot be said");
}

TEST(Gate, NothingInCommonIsNoPass) {
  Runs runs;
  runs.baseline = summary_of(model_of(10, 0), "other");
  const GateResult result = runs.judge({});
  EXPECT_EQ(result.outcome, GateOutcome::kError);
  EXPECT_EQ(result.notes.back(), "nothing to gate: old.assay has other; new.assay has quick");
  runs.now.suites.clear();
  EXPECT_EQ(runs.judge({}).outcome, GateOutcome::kError);
}

TEST(Gate, ModeNoneLeavesTheTestOut) {
  const Runs runs({.loss = 0.06, .low = 0.04, .high = 0.08, .p = 0.001});
  GateRules rules = with({.mode = GateMode::kNone});
  rules.defaults.thresholds = {{.metric = "accuracy", .limit = 0.8}};
  EXPECT_EQ(runs.judge(rules).outcome, GateOutcome::kPass);
  EXPECT_EQ(runs.judge(rules).tests, 0U);
}

TEST(Gate, LaterRulesWinSettingBySetting) {
  GateRules rules = with({.margin = GateMargin{.value = 0.1}, .mode = GateMode::kNonInferiority});
  rules.rules.push_back({.suite = "qu?ck", .settings = {.margin = GateMargin{.value = 0.05}}});
  rules.rules.push_back({.suite = "*", .metric = "f1", .settings = {.mode = GateMode::kNone}});
  const GateSettings headline = settings_for_metric(rules, "quick", "m", "accuracy", true);
  EXPECT_EQ(headline.margin->value, 0.05);
  EXPECT_EQ(*headline.mode, GateMode::kNonInferiority);
  const GateSettings f1 = settings_for_metric(rules, "quick", "m", "f1", false);
  EXPECT_EQ(f1.margin->value, 0.1);
  EXPECT_EQ(*f1.mode, GateMode::kNone);
}

TEST(Gate, Patterns) {
  for (const auto& [pattern, text] :
       {std::pair("*", ""), std::pair("quick-*", "quick-ocr"), std::pair("*ocr", "quick-ocr"),
        std::pair("q*k*r", "quick-ocr"), std::pair("?uick", "quick"), std::pair("", ""),
        std::pair("a*b*c", "axbxbxc")}) {
    EXPECT_TRUE(matches_pattern(pattern, text)) << pattern << " " << text;
  }
  for (const auto& [pattern, text] :
       {std::pair("", "a"), std::pair("?", ""), std::pair("quick", "quick-ocr"),
        std::pair("*x", "quick"), std::pair("a*b", "abc"), std::pair("Quick", "quick")}) {
    EXPECT_FALSE(matches_pattern(pattern, text)) << pattern << " " << text;
  }
  // Many stars on a long text end quickly.
  EXPECT_FALSE(matches_pattern("*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

// --- Limits ------------------------------------------------------------------------------------

TEST(GateLimits, ThresholdsAreJudgedByTheirInterval) {
  const Runs runs;  // 0.85, 0.82 to 0.88
  const auto verdict = [&](Relation relation, double limit) {
    GateRules rules;
    rules.defaults.thresholds = {{.metric = "accuracy", .relation = relation, .limit = limit}};
    return only(runs.judge(rules), GateKind::kThreshold).verdict;
  };
  EXPECT_EQ(verdict(Relation::kAtLeast, 0.82), GateVerdict::kPassed);
  EXPECT_EQ(verdict(Relation::kAtLeast, 0.85), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict(Relation::kAtLeast, 0.88), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict(Relation::kAtLeast, 0.881), GateVerdict::kFailed);
  EXPECT_EQ(verdict(Relation::kAbove, 0.82), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict(Relation::kAbove, 0.88), GateVerdict::kFailed);
  EXPECT_EQ(verdict(Relation::kAtMost, 0.88), GateVerdict::kPassed);
  EXPECT_EQ(verdict(Relation::kAtMost, 0.82), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict(Relation::kAtMost, 0.81), GateVerdict::kFailed);
  EXPECT_EQ(verdict(Relation::kBelow, 0.88), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict(Relation::kBelow, 0.9), GateVerdict::kPassed);
  EXPECT_EQ(verdict(Relation::kBelow, 0.82), GateVerdict::kFailed);
}

TEST(GateLimits, ThresholdsWithoutAnIntervalOrAMetric) {
  Runs runs;
  GateRules rules;
  rules.defaults.thresholds = {{.metric = "accuracy", .limit = 0.5},
                               {.metric = "f1", .limit = 0.5}};
  runs.now.suites[0].models[0].metrics[0].estimate = {1.0, std::nullopt, std::nullopt, 50,
                                                      "no variation"};
  const GateResult result = runs.judge(rules);
  EXPECT_THAT(result.checks[1].reason, HasSubstr("without an interval (no variation)"));
  EXPECT_EQ(result.checks[1].verdict, GateVerdict::kInconclusive);
  EXPECT_EQ(result.checks[2].verdict, GateVerdict::kMissing);
  EXPECT_EQ(result.outcome, GateOutcome::kError);
  runs.now.suites[0].models[0].metrics[0].estimate = {};
  EXPECT_THAT(runs.judge(rules).checks[1].reason, HasSubstr("there is no value"));
}

LatencySummary times(double median, double low, double high) {
  LatencySummary out;
  out.n = 100;
  out.percentiles = {{0.5, {median, low, high, 100, "order statistics"}},
                     {0.95, {median * 2, low * 2, high * 2, 100, "order statistics"}},
                     {0.99, {median * 3, std::nullopt, std::nullopt, 100, "n cannot bound"}}};
  return out;
}

TEST(GateLimits, TimesOfTwoIntervals) {
  Runs runs;
  runs.baseline.suites[0].models[0].latency = times(1.0, 0.95, 1.05);
  runs.now.suites[0].models[0].latency = times(1.2, 1.15, 1.25);
  const auto verdict = [&](SpeedLimit limit) {
    GateRules rules;
    rules.defaults.speeds = {std::move(limit)};
    return only(runs.judge(rules), GateKind::kSpeed).verdict;
  };
  // 1.15 / 1.05 = 1.095 to 1.25 / 0.95 = 1.316
  EXPECT_EQ(verdict({.percentile = 0.95, .ratio_max = 1.05}), GateVerdict::kFailed);
  EXPECT_EQ(verdict({.percentile = 0.95, .ratio_max = 1.2}), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict({.percentile = 0.95, .ratio_max = 1.32}), GateVerdict::kPassed);
  EXPECT_EQ(verdict({.percentile = 0.5, .seconds_max = 1.25}), GateVerdict::kPassed);
  EXPECT_EQ(verdict({.percentile = 0.5, .seconds_max = 1.1}), GateVerdict::kFailed);
  EXPECT_EQ(verdict({.percentile = 0.99, .ratio_max = 1.0}), GateVerdict::kInconclusive);
  EXPECT_EQ(verdict({.figure = "ttft", .ratio_max = 1.0}), GateVerdict::kInconclusive);
  // The median's ratio is tested by the comparison, where there is one.
  SpeedComparison speed;
  speed.suite = "quick";
  speed.model = "m";
  speed.figure = "latency";
  speed.later = 1;
  speed.ratio = {1.2, 1.19, 1.21, 100, "paired"};
  speed.banner = "not interleaved";
  runs.report.speeds = {speed};
  EXPECT_EQ(verdict({.ratio_max = 1.15}), GateVerdict::kFailed);
}

TEST(GateLimits, CostIsCounted) {
  Runs runs;
  CostSummary cost;
  cost.currency = "USD";
  cost.per_thousand_items = Money{2'000'000'000};
  runs.baseline.suites[0].models[0].cost = cost;
  cost.per_thousand_items = Money{2'500'000'000};
  runs.now.suites[0].models[0].cost = cost;
  GateRules rules;
  rules.defaults.cost_per_item_max = Money{2'500'000};
  rules.defaults.cost_ratio_max = 1.2;
  const GateResult result = runs.judge(rules);
  EXPECT_EQ(result.checks[1].verdict, GateVerdict::kPassed);
  EXPECT_EQ(result.checks[2].verdict, GateVerdict::kFailed);
  EXPECT_EQ(result.checks[2].reason,
            "0.0025 USD per item, 1.25 times the baseline's: the limit of 1.2 is broken");
  runs.baseline.suites[0].models[0].cost.currency = "EUR";
  EXPECT_EQ(runs.judge(rules).checks[2].reason, "the baseline is in EUR, the new run in USD");
  runs.now.suites[0].models[0].cost = {.basis = "no prices"};
  EXPECT_EQ(runs.judge(rules).checks[1].reason, "the cost is not known: no prices");
}

TEST(GateLimits, ItemsWithoutAReply) {
  Runs runs({.loss = 0, .low = -0.01, .high = 0.01});
  const auto judged = [&](uint64_t failed, GateSettings settings = {}) {
    runs.now = summary_of(model_of(1000 - failed, failed));
    return runs.judge(with(std::move(settings)));
  };
  EXPECT_EQ(judged(50).outcome, GateOutcome::kPass);
  const GateResult more = judged(51);  // 5.1 points more
  EXPECT_EQ(more.outcome, GateOutcome::kFail);
  EXPECT_THAT(only(more, GateKind::kErrors).reason, HasSubstr("51 of 1,000 items have no reply"));
  EXPECT_EQ(judged(21, {.errors_max = 0.02}).outcome, GateOutcome::kFail);
  EXPECT_EQ(judged(20, {.errors_max = 0.02}).outcome, GateOutcome::kPass);
  // Beyond the infrastructure limit nothing else is judged.
  const GateResult unreliable = judged(101);
  EXPECT_EQ(unreliable.outcome, GateOutcome::kInfrastructure);
  EXPECT_EQ(unreliable.checks[0].verdict, GateVerdict::kUnreliable);
  EXPECT_EQ(unreliable.tests, 0U);
  EXPECT_EQ(judged(1000).outcome, GateOutcome::kInfrastructure);
  runs.now = summary_of(model_of(0, 0));
  EXPECT_EQ(only(runs.judge({}), GateKind::kErrors).reason, "no item was asked");
}

// --- What rules name ---------------------------------------------------------------------------

GateResult named(GateRule rule, bool fails = true) {
  GateRules rules;
  rules.missing_fails = fails;
  rules.rules.push_back(std::move(rule));
  return Runs({.loss = 0, .low = -0.01, .high = 0.01}).judge(rules);
}

TEST(GatePresence, WhatRulesNameMustHaveRun) {
  const GateResult result = named({.suite = "nosuch", .place = "gate.yaml:3:5"});
  EXPECT_EQ(result.outcome, GateOutcome::kError);
  EXPECT_EQ(only(result, GateKind::kPresence).reason,
            "gate.yaml:3:5: the gate names suite `nosuch`, which did not run; new.assay has quick");
  EXPECT_EQ(named({.suite = "nosuch"}, false).outcome, GateOutcome::kPass);
  EXPECT_EQ(named({.suite = "q*"}).outcome, GateOutcome::kPass);
  EXPECT_EQ(named({.suite = "x*"}).outcome, GateOutcome::kError);
  EXPECT_THAT(only(named({.model = "gpt"}), GateKind::kPresence).reason,
              HasSubstr("names model `gpt`"));
  EXPECT_THAT(only(named({.suite = "quick", .metric = "f1"}), GateKind::kPresence).reason,
              HasSubstr("names metric `f1`, which suite `quick` does not have; it has accuracy"));
  EXPECT_THAT(
      only(named({.suite = "quick", .settings = {.slices = {{"language"}}}}), GateKind::kPresence)
          .reason,
      HasSubstr("slices by `language`"));
}

TEST(GatePresence, ASuiteThatTheBaselineLacks) {
  Runs runs({.loss = 0, .low = -0.01, .high = 0.01});
  runs.now.suites.push_back(summary_of(model_of(10, 0), "fresh").suites[0]);
  GateRules rules;
  EXPECT_EQ(runs.judge(rules).outcome, GateOutcome::kPass);
  rules.rules.push_back({.suite = "fresh"});
  EXPECT_THAT(only(runs.judge(rules), GateKind::kPresence).reason,
              HasSubstr("`fresh`, which is not in the baseline old.assay"));
  rules.rules[0].settings.mode = GateMode::kNone;  // limits alone
  EXPECT_EQ(runs.judge(rules).outcome, GateOutcome::kPass);
}

// --- Confirmation ------------------------------------------------------------------------------

const Found kDropped{
    .loss = 0.06, .low = 0.04, .high = 0.08, .p = 0.001, .worsened = 30, .improved = 5};

// Baseline: what became worse was right (1), what became better was wrong (0). Fresh replies: as
// the new run's where `same`, else as the baseline's.
GateAsking asking_with(const std::function<bool(const std::string&)>& same,
                       std::vector<ConfirmAsk>* asks = nullptr) {
  const auto reply = [](const ConfirmAsk& ask, const auto& value) {
    std::vector<ConfirmedItem> out;
    for (const std::string& item : ask.items) out.push_back({item, value(item), ask.repeats});
    return Result<std::vector<ConfirmedItem>>(std::move(out));
  };
  GateAsking asking;
  asking.baseline = [reply](const ConfirmAsk& ask) {
    return reply(ask, [](const std::string& item) { return item[0] == 'w' ? 1.0 : 0.0; });
  };
  asking.fresh = [reply, same, asks](const ConfirmAsk& ask) {
    if (asks != nullptr) asks->push_back(ask);
    return reply(
        ask, [&](const std::string& item) { return (item[0] == 'w') == same(item) ? 0.0 : 1.0; });
  };
  return asking;
}

TEST(GateConfirm, ADropThatStaysFails) {
  std::vector<ConfirmAsk> asks;
  const GateResult result =
      Runs(kDropped).judge({}, asking_with([](const std::string&) { return true; }, &asks));
  EXPECT_EQ(result.outcome, GateOutcome::kFail);
  const GateConfirmation& c = result.checks[0].confirmation;
  EXPECT_EQ(c.state, Confirmation::kConfirmed);
  EXPECT_EQ(c.worse, 30U);
  EXPECT_EQ(c.better, 5U);
  ASSERT_THAT(asks, SizeIs(1));
  EXPECT_THAT(asks[0].items, SizeIs(35));  // both directions
  EXPECT_EQ(asks[0].model, "m");
  EXPECT_EQ(asks[0].baseline_model, "m");
  // P(X >= 30), X ~ Binomial(35, 1/2): scipy.stats.binom.sf(29, 35, 0.5) = 1.1e-5
  EXPECT_NEAR(*c.p, 1.123e-5, 1e-7);
}

TEST(GateConfirm, ADropThatComesBackIsInconclusive) {
  const GateResult result =
      Runs(kDropped).judge({}, asking_with([](const std::string& item) {
                             return item[0] == 'b' || item.size() == 2;  // ten of thirty drops stay
                           }));
  EXPECT_EQ(result.outcome, GateOutcome::kInconclusive);
  const GateCheck& check = result.checks[0];
  EXPECT_EQ(check.confirmation.state, Confirmation::kNotConfirmed);
  EXPECT_EQ(check.confirmation.note, "not confirmed: 20 of 30 drops came back right");
  EXPECT_THAT(check.reason, HasSubstr("asked again, 10 items are worse and 5 better"));
}

TEST(GateConfirm, WhereItCannotBeAskedTheTestDecides) {
  const Runs runs(kDropped);
  GateAsking asking;
  asking.why_not = "the model is not in the file";
  EXPECT_THAT(runs.judge({}, asking).checks[0].reason,
              HasSubstr("not asked again: the model is not in the file"));
  EXPECT_EQ(runs.judge({}, asking).outcome, GateOutcome::kFail);
  GateRules off;
  off.confirm = false;
  asking = asking_with([](const std::string&) { return false; });
  EXPECT_EQ(runs.judge(off, asking).outcome, GateOutcome::kFail);
  EXPECT_EQ(runs.judge({}, asking).outcome, GateOutcome::kInconclusive);
  // Offline: an error, or too few replies.
  asking.fresh = [](const ConfirmAsk&) {
    return Result<std::vector<ConfirmedItem>>(Error{ErrorCode::kInfrastructure, "offline", {}});
  };
  EXPECT_EQ(runs.judge({}, asking).outcome, GateOutcome::kFail);
  EXPECT_EQ(runs.judge({}, asking).checks[0].confirmation.state, Confirmation::kImpossible);
  asking.fresh = [](const ConfirmAsk& ask) {
    std::vector<ConfirmedItem> out;
    for (size_t i = 0; i < ask.items.size(); ++i) {
      out.push_back({ask.items[i], 1.0, i < 10 ? 1U : 0U});
    }
    out.push_back({"never asked", 1.0, 1});
    return Result<std::vector<ConfirmedItem>>(std::move(out));
  };
  EXPECT_THAT(runs.judge({}, asking).checks[0].reason, HasSubstr("only 10 of 35 items came back"));
  EXPECT_EQ(runs.judge({}, asking).outcome, GateOutcome::kFail);
}

TEST(GateConfirm, AsksAtMostTheLimitInProportion) {
  Found many = kDropped;
  many.worsened = 900;
  many.improved = 100;
  std::vector<ConfirmAsk> asks;
  (void)Runs(many).judge({}, asking_with([](const std::string&) { return true; }, &asks));
  ASSERT_THAT(asks, SizeIs(1));
  const auto& items = asks[0].items;
  EXPECT_THAT(items, SizeIs(200));
  EXPECT_EQ(std::count_if(items.begin(), items.end(), [](const auto& i) { return i[0] == 'w'; }),
            180);
  // A list that was cut must not leave the other direction with more than its part.
  Runs cut(many);
  cut.report.rows[0].worsened_items.resize(90);
  asks.clear();
  (void)cut.judge({}, asking_with([](const std::string&) { return true; }, &asks));
  EXPECT_THAT(asks[0].items, SizeIs(100));
}

TEST(GateConfirm, ASliceDoesNotAskAgainWhatItsSuiteAsked) {
  Runs runs(kDropped);
  RunComparison slice = row_of(kDropped);
  slice.tag = "language";
  slice.value = "ko";
  slice.worsened_items[0] = "w-of-the-slice";
  runs.report.rows.push_back(slice);
  std::vector<ConfirmAsk> asks;
  const GateResult result = runs.judge(with({.slices = {{"language"}}}),
                                       asking_with([](const std::string&) { return true; }, &asks));
  ASSERT_THAT(asks, SizeIs(2));
  EXPECT_THAT(asks[1].items, ::testing::ElementsAre("w-of-the-slice"));
  EXPECT_EQ(result.checks[1].confirmation.state, Confirmation::kConfirmed);
  EXPECT_EQ(result.checks[1].confirmation.asked, 35U);
}

// A graded metric: few large drops among more small gains. The sign test alone would not see them.
TEST(GateConfirm, GradedMetricsAreConfirmedBySize) {
  Found found = kDropped;
  found.worsened = 12;
  found.improved = 14;
  Runs runs(found);
  runs.report.rows[0].metric.binary = false;
  GateAsking asking;
  const auto reply = [](double w, double b) {
    return [w, b](const ConfirmAsk& ask) {
      std::vector<ConfirmedItem> out;
      for (size_t i = 0; i < ask.items.size(); ++i) {
        const double jitter = 0.01 * static_cast<double>(i % 3);
        out.push_back({ask.items[i], (ask.items[i][0] == 'w' ? w : b) + jitter, 1});
      }
      return Result<std::vector<ConfirmedItem>>(std::move(out));
    };
  };
  asking.baseline = reply(0.9, 0.5);
  asking.fresh = [&](const ConfirmAsk& ask) {
    auto out = reply(0.2, 0.55)(ask);
    out->at(0).value = 0.1;  // no two drops need be the same
    return out;
  };
  const GateConfirmation c = runs.judge({}, asking).checks[0].confirmation;
  EXPECT_EQ(c.worse, 12U);
  EXPECT_EQ(c.better, 14U);
  EXPECT_EQ(c.state, Confirmation::kConfirmed);
}

// Whatever the fresh replies are, the gate cannot fail where its test does not reject.
TEST(GateConfirm, NeverMakesARegression) {
  Found found = kDropped;
  found.p = 0.2;
  std::vector<ConfirmAsk> asks;
  const GateResult result =
      Runs(found).judge({}, asking_with([](const std::string&) { return true; }, &asks));
  EXPECT_NE(result.outcome, GateOutcome::kFail);
  EXPECT_THAT(asks, IsEmpty());
}

// Six pairs that all differ one way have p = 2^-5 = 0.031, five 0.0625.
TEST(ItemsNeeded, OfFewFlips) {
  RunComparison row = row_of({.error = 0.001, .worsened = 1, .improved = 0, .n = 100});
  EXPECT_NEAR(*detectable_difference(row, {}), 0.06, 1e-12);
  EXPECT_NEAR(*detectable_difference(row, {.alpha = 0.025}), 0.07, 1e-12);
  EXPECT_EQ(*items_needed(row, 0.02, {}), 300U);
  row.metric.binary = false;
  EXPECT_LT(*detectable_difference(row, {}), 0.003);
}

TEST(ItemsNeeded, OfSpread) {
  RunComparison row = row_of({.error = 0.05, .n = 40});
  EXPECT_NEAR(*item_deviation(row), 0.05 * std::sqrt(40.0), 1e-12);
  EXPECT_FALSE(items_needed(row, 0, {}));
  row.metric.binary = false;
  EXPECT_NEAR(*detectable_difference(row, {}), 0.05 * 2.801585, 1e-6);
  row.metric.binary = true;
  row.detectable = 0.3;  // the row knows a floor
  EXPECT_EQ(*detectable_difference(row, {}), 0.3);
  row.detectable.reset();  // or that nothing can be seen
  EXPECT_FALSE(detectable_difference(row, {}));
  row.error.reset();
  row.discordant = 0.1;
  EXPECT_NEAR(*item_deviation(row), std::sqrt(0.1), 1e-12);
  // (2.801585 / 0.02)^2 * 0.1 = 1962.2
  EXPECT_EQ(*items_needed(row, 0.02, {}), 1963U);
  row.discordant = 0;
  EXPECT_FALSE(items_needed(row, 0.02, {}));
  row.comparison.difference = {};
  EXPECT_FALSE(item_deviation(row));
  EXPECT_EQ(one_sided_sign_p(5, 5), 1);
  EXPECT_NEAR(one_sided_sign_p(6, 0), 1.0 / 64, 1e-12);
}

}  // namespace
}  // namespace assay::aggregate
