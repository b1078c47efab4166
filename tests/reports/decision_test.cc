// Every form of a decision: golden files of one that has everything, the words of each outcome in
// both languages, and names that try to break out.
#include "harness/types/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "reports/decision_view.h"
#include "reports/html/document.h"
#include "reports/html/page.h"
#include "reports/json/json_decision.h"
#include "reports/registry.h"
#include "reports/text/text_decision.h"
#include "tests/reports/tag_checker.h"
#include "tests/support/golden.h"
#include "tests/support/summary_builder.h"

namespace assay {
namespace {

using reports::Language;
using ::testing::HasSubstr;
using ::testing::Not;

Estimate estimate(double value, double low, double high, std::string method = "BCa bootstrap") {
  return {value, low, high, 200, std::move(method)};
}

DecidedModel model(const std::string& name, double quality, double cost) {
  DecidedModel out;
  out.name = name;
  out.asked = 200;
  out.answered = 198;
  out.failed = 2;
  out.quality = estimate(quality, quality - 0.04, quality + 0.03, "wilson");
  out.cost_per_item = estimate(cost * quality, cost * quality * 0.95, cost * quality * 1.05);
  out.cost_per_correct = estimate(cost, cost * 0.9, cost * 1.12);
  out.cost_note = "tokens of all tries at the model's prices";
  out.latency_mean = estimate(1.3, 1.2, 1.4);
  out.latency_p50 = estimate(1.2, 1.1, 1.3);
  out.latency_p95 = estimate(3.4, 2.9, 4.1);
  out.has = {true, true, true};
  out.on_front = true;
  return out;
}

RequirementCheck check(RequirementKind kind, RequirementState state, std::string wanted,
                       std::string found, bool shown = true) {
  return {.kind = kind,
          .state = state,
          .shown = shown,
          .wanted = std::move(wanted),
          .found = std::move(found)};
}

SuiteDecision adopted() {
  SuiteDecision out;
  out.suite = "quick-intents";
  out.metric = {.name = "accuracy", .scorer = "exact"};
  out.samples = 200;
  out.left_out = 4;
  out.units = 40;
  out.draws = 10'000;
  out.currency = "USD";
  out.models = {model("large", 0.91, 0.012), model("small", 0.90, 0.0021),
                model("abroad", 0.90, 0.0004)};
  out.models[0].standing = QualityStanding::kBest;
  out.models[1].standing = QualityStanding::kWithin;
  out.models[1].loss = estimate(0.01, -0.005, 0.018);
  out.models[0].front_probability = 0.82;
  out.models[1].front_probability = 1;
  out.models[0].rank_shares = {0.28, 0.72};
  out.models[1].rank_shares = {0.72, 0.28};
  out.models[0].expected_rank = 1.72;
  out.models[1].expected_rank = 1.28;
  out.models[0].central_weights = CriterionValues{0.8, 0.1, 0.1};
  out.models[1].central_weights = CriterionValues{0.2, 0.4, 0.4};
  out.models[0].first_with_weights = 0.004;
  out.models[1].first_with_weights = 0.996;
  out.models[0].cost_ratio = estimate(5.71, 5.2, 6.3);
  out.models[2].cost_ratio = estimate(0.19, 0.17, 0.21);
  for (DecidedModel& m : out.models) {
    const bool abroad = m.name == "abroad";
    m.requirements = {
        check(RequirementKind::kRegion, abroad ? RequirementState::kFail : RequirementState::kPass,
              "kr or eu", abroad ? "cn" : "eu"),
        check(RequirementKind::kContext, RequirementState::kUnknown, "at least 128000 tokens",
              "not given"),
        check(RequirementKind::kP95, RequirementState::kPass, "at most 4 s", "3.4 s [2.9–4.1]",
              false),
    };
    m.knocked_out = abroad;
  }
  out.outcome = DecisionOutcome::kAdopt;
  out.reason = DecisionReason::kCheapest;
  out.best = 0;
  out.chosen = 1;
  out.reference = 1;
  out.weighed = {true, true, true};
  out.weights = WeightRanges{WeightRange{2, 2}, WeightRange{1, 3}, WeightRange{0, 0}};
  out.changes = {
      {.kind = DecisionChange::Kind::kPrice, .model = 0, .value = 0.175, .cost_per_item = 0.0019},
      {.kind = DecisionChange::Kind::kRequirement, .model = 2},
      {.kind = DecisionChange::Kind::kUnknown, .model = 0},
      {.kind = DecisionChange::Kind::kWeightAbove, .model = 0, .value = 0.62},
  };
  out.changes[1].requirements = {RequirementKind::kRegion};
  out.changes[2].requirements = {RequirementKind::kContext};
  out.notes = {"compared on the 200 samples of 204 that all models were asked"};
  return out;
}

SuiteDecision open_cost() {
  SuiteDecision out;
  out.suite = "quick-ocr";
  out.metric = {.name = "cer", .scorer = "cer", .higher_is_better = false, .binary = false};
  out.cost_unit = CostUnit::kItem;
  out.samples = 60;
  out.units = 60;
  out.draws = 10'000;
  out.currency = "USD";
  out.models = {model("large", 0.05, 0.012), model("local", 0.05, 0)};
  DecidedModel& local = out.models[1];
  local.cost_per_item = {};
  local.cost_per_correct = {};
  local.cost_note = "not measured: no price per token and no machine price per hour was given";
  local.has[1] = false;
  out.models[0].standing = QualityStanding::kBest;
  local.standing = QualityStanding::kWithin;
  out.outcome = DecisionOutcome::kUndecided;
  out.reason = DecisionReason::kCostUnknown;
  out.best = 0;
  out.chosen = 0;
  out.reference = 0;
  out.tied = {1};
  out.changes = {
      {.kind = DecisionChange::Kind::kUnknownPrice, .model = 1, .cost_per_item = 0.0118}};
  out.weighed = {true, false, true};
  return out;
}

DecisionReport report() {
  DecisionReport out;
  out.sources = {"quick.assay"};
  out.margin = 0.02;
  out.suites = {adopted(), open_cost()};
  out.notes = {"no run has the model `r9` of the configuration"};
  return out;
}

std::string section(const DecisionReport& decision, const std::string& language) {
  ReportOptions options;
  options.language = language;
  options.decision = &decision;
  const Summary summary;
  const reports::html::Page page = reports::html::make_page(summary, {}, options);
  return reports::html::decision_section(page).finish();
}

TEST(DecisionReports, TextEnglish) {
  EXPECT_TRUE(test::matches_golden("reports/decision_en.txt",
                                   reports::decision_text(report(), {.width = 110})));
}

TEST(DecisionReports, TextKoreanNarrow) {
  EXPECT_TRUE(
      test::matches_golden("reports/decision_ko_60.txt",
                           reports::decision_text(report(), {.language = "ko", .width = 60})));
}

TEST(DecisionReports, Json) {
  EXPECT_TRUE(test::matches_golden("reports/decision.json", reports::decision_json(report())));
}

TEST(DecisionReports, HtmlSectionInBothLanguages) {
  EXPECT_TRUE(test::matches_golden("reports/decision_en.html", section(report(), "en")));
  EXPECT_TRUE(test::matches_golden("reports/decision_ko.html", section(report(), "ko")));
}

TEST(DecisionReports, StandsFirstInEveryReport) {
  const DecisionReport decision = report();
  const Summary summary = test::demo_summary();
  ReportOptions options;
  options.decision = &decision;
  const auto rendered = [&](std::string_view form) {
    const auto text = reports::find_reporter(form)->write(summary, {}, options);
    EXPECT_TRUE(text);
    return text.value_or(std::string());
  };
  const std::string html = rendered("html");
  EXPECT_LT(html.find("id=\"decision-1\""), html.find("id=\"suite-1-v\""));
  EXPECT_EQ(test::TagChecker().check(html), "");
  const std::string text = rendered("text");
  EXPECT_LT(text.find("Adopt small"), text.find("is best"));
  const auto json = parse_json(rendered("json"), "json");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("decision").at("outcome"), "undecided") << "the suites disagree";
  options.decision = nullptr;
  EXPECT_THAT(rendered("html"), Not(HasSubstr("decision-1")));
}

std::string sentence(SuiteDecision suite, Language language = Language::kEnglish) {
  return reports::decision_sentence(report(), suite, language);
}

TEST(DecisionReports, EachOutcomeIsOneSentence) {
  EXPECT_EQ(sentence(adopted()),
            "Adopt small: 0.00210 USD per correct answer, the least of the 2 models not shown to "
            "lose more than 2 pp in accuracy; the next, large, costs 5.71 [5.20–6.30] times as "
            "much; not known of it: context; not shown: p95; large becomes the choice if its cost "
            "falls by 82% (below 0.00190 USD per item) or that of small rises by 471%.");
  SuiteDecision tied = adopted();
  tied.outcome = DecisionOutcome::kUndecided;
  tied.reason = DecisionReason::kCostTied;
  tied.tied = {0};
  EXPECT_THAT(sentence(tied), HasSubstr("Cannot be told apart: small is the cheapest of the tied "
                                        "models (0.00210 USD per correct answer)"));
  SuiteDecision unsure = tied;
  unsure.reason = DecisionReason::kQualityUndecided;
  EXPECT_THAT(sentence(unsure), HasSubstr("not shown to be within 2 pp of large in accuracy"));
  SuiteDecision none = adopted();
  none.outcome = DecisionOutcome::kNone;
  none.chosen.reset();
  EXPECT_EQ(sentence(none), "None: every model fails a requirement.");
  none.outcome = DecisionOutcome::kNoData;
  EXPECT_EQ(sentence(none), "No decision: nothing was scored.");
  none.outcome = DecisionOutcome::kUndecided;
  none.reason = DecisionReason::kNoneCorrect;
  EXPECT_EQ(sentence(none), "Undecided: no model gave a correct answer.");
  SuiteDecision only = adopted();
  only.reason = DecisionReason::kOnlyGoodEnough;
  only.changes.clear();
  EXPECT_THAT(sentence(only), HasSubstr("every other model is shown to lose more than 2 pp"));
  EXPECT_THAT(sentence(only), HasSubstr("no price, margin or weight makes another model"));
  EXPECT_THAT(sentence(adopted(), Language::kKorean), HasSubstr("small 모델 채택"));
}

TEST(DecisionReports, NoneCorrectIsAWordNotANumber) {
  SuiteDecision suite = adopted();
  suite.models[0].none_correct = true;
  suite.models[0].cost_per_correct = {};
  EXPECT_EQ(reports::cost_text(suite, suite.models[0], Language::kEnglish).joined(),
            "none correct");
  EXPECT_EQ(reports::cost_text(open_cost(), open_cost().models[1], Language::kEnglish).joined(),
            "not measured");
  EXPECT_EQ(reports::ratio_text(adopted(), 0).joined(), "5.71 [5.20–6.30]");
  EXPECT_EQ(reports::ratio_text(adopted(), 1).joined(), "1");
  EXPECT_EQ(reports::decision_headline(adopted(), Language::kEnglish), "Adopt small.");
}

TEST(DecisionReports, SharesNearTheEndsAreNotTheEnds) {
  EXPECT_EQ(reports::share_cell(1.0), "100%");
  EXPECT_EQ(reports::share_cell(0.9999), ">99%");
  EXPECT_EQ(reports::share_cell(0.0001), "<1%");
  EXPECT_EQ(reports::share_cell(0.0), "0%");
  EXPECT_EQ(reports::share_cell(std::nullopt), "n/a");
}

TEST(DecisionReports, JsonNeverHoldsWhatIsNoNumber) {
  DecisionReport bad = report();
  bad.suites[0].models[0].cost_ratio.value = std::numeric_limits<double>::infinity();
  bad.suites[0].models[0].expected_rank = std::numeric_limits<double>::quiet_NaN();
  bad.suites[0].changes[0].cost_per_item.reset();
  const std::string text = reports::decision_json(bad);
  ASSERT_TRUE(parse_json(text, "decision.json"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
}

TEST(DecisionReports, HostileNamesStayText) {
  DecisionReport hostile = report();
  const std::string name = "<script>alert(1)</script>\x1b[31m\"'&";
  hostile.suites[0].models[1].name = name;
  hostile.suites[0].suite = name;
  hostile.suites[0].models[2].requirements[0].found = name;
  hostile.suites[0].notes = {name};
  const std::string html = section(hostile, "en");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_EQ(test::TagChecker().check(html), "");
  const std::string text = reports::decision_text(hostile, {});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(parse_json(reports::decision_json(hostile), "decision.json"));
}

}  // namespace
}  // namespace assay
