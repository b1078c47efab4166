// `assay compare` on small run files.
#include "harness/aggregate/compare.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeRecord;
using test::FakeStore;
using ::testing::Contains;
using ::testing::ElementsAre;

// `grid[i]`: is sample i right. Truth is "t<i>".
FakeStore store_of(const std::string& path, const std::string& model, const std::string& grid) {
  FakeStore store(path);
  ModelInfo info;
  info.id = 1;
  info.name = model;
  info.version = "1.0";
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.prompt_hash = "p";
  suite.data_hash = "d";
  suite.scorer_hash = "s";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = grid.size();
  store.info.models = {info};
  store.info.suites = {suite};
  for (size_t i = 0; i < grid.size(); ++i) {
    store.add({.index = i,
               .scores = {{.value = grid[i] == '1' ? 1.0 : 0.0}},
               .truth = fmt::format("\"t{}\"", i)});
  }
  return store;
}

ComparisonReport report_of(const std::vector<const FakeStore*>& stores,
                           const CompareOptions& options = {}) {
  const std::vector<const RunStore*> pointers(stores.begin(), stores.end());
  std::vector<std::string> names;
  names.reserve(stores.size());
  for (const FakeStore* s : stores) names.push_back(s->path());
  Result<ComparisonReport> out = compare_runs(pointers, names, options);
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : ComparisonReport{};
}

TEST(CompareRuns, FindsWhatFlipped) {
  const FakeStore a = store_of("old.assay", "m", "1111100000");
  const FakeStore b = store_of("new.assay", "m", "1110000001");
  const ComparisonReport report = report_of({&a, &b});
  ASSERT_EQ(report.rows.size(), 1U);
  const RunComparison& row = report.rows[0];
  EXPECT_EQ(row.suite, "quick");
  EXPECT_EQ(row.metric.name, "accuracy");
  EXPECT_TRUE(row.headline);
  EXPECT_EQ(row.a_label, "m (old.assay)");
  EXPECT_EQ(row.b_label, "m (new.assay)");
  EXPECT_EQ(*row.a.value, 0.5);
  EXPECT_EQ(*row.b.value, 0.4);
  EXPECT_NEAR(*row.comparison.difference.value, 0.1, 1e-15);
  EXPECT_EQ(row.comparison.test, "exact McNemar");
  EXPECT_EQ(*row.comparison.p_value, 1);  // 2 against 1
  EXPECT_EQ(row.comparison.verdict, PairVerdict::kNoDifferenceShown);
  EXPECT_EQ(row.comparison.a, 0U);
  EXPECT_EQ(row.comparison.b, 1U);
  EXPECT_EQ(row.improved, 1U);
  EXPECT_EQ(row.worsened, 2U);
  EXPECT_THAT(row.improved_items, ElementsAre("s9"));
  EXPECT_THAT(row.worsened_items, ElementsAre("s3", "s4"));
  EXPECT_TRUE(report.notes.empty());
}

TEST(CompareRuns, RegressionIsABetter) {
  const FakeStore a = store_of("old.assay", "m", std::string(10'070, '1'));
  const FakeStore b = store_of("new.assay", "m", std::string(10'060, '0') + std::string(10, '1'));
  const RunComparison row = report_of({&a, &b}).rows.at(0);
  EXPECT_EQ(row.comparison.verdict, PairVerdict::kABetter);
  EXPECT_EQ(row.worsened, 10'060U);
  ASSERT_EQ(row.worsened_items.size(), kFlippedItemsMax);
  EXPECT_EQ(row.worsened_items.back(), "s9999");
}

TEST(CompareRuns, TheOnlyModelIsTheCounterpart) {
  const FakeStore a = store_of("old.assay", "m1", "10");
  const FakeStore b = store_of("new.assay", "m2", "11");
  EXPECT_EQ(report_of({&a, &b}).rows.at(0).a_label, "m1 (old.assay)");
  FakeStore two = store_of("old.assay", "m1", "10");
  two.info.models.push_back(two.info.models[0]);
  two.info.models[1].id = 2;
  two.info.models[1].name = "m3";
  two.add({.model = 2, .scores = {{.value = 1}}});
  const ComparisonReport none = report_of({&two, &b});
  EXPECT_TRUE(none.rows.empty());
  EXPECT_THAT(none.notes, ElementsAre("suite quick: model m2 of new.assay has no counterpart in "
                                      "old.assay"));
}

TEST(CompareRuns, AnotherPromptIsComparedAndSaid) {
  const FakeStore a = store_of("old.assay", "m", "10");
  FakeStore b = store_of("new.assay", "m", "11");
  b.info.suites[0].prompt_hash = "p2";
  b.info.models[0].version = "1.1";
  const ComparisonReport report = report_of({&a, &b});
  EXPECT_EQ(report.rows.at(0).comparison.note, "the prompt differs");
  EXPECT_TRUE(report.rows[0].comparison.p_value);
  EXPECT_THAT(report.notes, ElementsAre("suite quick: model m was `1.0` in old.assay and is `1.1` "
                                        "in new.assay"));
}

TEST(CompareRuns, AnotherScorerIsNotComparable) {
  const FakeStore a = store_of("old.assay", "m", "10");
  FakeStore b = store_of("new.assay", "m", "11");
  b.info.suites[0].scorer_hash = "s2";
  const RunComparison row = report_of({&a, &b}).rows.at(0);
  EXPECT_EQ(row.comparison.verdict, PairVerdict::kNotComparable);
  EXPECT_FALSE(row.comparison.difference.value);
  EXPECT_EQ(*row.a.value, 0.5);
  EXPECT_EQ(row.comparison.note,
            "judged by different scorers; judge both with one (`assay score`) to compare");
}

// Other data: the same sample stands elsewhere, one has another truth, one is new.
TEST(CompareRuns, OtherDataArePairedByIdAndTruth) {
  const FakeStore a = store_of("old.assay", "m", "110");
  FakeStore b = store_of("new.assay", "m", "");
  b.info.suites[0].data_hash = "d2";
  b.add({.index = 0, .scores = {{.value = 0}}, .sample_id = "s1", .truth = "\"t1\""});
  b.add({.index = 1, .scores = {{.value = 1}}, .sample_id = "s0", .truth = "\"t0\""});
  b.add({.index = 2, .scores = {{.value = 1}}, .sample_id = "s2", .truth = "\"other\""});
  b.add({.index = 3, .scores = {{.value = 1}}, .sample_id = "s9", .truth = "\"t9\""});
  const RunComparison row = report_of({&a, &b}).rows.at(0);
  EXPECT_EQ(row.comparison.difference.n, 2U);
  EXPECT_EQ(row.a.n, 2U);
  EXPECT_EQ(*row.b.value, 0.5);
  EXPECT_THAT(row.worsened_items, ElementsAre("s1"));
  EXPECT_EQ(row.comparison.note,
            "on the 2 samples of 4 that both answered; the data differ: only samples with the same "
            "id and truth are compared");
}

TEST(CompareRuns, SuitesOnOneSideAreNoted) {
  const FakeStore a = store_of("old.assay", "m", "10");
  FakeStore b = store_of("new.assay", "m", "11");
  b.info.suites[0].name = "other";
  const ComparisonReport report = report_of({&a, &b});
  EXPECT_TRUE(report.rows.empty());
  EXPECT_THAT(report.notes, ElementsAre("suite quick of old.assay is not in new.assay",
                                        "suite other of new.assay is not in old.assay"));
}

TEST(CompareRuns, ThreeFilesShareOneFamily) {
  const FakeStore a = store_of("a.assay", "m", std::string(12, '1'));
  const FakeStore b = store_of("b.assay", "m", "000000" + std::string(6, '1'));  // p = 0.03125
  const FakeStore c = store_of("c.assay", "m", "000000" + std::string(6, '1'));
  const ComparisonReport report = report_of({&a, &b, &c});
  ASSERT_EQ(report.rows.size(), 2U);
  EXPECT_EQ(report.rows[1].comparison.b, 2U);
  EXPECT_NEAR(*report.rows[0].comparison.p_holm, 0.0625, 1e-12);
  EXPECT_EQ(report.rows[0].comparison.verdict, PairVerdict::kNoDifferenceShown);
}

// Six points worse in one slice of five, nothing elsewhere: the slice's row shows it.
TEST(CompareRuns, SlicesAreAFamilyOfTheirOwn) {
  FakeStore a = store_of("old.assay", "m", "");
  FakeStore b = store_of("new.assay", "m", "");
  for (size_t i = 0; i < 100; ++i) {
    const std::string tags = fmt::format(R"({{"language":"{}"}})", i % 5 == 0 ? "ko" : "en");
    const bool lost = i % 5 == 0 && i < 50;
    a.add({.index = i, .tags = tags, .scores = {{.value = 1}}});
    b.add({.index = i, .tags = tags, .scores = {{.value = lost ? 0.0 : 1.0}}});
  }
  const ComparisonReport report = report_of({&a, &b});
  ASSERT_EQ(report.rows.size(), 3U);
  EXPECT_EQ(report.rows[0].tag, "");
  EXPECT_EQ(*report.rows[0].comparison.p_holm, *report.rows[0].comparison.p_value);
  const RunComparison& en = report.rows[1];
  const RunComparison& ko = report.rows[2];
  EXPECT_EQ(en.tag, "language");
  EXPECT_EQ(en.value, "en");
  EXPECT_EQ(en.comparison.difference.n, 80U);
  EXPECT_EQ(en.improved + en.worsened, 0U);
  EXPECT_EQ(en.comparison.note, "");
  EXPECT_EQ(ko.value, "ko");
  EXPECT_EQ(ko.comparison.difference.n, 20U);
  EXPECT_EQ(ko.worsened, 10U);
  EXPECT_EQ(ko.worsened_items.size(), 10U);
  EXPECT_EQ(ko.worsened_items[1], "s5");
  EXPECT_EQ(ko.comparison.verdict, PairVerdict::kABetter);
  EXPECT_NEAR(*ko.comparison.p_holm, 2 * *ko.comparison.p_value, 1e-15);
  EXPECT_EQ(report_of({&a, &b}, {.slices = false}).rows.size(), 1U);
}

// The later file's tags decide, and the samples are found by identity where the data differ.
TEST(CompareRuns, SlicesOfOtherDataFollowTheLaterFile) {
  FakeStore a = store_of("old.assay", "m", "");
  FakeStore b = store_of("new.assay", "m", "");
  b.info.suites[0].data_hash = "d2";
  for (size_t i = 0; i < 20; ++i) {
    a.add({.index = i, .scores = {{.value = 1}}});
    b.add({.index = 19 - i,
           .tags = fmt::format(R"({{"half":"{}"}})", i < 10 ? "first" : "second"),
           .scores = {{.value = i < 10 ? 0.0 : 1.0}},
           .sample_id = fmt::format("s{}", i)});
  }
  const ComparisonReport report = report_of({&a, &b});
  ASSERT_EQ(report.rows.size(), 3U);
  EXPECT_EQ(report.rows[1].value, "first");
  EXPECT_EQ(report.rows[1].worsened, 10U);
  EXPECT_EQ(report.rows[2].worsened, 0U);
}

TEST(CompareRuns, TiesAreOverAllFiles) {
  const FakeStore a = store_of("a.assay", "m", std::string(100, '1'));
  const FakeStore b = store_of("b.assay", "m", "00" + std::string(98, '1'));
  const FakeStore c = store_of("c.assay", "m", std::string(40, '0') + std::string(60, '1'));
  const ComparisonReport report = report_of({&b, &a, &c});
  ASSERT_EQ(report.ties.size(), 1U);
  EXPECT_EQ(report.ties[0].suite, "quick");
  EXPECT_EQ(report.ties[0].metric, "accuracy");
  EXPECT_EQ(report.ties[0].best, "m (a.assay)");
  EXPECT_THAT(report.ties[0].tied, ElementsAre("m (b.assay)"));
}

TEST(CompareRuns, StrictRefusesWhatDiffers) {
  const FakeStore a = store_of("old.assay", "m", "10");
  FakeStore b = store_of("new.assay", "m", "11");
  EXPECT_EQ(report_of({&a, &b}, {.mismatch = Mismatch::kRefuse}).rows.size(), 1U);
  b.info.suites[0].prompt_hash = "p2";
  b.info.suites[0].data_hash = "d2";
  const RunStore* const stores[] = {&a, &b};
  const std::string names[] = {"old.assay", "new.assay"};
  const auto refused = compare_runs(stores, names, {.mismatch = Mismatch::kRefuse});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(),
            "new.assay: suite quick has not the same items, prompt as in old.assay, expected the "
            "same items, prompt and scorer");
}

TEST(CompareRuns, AMarginIsHeldByTheInterval) {
  const FakeStore a = store_of("old.assay", "m", std::string(400, '1'));
  const FakeStore same = store_of("new.assay", "m", std::string(400, '1'));
  const FakeStore worse = store_of("new.assay", "m", std::string(80, '0') + std::string(320, '1'));
  const FakeStore near = store_of("new.assay", "m", std::string(8, '0') + std::string(392, '1'));
  EXPECT_EQ(report_of({&a, &same}).rows[0].margin, MarginVerdict::kNone);
  EXPECT_EQ(report_of({&a, &same}, {.margin = 0.02}).rows[0].margin, MarginVerdict::kWithin);
  EXPECT_EQ(report_of({&a, &worse}, {.margin = 0.02}).rows[0].margin, MarginVerdict::kBeyond);
  EXPECT_EQ(report_of({&a, &near}, {.margin = 0.02}).rows[0].margin, MarginVerdict::kUndecided);
  EXPECT_EQ(report_of({&worse, &a}, {.margin = 0.02}).rows[0].margin, MarginVerdict::kWithin);
}

TEST(CompareRuns, AllErrorsAndNaNAreNotComparable) {
  const FakeStore a = store_of("old.assay", "m", "1101");
  FakeStore errors = store_of("new.assay", "m", "");
  for (size_t i = 0; i < 4; ++i) errors.add({.index = i, .outcome = Outcome::kTimeout});
  FakeStore nans = store_of("new.assay", "m", "");
  for (size_t i = 0; i < 4; ++i) nans.add({.index = i, .scores = {{.value = std::nan("")}}});
  for (const FakeStore* b : {&errors, &nans}) {
    const ComparisonReport report = report_of({&a, b}, {.margin = 0.02});
    ASSERT_EQ(report.rows.size(), 1U);
    const RunComparison& row = report.rows[0];
    EXPECT_EQ(row.comparison.verdict, PairVerdict::kNotComparable);
    EXPECT_EQ(row.comparison.note, "no sample that both answered");
    EXPECT_FALSE(row.a.value);
    EXPECT_FALSE(row.b.value);
    EXPECT_FALSE(row.detectable);
    EXPECT_EQ(row.margin, MarginVerdict::kNone);
    EXPECT_TRUE(report.speeds.empty());
    EXPECT_TRUE(report.ties.empty()) << "one model alone has a figure";
  }
  const FakeStore empty = store_of("new.assay", "m", "");
  EXPECT_TRUE(report_of({&a, &empty}).rows.empty());
}

TEST(CompareRuns, OneFileIsNotEnough) {
  const FakeStore a = store_of("a.assay", "m", "1");
  const RunStore* stores[] = {&a};
  const std::string names[] = {"a.assay"};
  const Result<ComparisonReport> report = compare_runs(stores, names, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().text(), "found 1 run file(s) to compare, expected at least two");
}

}  // namespace
}  // namespace assay::aggregate
