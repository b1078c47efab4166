// Trends in reports: sparklines, text, the page's section in both languages, JSON.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "reports/html/document.h"
#include "reports/html/page.h"
#include "reports/json/json_plan.h"
#include "reports/json/json_trends.h"
#include "reports/text/text_plan.h"
#include "reports/text/text_trends.h"
#include "tests/reports/tag_checker.h"
#include "tests/support/summary_builder.h"

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Trend trend_of(const std::vector<std::optional<double>>& values) {
  Trend out;
  out.suite = "quick-intents";
  out.model = "baseline:linear";
  out.metric = {.name = "accuracy", .scorer = "", .higher_is_better = true, .binary = false};
  out.headline = true;
  for (size_t i = 0; i < values.size(); ++i) {
    TrendPoint point;
    point.utc = fmt::format("2026-11-{:02d}T09:05:00Z", i + 1);
    point.run = fmt::format("run{}", i);
    point.estimate.value = values[i];
    if (values[i]) {
      point.estimate.ci_low = *values[i] - 0.02;
      point.estimate.ci_high = *values[i] + 0.02;
    }
    point.estimate.n = 200;
    out.points.push_back(point);
  }
  return out;
}

Trend falling() {
  Trend out = trend_of({0.81, 0.80, 0.82, 0.81, 0.79, 0.70, 0.71, 0.69, std::nullopt, 0.70});
  out.points[5].commit = "abc1234";
  out.changes.push_back(
      {.index = 5, .before = 0.806, .after = 0.70, .p_value = 0.005, .other_config = true});
  out.breaks.push_back({.index = 9, .prompt = true, .data = false, .scorer = true});
  return out;
}

TEST(Sparkline, EightHeightsGapsAndBreaks) {
  EXPECT_EQ(sparkline(trend_of({0.0, 0.5, 1.0}), 24), "▁▅█");
  EXPECT_EQ(sparkline(trend_of({0.5, 0.5}), 24), "▄▄");
  EXPECT_EQ(sparkline(trend_of({0.0, std::nullopt, 1.0}), 24), "▁·█");
  EXPECT_EQ(sparkline(trend_of({std::nullopt}), 24), "·");
  EXPECT_EQ(sparkline(trend_of({9.0, 0.0, 1.0}), 2), "▁█");  // the newest
  Trend broken = trend_of({0.0, 1.0, 1.0});
  broken.breaks.push_back({.index = 1, .prompt = true});
  EXPECT_EQ(sparkline(broken, 24), "▁|██");
}

TEST(TrendsText, SaysWhatChangedAndWhatIsNotCompared) {
  const std::vector<Trend> trends{falling()};
  const std::string text = trends_text(trends, {.width = 200});
  EXPECT_THAT(text, HasSubstr("baseline:linear, accuracy: 80.6% → 70.0% from 2026-11-06T09:05Z, "
                              "commit abc1234 on (worse, p = 0.005)"));
  EXPECT_THAT(text, HasSubstr("another prompt, scorer from 2026-11-10T09:05Z on; points before are "
                              "not compared with it"));
  Trend latency = falling();
  latency.is_time = true;
  latency.metric = {.name = "latency", .scorer = "", .higher_is_better = false, .binary = false};
  latency.metric.share = false;
  EXPECT_THAT(trends_text(std::vector<Trend>{latency}, {}), HasSubstr("better"));
  EXPECT_EQ(trends_text({}, {}), "");
}

TEST(TrendsText, HostileNamesCannotSteerATerminal) {
  Trend trend = falling();
  trend.model = "a\x1b[2J";
  trend.points[5].commit = "\x1b[31m";
  EXPECT_THAT(trends_text(std::vector<Trend>{trend}, {}), Not(HasSubstr("\x1b")));
}

std::string section(const std::vector<Trend>& trends, const std::string& language) {
  const Summary summary = test::demo_summary();
  ReportOptions options;
  options.language = language;
  options.trends = trends;
  const html::Page page = html::make_page(summary, {}, options);
  html::Html h = html::trend_section(page);
  return std::move(h).finish();
}

TEST(TrendSection, IsWellFormedInBothLanguages) {
  const std::string english = section({falling(), trend_of({0.5})}, "en");
  EXPECT_EQ(test::TagChecker().check(english), "");
  EXPECT_THAT(english, HasSubstr("2026-11-06: 80.6% → 70.0%, worse (p = 0.005)"));
  EXPECT_THAT(english, HasSubstr("2026-11-10: another prompt, scorer"));
  EXPECT_THAT(english, HasSubstr("no change point"));
  EXPECT_THAT(english, HasSubstr("class=\"ring"));
  const std::string korean = section({falling()}, "ko");
  EXPECT_EQ(test::TagChecker().check(korean), "");
  EXPECT_THAT(korean, HasSubstr("나빠짐"));
  EXPECT_THAT(korean, HasSubstr("프롬프트, 채점기 바뀜"));
  EXPECT_EQ(section({}, "en"), "");
}

TEST(TrendSection, HostileNamesAreText) {
  Trend trend = falling();
  trend.model = trend.suite = "<script>alert(1)</script>";
  trend.points[5].note = "\"><img src=x onerror=alert(1)>";
  const std::string page = section({trend}, "en");
  EXPECT_EQ(test::TagChecker().check(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
}

TEST(TrendSection, NoValueAtAllAndManyTrendsHaveAPlace) {
  const std::string none = section({trend_of({std::nullopt, std::nullopt, std::nullopt})}, "en");
  EXPECT_EQ(test::TagChecker().check(none), "");
  EXPECT_THAT(none, HasSubstr("n/a"));
  const std::vector<Trend> many(15, falling());
  EXPECT_THAT(section(many, "en"), HasSubstr("3 more charts are left out"));
}

TEST(TrendsJson, HasPointsChangesAndBreaks) {
  const auto json = parse_json(trends_json(std::vector<Trend>{falling()}), "trends");
  ASSERT_TRUE(json) << json.error().text();
  const Json& trend = json->at("trends").at(0);
  EXPECT_EQ(trend.at("unit"), "share");
  EXPECT_EQ(trend.at("points").size(), 10U);
  EXPECT_TRUE(trend.at("points").at(8).at("value").is_null());
  EXPECT_EQ(trend.at("points").at(5).at("commit"), "abc1234");
  EXPECT_EQ(trend.at("changes").at(0).at("worse"), true);
  EXPECT_EQ(trend.at("breaks").at(0).at("scorer"), true);
}

aggregate::PlanReport plan_report() {
  aggregate::SightQuestion q;
  q.suite = "s";
  q.metric = {.name = "accuracy", .scorer = "exact"};
  q.items = q.available = 300;
  q.detect = 0.02;
  aggregate::PlanReport out;
  out.currency = "USD";
  out.suites.push_back(aggregate::suite_sight(q, nullptr));
  for (const char* model : {"a", "b"}) {
    aggregate::SpendingForecast f;
    f.model = model;
    f.suite = "s";
    f.requests = 300;
    f.input_tokens = aggregate::Range{59'736, 89'604, 179'209};
    f.output_tokens = aggregate::Range{1500, 1500, 1500};
    f.tokens_basis = "estimate";
    f.cost_basis = "n/a: no price is known";
    f.time_basis = "n/a";
    if (*model == 'a') {
      f.cost = aggregate::MoneyRange{*Money::parse("0.1"), *Money::parse("0.2"),
                                     *Money::parse("0.4"), *Money::parse("0.8")};
      f.cost_basis = "tokens times prices";
    }
    out.spendings.push_back(f);
  }
  aggregate::add_totals(out);
  return out;
}

TEST(PlanText, FitsAndNeverSaysZeroForUnknown) {
  const std::string text = plan_text(plan_report(), {});
  EXPECT_THAT(text, HasSubstr("300 items cannot see 2.0 pp"));
  EXPECT_THAT(text, HasSubstr("89.6k (59.7–179.2)"));
  EXPECT_THAT(text, HasSubstr("at most 0.8"));
  EXPECT_THAT(text, HasSubstr("Cost (b): n/a: no price is known."));
  EXPECT_THAT(text, HasSubstr("Tokens: estimate."));
  EXPECT_THAT(text, HasSubstr("without 1 of 2 whose cost is not known"));
  aggregate::PlanReport none = plan_report();
  none.suites.front().why_not = "no items are planned";
  none.suites.front().recommendation = "n/a: no items are planned.";
  EXPECT_THAT(plan_text(none, {}), HasSubstr("n/a: no items are planned."));
}

TEST(PlanJson, IsJsonWithNullsForUnknown) {
  const auto json = parse_json(plan_json(plan_report()), "plan");
  ASSERT_TRUE(json) << json.error().text();
  EXPECT_EQ(json->at("suites").at(0).at("sees"), false);
  EXPECT_TRUE(json->at("spending").at(1).at("cost").is_null());
  EXPECT_TRUE(json->at("spending").at(0).at("reasoning_tokens").is_null());
  EXPECT_EQ(json->at("total").at("cost").at("worst"), "0.8");
}

}  // namespace
}  // namespace assay::reports
