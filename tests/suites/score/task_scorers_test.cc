// Scorers of single tasks: truthfulqa_mc on log-likelihoods that are written out (expected values
// from the formula), and those that refuse every reply (judge, code_tests).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/json.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

Score judge(const Sample& sample, const Response& response) {
  const auto scorer = make_scorer("truthfulqa_mc", Json::object(), nullptr, "");
  EXPECT_TRUE(scorer.has_value());
  std::vector<Score> scores;
  (*scorer)->judge(sample, response, scores);
  EXPECT_EQ(scores.size(), 1U);
  return scores.at(0);
}

Sample three_choices(std::vector<uint32_t> gold) {
  Sample sample;
  sample.choices = {"a", "b", "c"};
  sample.gold = std::move(gold);
  return sample;
}

Response of(const std::vector<double>& sums) {
  Response response;
  response.outcome = Outcome::kOk;
  for (const double sum : sums) response.loglikelihoods.push_back({sum, false, 1});
  return response;
}

TEST(TruthfulQaMc, IsTheMassOfTheTrueChoices) {
  const Response response = of({std::log(0.2), std::log(0.3), std::log(0.1)});
  EXPECT_NEAR(judge(three_choices({0, 1}), response).value, 5.0 / 6.0, 1e-15);
  EXPECT_NEAR(judge(three_choices({2}), response).value, 1.0 / 6.0, 1e-15);
  EXPECT_EQ(judge(three_choices({0, 1, 2}), response).value, 1);
}

TEST(TruthfulQaMc, LongChoicesDoNotUnderflow) {
  EXPECT_NEAR(judge(three_choices({0}), of({-1000, -1000 - std::log(3), -5000})).value, 0.75,
              1e-12);
}

TEST(TruthfulQaMc, TargetsStandInWhereNoNumbersAreKnown) {
  Sample sample = three_choices({});
  sample.targets = {"b"};
  EXPECT_NEAR(judge(sample, of({0, 0, 0})).value, 1.0 / 3.0, 1e-15);
}

TEST(TruthfulQaMc, AnImpossibleChoiceHasNoMass) {
  const double none = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(judge(three_choices({0}), of({none, -1, -2})).value, 0);
}

TEST(TruthfulQaMc, WhatCannotBeJudgedIsUnscored) {
  const double none = -std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Sample sample = three_choices({0});
  EXPECT_EQ(judge(sample, of({-1, -2})).reason, "the reply has 2 log-likelihoods for 3 choices");
  EXPECT_EQ(judge(sample, of({-1, nan, -2})).status, ScoreStatus::kUnscored);
  EXPECT_EQ(judge(sample, of({none, none, none})).status, ScoreStatus::kUnscored);
  EXPECT_EQ(judge(three_choices({}), of({-1, -1, -1})).status, ScoreStatus::kUnscored);
  EXPECT_EQ(judge(three_choices({3}), of({-1, -1, -1})).status, ScoreStatus::kUnscored);
}

TEST(TruthfulQaMc, AFailedReplyIsWrong) {
  Response response;
  response.outcome = Outcome::kRefused;
  const Score score = judge(three_choices({0}), response);
  EXPECT_EQ(score.status, ScoreStatus::kScored);
  EXPECT_EQ(score.value, 0);
  EXPECT_EQ(score.reason, "refused");
}

TEST(Judge, RefusesEveryReply) {
  const auto scorer = make_scorer("judge", Json::object(), nullptr, "");
  std::vector<Score> scores;
  (*scorer)->judge(Sample{}, of({}), scores);
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored);
  EXPECT_FALSE(scores[0].reason.empty());
}

TEST(CodeTests, ShowsTheProgramAndRefusesToRunIt) {
  const auto scorer = make_scorer("code_tests", Json{{"program", "completion"}}, nullptr, "");
  ASSERT_TRUE(scorer.has_value()) << scorer.error().text();
  Sample sample;
  sample.doc = R"j({"prompt": "def f():\n"})j";
  Response response = of({});
  response.answer = "  return 1";
  std::vector<Score> scores;
  (*scorer)->judge(sample, response, scores);
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored);
  EXPECT_EQ(scores[0].reason,
            "running code of models needs the sandbox, which this version does not have");
  EXPECT_EQ(scores[0].extracted, "def f():\n  return 1");
}

}  // namespace
}  // namespace assay::suites
