// Trends: which lines make a point, where a trend begins anew, where it changes.
#include "harness/aggregate/history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

HistoryLine line_at(int day, double value) {
  HistoryLine line;
  line.utc = fmt::format("2026-{:02d}-{:02d}T00:00:00Z", 1 + day / 28, 1 + day % 28);
  line.run = fmt::format("run{}", day);
  line.suite = "s";
  line.model = "m";
  line.metric = "accuracy";
  line.headline = true;
  line.prompt_hash = "p";
  line.estimate.value = value;
  line.estimate.n = 200;
  return line;
}

// 20 days around 0.80, then 20 around 0.70.
std::vector<HistoryLine> falling() {
  Rng rng(2);
  std::vector<HistoryLine> lines;
  for (int day = 0; day < 40; ++day)
    lines.push_back(line_at(day, (day < 20 ? 0.8 : 0.7) + 0.01 * rng.normal()));
  return lines;
}

TEST(Trends, AStepIsFoundOnItsDay) {
  const std::vector<Trend> found = trends(falling(), {});
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].points.size(), 40U);
  ASSERT_EQ(found[0].changes.size(), 1U);
  EXPECT_EQ(found[0].changes[0].index, 20U);
  EXPECT_NEAR(found[0].changes[0].before, 0.8, 0.01);
  EXPECT_NEAR(found[0].changes[0].after, 0.7, 0.01);
  EXPECT_TRUE(found[0].breaks.empty());
}

TEST(Trends, TheOrderOfLinesDoesNotMatter) {
  std::vector<HistoryLine> lines = falling();
  std::reverse(lines.begin(), lines.end());
  const std::vector<Trend> found = trends(lines, {});
  EXPECT_EQ(found[0].points.front().run, "run0");
  ASSERT_EQ(found[0].changes.size(), 1U);
  EXPECT_EQ(found[0].changes[0].index, 20U);
}

TEST(Trends, AnotherPromptBeginsAnewAndIsNoChange) {
  std::vector<HistoryLine> lines = falling();
  for (size_t i = 20; i < lines.size(); ++i) lines[i].prompt_hash = "q";
  for (size_t i = 30; i < lines.size(); ++i) lines[i].scorer_hash = lines[i].data_hash = "x";
  const std::vector<Trend> found = trends(lines, {});
  EXPECT_TRUE(found[0].changes.empty());
  ASSERT_EQ(found[0].breaks.size(), 2U);
  EXPECT_EQ(found[0].breaks[0].index, 20U);
  EXPECT_TRUE(found[0].breaks[0].prompt && !found[0].breaks[0].data);
  EXPECT_TRUE(!found[0].breaks[1].prompt && found[0].breaks[1].data && found[0].breaks[1].scorer);
}

TEST(Trends, AnotherConfigurationIsSaidAtTheChange) {
  std::vector<HistoryLine> lines = falling();
  for (size_t i = 20; i < lines.size(); ++i) lines[i].config_hash = "hot";
  const std::vector<Trend> found = trends(lines, {});
  ASSERT_EQ(found[0].changes.size(), 1U);
  EXPECT_TRUE(found[0].changes[0].other_config);
}

TEST(Trends, TheNewestLineOfARunStands) {
  std::vector<HistoryLine> lines{line_at(0, 0.5), line_at(1, 0.6), line_at(0, 0.7)};
  const std::vector<Trend> found = trends(lines, {});
  ASSERT_EQ(found[0].points.size(), 2U);
  EXPECT_EQ(*found[0].points[0].estimate.value, 0.7);
}

TEST(Trends, PointsWithoutValueAreKeptAndNotUsed) {
  std::vector<HistoryLine> lines = falling();
  lines[10].estimate.value.reset();
  const std::vector<Trend> found = trends(lines, {});
  EXPECT_EQ(found[0].points.size(), 40U);
  ASSERT_EQ(found[0].changes.size(), 1U);
  EXPECT_EQ(found[0].changes[0].index, 20U);
  for (HistoryLine& line : lines) line.estimate.value.reset();
  EXPECT_TRUE(trends(lines, {})[0].changes.empty());
  EXPECT_TRUE(trends({}, {}).empty());
}

TEST(Trends, LatencyIsATrendOfItsOwn) {
  std::vector<HistoryLine> lines = falling();
  for (size_t i = 0; i < lines.size(); ++i) lines[i].latency_s_p50 = i < 25 ? 0.2 : 0.4;
  const std::vector<Trend> found = trends(lines, {.suite = "s", .model = "m", .metric = "latency"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].is_time);
  EXPECT_FALSE(found[0].metric.higher_is_better);
  ASSERT_EQ(found[0].changes.size(), 1U);
  EXPECT_EQ(found[0].changes[0].index, 25U);
  EXPECT_TRUE(trends(lines, {.suite = "other", .model = "", .metric = ""}).empty());
}

TEST(Trends, OnlyTheNewestAreLookedAt) {
  std::vector<HistoryLine> lines;
  for (int i = 0; i < 405; ++i) {
    lines.push_back(line_at(0, 0.5));
    lines.back().run = std::to_string(i);
  }
  const std::vector<Trend> found = trends(lines, {});
  EXPECT_EQ(found[0].points.size(), kTrendPointsMax);
  EXPECT_EQ(found[0].left_out, 5U);
}

test::FakeStore store_with_sessions() {
  test::FakeStore store("a.assay");
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "s";
  suite.prompt_hash = "p";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = 2;
  ModelInfo model;
  model.id = 1;
  model.name = "m";
  store.info.suites = {suite};
  store.info.models = {model};
  store.info.run_hash = "the-same-for-every-day";
  SessionInfo session;
  session.id = 1;
  session.utc = "2026-11-28T09:05:00Z";
  store.info.sessions = {session};
  store.add({.model = 1, .suite = 1, .index = 0, .scores = {{.metric = 0, .value = 1}}});
  store.add({.model = 1, .suite = 1, .index = 1, .scores = {{.metric = 0, .value = 0}}});
  return store;
}

TEST(HistoryLines, AreNamedByTheirFirstSession) {
  const test::FakeStore store = store_with_sessions();
  const auto lines = history_lines(store, "a.assay", {.commit = "abc", .note = ""});
  ASSERT_TRUE(lines) << lines.error().text();
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->front().utc, "2026-11-28T09:05:00Z");
  EXPECT_EQ(*lines->front().estimate.value, 0.5);
  EXPECT_TRUE(lines->front().headline && lines->front().share);
  // Another day is another run; a later session of the same file is not.
  test::FakeStore grown = store_with_sessions();
  grown.info.sessions.push_back(grown.info.sessions.front());
  grown.info.sessions.back().utc = "2026-11-29T00:00:00Z";
  grown.info.run_hash = "grown";
  EXPECT_EQ(history_lines(grown, "a", {})->front().run, lines->front().run);
  test::FakeStore another = store_with_sessions();
  another.info.sessions.front().utc = "2026-11-29T09:05:00Z";
  EXPECT_NE(history_lines(another, "a", {})->front().run, lines->front().run);
}

TEST(HistoryLines, NothingMeasuredIsRefused) {
  test::FakeStore store("a.assay");
  const auto lines = history_lines(store, "a.assay", {});
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().text(),
            "a.assay: holds no figure of a suite, expected a run of `assay run`");
}

}  // namespace
}  // namespace assay::aggregate
