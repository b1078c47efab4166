// Speeds of two run files: when they are paired, and what the reader is told when they are not.
#include "harness/aggregate/compare_speed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMs;

struct Timing {
  std::string host = R"({"cpu":"x"})";
  std::string utc = "2026-11-28T01:00:00Z";
  int64_t origin_ns = 1'000 * kSecond;  // of the machine's steady clock
  int64_t begin_ns = 1'000 * kSecond;   // of the first item
  int64_t every_ns = kSecond;
  double factor = 1;  // of every latency
  bool virtual_clock = false;
  bool timed = true;
  int64_t first_token_share = 0;  // percent of the latency; 0: none
  int64_t jitter_ms = 0;          // added to every second item
};

// 40 items, sent one after the other, each of another length.
FakeStore store_of(const std::string& path, const Timing& timing) {
  FakeStore store(path);
  ModelInfo model;
  model.id = 1;
  model.name = "m";
  model.virtual_clock = timing.virtual_clock;
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  store.info.models = {model};
  store.info.suites = {suite};
  store.info.sessions = {{.id = 1,
                          .utc = timing.utc,
                          .argv = {},
                          .host = timing.host,
                          .mono_origin_ns = timing.origin_ns,
                          .assay_version = {}}};
  for (uint64_t i = 0; i < 40; ++i) {
    const int64_t sent = timing.begin_ns + static_cast<int64_t>(i) * timing.every_ns;
    const auto length = static_cast<double>(100 + 10 * (i * 7 % 40)) * timing.factor;
    const int64_t took =
        (static_cast<int64_t>(length) + static_cast<int64_t>(i % 2) * timing.jitter_ms) * kMs;
    test::FakeRecord record;
    record.index = i;
    record.sent_ns = sent;
    record.done_ns = timing.timed ? sent + took : sent;
    if (timing.first_token_share > 0) {
      record.first_token_ns = sent + took / 100 * timing.first_token_share;
    }
    record.scores = {{.value = 1}};
    store.add(record);
  }
  return store;
}

std::vector<SpeedComparison> speeds_of(const Timing& a, const Timing& b) {
  const FakeStore store_a = store_of("old.assay", a);
  const FakeStore store_b = store_of("new.assay", b);
  const RunStore* const stores[] = {&store_a, &store_b};
  const std::string names[] = {"old.assay", "new.assay"};
  const Result<ComparisonReport> report = compare_runs(stores, names, {});
  EXPECT_TRUE(report) << report.error().text();
  return report ? report->speeds : std::vector<SpeedComparison>{};
}

TEST(CompareSpeed, TakenInTurnsIsPaired) {
  const Timing a{};
  // Another process on the same machine: its session began 3 s later, its items between the
  // other's.
  const Timing b{.utc = "2026-11-28T01:00:03Z",
                 .origin_ns = 1'003 * kSecond,
                 .begin_ns = 1'003 * kSecond + kSecond / 2,
                 .factor = 1.2,
                 .jitter_ms = 1};
  const std::vector<SpeedComparison> speeds = speeds_of(a, b);
  ASSERT_EQ(speeds.size(), 1U);
  const SpeedComparison& row = speeds[0];
  EXPECT_EQ(row.figure, "latency");
  EXPECT_EQ(row.suite, "quick");
  EXPECT_EQ(row.model, "m");
  EXPECT_EQ(row.baseline, 0U);
  EXPECT_EQ(row.later, 1U);
  EXPECT_TRUE(row.paired);
  EXPECT_EQ(row.banner, "");
  EXPECT_NEAR(*row.ratio.value, 1.2, 0.01);
  EXPECT_EQ(row.ratio.n, 40U);
  ASSERT_TRUE(row.p_value);
  EXPECT_LT(*row.p_value, 1e-9);
  EXPECT_EQ(*row.p_holm, *row.p_value);
  EXPECT_NEAR(*row.a.value, 0.295, 1e-9);
}

TEST(CompareSpeed, OneAfterTheOtherHasABanner) {
  const Timing later{.begin_ns = 2'000 * kSecond};
  const SpeedComparison row = speeds_of({}, later).at(0);
  EXPECT_FALSE(row.paired);
  EXPECT_THAT(row.banner, StartsWith("not interleaved: measured at different times"));
  EXPECT_EQ(row.test, "Mann-Whitney");
  EXPECT_NEAR(*row.ratio.value, 1, 1e-12);
  ASSERT_TRUE(row.p_value);
  EXPECT_GT(*row.p_value, 0.9);
}

// One was asked in a burst while the other ran on: most of the other's items saw another machine.
TEST(CompareSpeed, ABurstInTheMiddleIsNotInterleaved) {
  const Timing burst{.begin_ns = 1'010 * kSecond, .every_ns = kSecond / 10};
  EXPECT_FALSE(speeds_of({}, burst).at(0).paired);
}

TEST(CompareSpeed, OtherMachinesAndUnknownTimesAreNotInterleaved) {
  EXPECT_THAT(speeds_of({}, {.host = R"({"cpu":"y"})"}).at(0).banner,
              HasSubstr("measured on different machines"));
  // The same stamps after another start of the machine.
  EXPECT_THAT(speeds_of({}, {.utc = "2026-11-29T01:00:00Z"}).at(0).banner,
              HasSubstr("measured at different times"));
  for (const std::string utc : {"", "yesterday", "2026-13-28T01:00:00Z", "2026-11-28T01:00:0xZ"}) {
    EXPECT_THAT(speeds_of({}, {.utc = utc}).at(0).banner, HasSubstr("not known when and where"))
        << utc;
  }
  const Timing hostile{.origin_ns = INT64_MIN};
  EXPECT_FALSE(speeds_of({}, hostile).at(0).paired);
}

TEST(CompareSpeed, SimulatedTimesArePairedAndSaidSo) {
  const Timing a{.virtual_clock = true};
  const Timing b{.begin_ns = 5'000 * kSecond, .factor = 2, .virtual_clock = true};
  const SpeedComparison row = speeds_of(a, b).at(0);
  EXPECT_TRUE(row.paired);
  EXPECT_EQ(row.banner, "simulated times (virtual clock)");
  EXPECT_NEAR(*row.ratio.value, 2, 0.02);
  EXPECT_TRUE(speeds_of({}, b).empty()) << "a measured time against an invented one";
}

TEST(CompareSpeed, WithoutTimesThereIsNoRow) {
  EXPECT_TRUE(speeds_of({.timed = false}, {}).empty());
  EXPECT_TRUE(speeds_of({.timed = false}, {.timed = false}).empty());
}

// A reply in one piece: its first token is its end.
TEST(CompareSpeed, FiguresThatAreOneAreSaidOnce) {
  EXPECT_EQ(speeds_of({.first_token_share = 100}, {.first_token_share = 100}).size(), 1U);
  EXPECT_EQ(speeds_of({.first_token_share = 100}, {.first_token_share = 50}).size(), 2U);
}

TEST(CompareSpeed, FirstTokensHaveTheirOwnRow) {
  const std::vector<SpeedComparison> speeds = speeds_of(
      {.first_token_share = 20}, {.factor = 1.5, .first_token_share = 20, .jitter_ms = 1});
  ASSERT_EQ(speeds.size(), 2U);
  EXPECT_EQ(speeds[1].figure, "ttft");
  ASSERT_TRUE(speeds[1].p_value);
  EXPECT_NEAR(*speeds[1].ratio.value, 1.5, 0.02);
  EXPECT_GE(*speeds[1].p_holm, *speeds[1].p_value);
}

}  // namespace
}  // namespace assay::aggregate
