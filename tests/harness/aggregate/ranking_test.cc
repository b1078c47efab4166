// Rankings: reading battles, both orders of a pair, style, items of run files as battles.
#include "harness/aggregate/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "harness/aggregate/answer_style.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;

Result<void> read(const std::string& text, const std::vector<std::string>& style, Battles& out) {
  std::istringstream in(text);
  return read_battles(in, "b.jsonl", {.style = style}, out);
}

Battles battles_of(const std::string& text, const std::vector<std::string>& style = {}) {
  Battles out;
  const Result<void> done = read(text, style, out);
  EXPECT_TRUE(done) << done.error().text();
  return out;
}

std::string error_of(const std::string& text, const std::vector<std::string>& style = {}) {
  Battles out;
  const Result<void> done = read(text, style, out);
  EXPECT_FALSE(done);
  return done ? "" : done.error().text();
}

const RankedModel& model(const Ranking& ranking, const std::string& name) {
  for (const auto& group : ranking.groups) {
    for (const RankedModel& m : group) {
      if (m.name == name) return m;
    }
  }
  ADD_FAILURE() << "no model " << name;
  return ranking.groups.front().front();
}

std::string line(const std::string& a, const std::string& b, const std::string& winner,
                 const std::string& more = "") {
  return R"({"model_a":")" + a + R"(","model_b":")" + b + R"(","winner":")" + winner + "\"" + more +
         "}\n";
}

TEST(AnswerStyle, CountsMarkdownOutsideCode) {
  const AnswerStyle s = answer_style(
      "# One\n#no header\n####### seven\n- a **bold** and __another__\n  2) b\n3.c\n* \n"
      "```\n# in code\n- not\n```\n한국어");
  EXPECT_EQ(s.headers, 1U);
  EXPECT_EQ(s.bold, 2U);
  EXPECT_EQ(s.lists, 3U);
  EXPECT_EQ(answer_style("한국어").length, 3U);
  EXPECT_EQ(answer_style("").length, 0U);
  EXPECT_EQ(answer_style("****").bold, 0U);
  EXPECT_EQ(answer_style("**a**b**c").bold, 1U);
}

TEST(Battles, ErrorsNameFileAndLine) {
  EXPECT_EQ(error_of(line("x", "y", "c")),
            "b.jsonl:1: `winner` is `c`, expected `model_a`, `model_b`, `tie` or `tie (bothbad)`");
  EXPECT_NE(error_of("\n\n" + line("x", "", "tie")).find("b.jsonl:3: `model_b` has 0 bytes"),
            std::string::npos);
  EXPECT_NE(error_of("[]\n").find("b.jsonl:1: is a list, expected an object"), std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie") + "{\"model_a\"").find("b.jsonl:2:"), std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie", R"(,"order":"up")")).find("`order` is \"up\""),
            std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie", R"(,"turn":-1)")).find("`turn` is -1"),
            std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie"), {"tone"}).find("b.jsonl:1: no covariate `tone`"),
            std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie"), {"length"}).find("needs `answer_a`"),
            std::string::npos);
  EXPECT_NE(error_of(line("x", "y", "tie", R"(,"covariates":{"t":1e300})"), {"t"}).find("1e12"),
            std::string::npos);
  EXPECT_NE(error_of(std::string(kBattleLineBytesMax + 1, ' ')).find("more than"),
            std::string::npos);
}

TEST(Battles, CovariatesAreRelativeDifferences) {
  const Battles b = battles_of(
      line("x", "y", "tie",
           R"(,"answer_a":"abc","answer_b":"a","covariates":{"t":[1,3],"u":-2.5})") +
          line("x", "y", "tie",
               R"(,"answer_a":"","answer_b":"","covariates":{"t":[0,0],"u":0,"length":[5,15]})"),
      {"length", "t", "u"});
  EXPECT_EQ(b.covariates, (std::vector<double>{0.5, -0.5, -2.5, -0.5, 0, 0}));
}

TEST(Ranking, BothOrdersOfAPairAreOneBattleAndTheFlipsAreCounted) {
  std::string text;
  const auto pair = [&](const std::string& item, const std::string& first_order,
                        const std::string& second_order) {
    const std::string id = R"(,"item":")" + item + "\"";
    text += line("x", "y", first_order, id) + line("y", "x", second_order, id);
  };
  pair("q1", "model_a", "model_b");  // x both times
  pair("q2", "model_a", "model_a");  // whoever was first
  pair("q3", "model_b", "model_b");  // whoever was second
  pair("q4", "tie", "tie");
  pair("q5", "model_b", "model_a");  // y both times
  pair("q6", "model_a", "tie");
  text += line("x", "y", "model_a", R"(,"item":"q7")");  // one order only
  const Ranking r = rank_battles(battles_of(text), {});
  ASSERT_TRUE(r.position);
  EXPECT_EQ(r.position->pairs, 6U);
  EXPECT_DOUBLE_EQ(*r.position->changed.value, 0.5);
  EXPECT_EQ(r.position->first_twice, 1U);
  EXPECT_EQ(r.position->second_twice, 1U);
  // Decided: q1 2, q2 2, q3 2, q5 2, q6 1; won from first place: q1 1, q2 2, q5 1, q6 1.
  EXPECT_EQ(r.position->first_wins.n, 9U);
  EXPECT_NEAR(*r.position->first_wins.value, 5.0 / 9, 1e-12);
  // Half wins of x: 1 + .5 + .5 + .5 + 0 + .75 + 1 of 7.
  const double p = 4.25 / 7;
  EXPECT_NEAR(*model(r, "x").rating.value, 1000 + 200 * std::log10(p / (1 - p)), 1e-6);
  EXPECT_EQ(r.clusters, 7U);
}

TEST(Ranking, OrderBaSwapsThePlacesNotTheWinner) {
  const Ranking r = rank_battles(battles_of(line("x", "y", "model_a", R"(,"item":1)") +
                                            line("x", "y", "model_b", R"(,"item":1,"order":"ba")")),
                                 {});
  ASSERT_TRUE(r.position);
  EXPECT_EQ(r.position->first_twice, 1U);
  // The same order twice is no pair of orders; another judge is another pair.
  EXPECT_FALSE(rank_battles(battles_of(line("x", "y", "model_a", R"(,"item":1)") +
                                       line("x", "y", "model_b", R"(,"item":1)")),
                            {})
                   .position);
  EXPECT_FALSE(rank_battles(battles_of(line("x", "y", "model_a", R"(,"item":1,"judge":"p")") +
                                       line("y", "x", "model_b", R"(,"item":1,"judge":"q")")),
                            {})
                   .position);
}

TEST(Ranking, StyleIsScaledAndDoesNotDependOnWhoIsNamedFirst) {
  std::string text;
  std::string swapped;
  const auto add = [&](int a, int b, bool a_wins) {
    const std::string sa = std::to_string(a);
    const std::string sb = std::to_string(b);
    text += line("x", "y", a_wins ? "model_a" : "model_b",
                 R"(,"covariates":{"words":[)" + sa + "," + sb + "]}");
    swapped += line("y", "x", a_wins ? "model_b" : "model_a",
                    R"(,"covariates":{"words":[)" + sb + "," + sa + "]}");
  };
  for (int i = 0; i < 40; ++i) add(10 + i % 7, 10 + i % 5, (i % 7 > i % 5) != (i % 4 == 0));
  const Ranking a = rank_battles(battles_of(text, {"words"}), {});
  const Ranking b = rank_battles(battles_of(swapped, {"words"}), {});
  ASSERT_TRUE(a.style[0].log_odds.value);
  EXPECT_GT(*a.style[0].log_odds.value, 0);
  EXPECT_GT(a.style[0].unit, 0);
  EXPECT_NEAR(*a.style[0].log_odds.value, *b.style[0].log_odds.value, 1e-9);
  EXPECT_NEAR(*model(a, "x").rating.value, *model(b, "x").rating.value, 1e-6);
  EXPECT_NEAR(*a.style[0].points, *a.style[0].log_odds.value * 400 / std::log(10), 1e-9);
}

TEST(Ranking, GroupsAndReasonsAreSaid) {
  const Ranking r = rank_battles(
      battles_of(line("a", "b", "model_a") + line("b", "a", "model_a") + line("c", "d", "tie") +
                 line("e", "a", "model_a") + line("f", "f", "tie")),
      {});
  EXPECT_EQ(r.groups[0].size(), 2U);
  EXPECT_EQ(r.groups[1].size(), 2U);
  EXPECT_FALSE(model(r, "e").rating.value);
  EXPECT_EQ(model(r, "e").rating.method, "unbounded: won every battle");
  EXPECT_EQ(model(r, "f").rating.method, "no battles");
  std::string notes;
  for (const std::string& note : r.notes) notes += note + "\n";
  EXPECT_NE(notes.find("1 battles of a model against itself"), std::string::npos);
  EXPECT_NE(notes.find("only ratings of one group"), std::string::npos);
  EXPECT_NE(notes.find("1 battles are between groups"), std::string::npos);
  const Ranking none = rank_battles({}, {});
  EXPECT_TRUE(none.groups.empty());
  EXPECT_EQ(none.notes, std::vector<std::string>{"no ratings: no battles"});
}

// --- run files

FakeStore run_of(const std::string& path, const std::vector<std::string>& models) {
  FakeStore store(path);
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "s";
  suite.prompt_hash = "p";
  suite.data_hash = "d";
  suite.scorer_hash = "c";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  store.info.suites = {suite};
  for (size_t m = 0; m < models.size(); ++m) {
    ModelInfo info;
    info.id = static_cast<uint32_t>(m + 1);
    info.name = models[m];
    info.config_hash = models[m];
    store.info.models.push_back(info);
  }
  return store;
}

void answer(FakeStore& store, uint32_t model, uint64_t index, double value,
            const std::string& cluster = "") {
  test::FakeRecord record;
  record.model = model;
  record.index = index;
  record.cluster = cluster;
  record.done_ns = 1;
  record.scores = {{.value = value}};
  store.add(record);
}

Result<RankingReport> rank_one(const FakeStore& store, const RankingOptions& options = {}) {
  const RunStore* const stores[] = {&store};   // NOLINT: spans want arrays
  const std::string names[] = {store.path()};  // NOLINT: as above
  return rank_runs(stores, names, options);
}

TEST(RankRuns, ItemsAreBattles) {
  FakeStore store = run_of("a.assay", {"good", "bad"});
  for (uint64_t i = 0; i < 10; ++i) {
    answer(store, 1, i, i < 8 ? 1 : 0);
    if (i != 9) answer(store, 2, i, i < 3 || i == 8 ? 1 : 0);
  }
  const Result<RankingReport> report = rank_one(store);
  ASSERT_TRUE(report) << report.error().text();
  const Ranking& r = report->rankings.at(0);
  EXPECT_EQ(r.title, "s");
  EXPECT_EQ(r.battles, 9U);  // the tenth has one answer
  const RankedModel& good = model(r, "good");
  EXPECT_EQ(good.wins, 5U);
  EXPECT_EQ(good.ties, 3U);
  EXPECT_EQ(good.losses, 1U);
  EXPECT_NEAR(*good.rating.value, 1000 + 200 * std::log10(6.5 / 2.5), 1e-6);
  EXPECT_EQ(r.clusters, 9U);
}

TEST(RankRuns, ClustersOfTheSuiteStayTogetherEvenWhereAnswersAreMissing) {
  FakeStore store = run_of("a.assay", {"x", "y", "z"});
  for (uint64_t i = 0; i < 6; ++i) {
    const std::string page = "page" + std::to_string(i / 2);
    if (i != 0) answer(store, 1, i, i % 3 == 0 ? 1 : 0, page);
    answer(store, 2, i, i % 2 == 0 ? 1 : 0, page);
    answer(store, 3, i, i % 4 == 0 ? 1 : 0, page);
  }
  const Result<RankingReport> report = rank_one(store);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->rankings.at(0).clusters, 3U);
}

TEST(RankRuns, NothingToRankIsSaid) {
  FakeStore one = run_of("a.assay", {"only"});
  answer(one, 1, 0, 1);
  const Result<RankingReport> single = rank_one(one);
  ASSERT_TRUE(single);
  EXPECT_FALSE(single->rankings.at(0).groups.at(0).at(0).rating.value);
  EXPECT_EQ(single->rankings.at(0).notes, std::vector<std::string>{"no ratings: no battles"});
  const FakeStore empty = run_of("a.assay", {"only"});
  const Result<RankingReport> none = rank_one(empty);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->rankings.empty());
  EXPECT_EQ(none->notes, std::vector<std::string>{"no judged items in these files"});
}

}  // namespace
}  // namespace assay::aggregate
