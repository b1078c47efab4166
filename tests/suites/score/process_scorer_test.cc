// The scorer `process` against real programs: shell, and Python where it is installed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

const std::string kExamples = std::string(ASSAY_SOURCE_DIR) + "/examples/scorer-process";

std::unique_ptr<Scorer> make(const Json& options, const std::string& base_dir = "") {
  auto scorer = make_scorer("process", options, nullptr, base_dir);
  EXPECT_TRUE(scorer.has_value()) << scorer.error().text();
  return scorer ? std::move(scorer).value() : nullptr;
}

// A scorer whose program is a shell script given as text.
std::unique_ptr<Scorer> shell(const std::string& script, Json options = Json::object()) {
  options["command"] = {"sh", "-c", script};
  return make(options);
}

std::vector<Score> judge(const Scorer& scorer, const std::string& answer,
                         Outcome outcome = Outcome::kOk) {
  Sample sample;
  sample.id = "s1";
  sample.targets = {"target"};
  sample.doc = R"sh({"row": 1})sh";
  Response response;
  response.answer = answer;
  response.outcome = outcome;
  std::vector<Score> scores;
  scorer.judge(sample, response, scores);
  EXPECT_EQ(scores.size(), scorer.metrics().size());
  return scores;
}

constexpr const char* kAlwaysRight =
    R"sh(while read -r l; do echo '{"scores":{"accuracy":1}}'; done)sh";

TEST(ProcessScorer, OneChildAnswersManyRequests) {
  // The child counts its requests: a new child would begin again at 1.
  const auto scorer =
      shell(R"sh(n=0; while read -r l; do n=$((n+1)); echo "{\"scores\":{\"n\":$n}}"; done)sh",
            {{"metrics", {{{"name", "n"}, {"binary", false}}}}});
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(judge(*scorer, "x")[0].value, i);
}

TEST(ProcessScorer, SeesTheRequestOnOneLine) {
  const auto scorer = shell(
      R"sh(while IFS= read -r l; do printf '%s' "$l" | grep -qF '{"sample":{"id":"s1","targets":["target"],"choices":[],"fields":{},"doc":{"row":1}},"response":{"answer":"a\nb\"c","reasoning":"","outcome":"ok"}}' && v=1 || v=0; echo "{\"scores\":{\"accuracy\":$v}}"; done)sh");
  EXPECT_EQ(judge(*scorer, "a\nb\"c")[0].value, 1);
}

TEST(ProcessScorer, ReadsValueWeightExtractedAndReason) {
  const auto scorer = shell(
      R"sh(while read -r l; do echo '{"scores":{"x":{"value":0.25,"weight":8,"extracted":"e","reason":"r"},"ok":true}}'; done)sh",
      {{"metrics", {{{"name", "x"}, {"higher_is_better", false}, {"binary", false}}, "ok"}}});
  EXPECT_FALSE(scorer->metrics()[0].higher_is_better);
  EXPECT_EQ(scorer->metrics()[0].scorer, "process");
  const auto scores = judge(*scorer, "x");
  EXPECT_EQ(scores[0].value, 0.25);
  EXPECT_EQ(scores[0].weight, 8);
  EXPECT_EQ(scores[0].extracted, "e");
  EXPECT_EQ(scores[0].reason, "r");
  EXPECT_EQ(scores[1].value, 1);
}

void expect_unscored(const std::string& script, const std::string& reason,
                     const Json& options = Json::object()) {
  const auto scorer = shell(script, options);
  const auto scores = judge(*scorer, "x");
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored);
  EXPECT_EQ(scores[0].reason, reason);
}

TEST(ProcessScorer, WhatTheProgramGetsWrongIsUnscored) {
  expect_unscored(R"sh(read -r l; echo '{"unscored":"no idea"}'; read -r l)sh", "no idea");
  expect_unscored(R"sh(read -r l; echo '{}'; read -r l)sh",
                  "the scorer program's reply has neither `scores` nor `unscored`");
  expect_unscored(R"sh(read -r l; echo '{"scores":{"acuracy":1}}'; read -r l)sh",
                  "score `accuracy` of the scorer program is missing");
  expect_unscored(R"sh(read -r l; echo '{"scores":{"accuracy":"1"}}'; read -r l)sh",
                  "score `accuracy` of the scorer program is a string, expected a number");
  expect_unscored(R"sh(read -r l; echo '{"scores":{"accuracy":0.5}}'; read -r l)sh",
                  "score `accuracy` of the scorer program is 0.5, expected 0 or 1 (the metric is "
                  "binary)");
  expect_unscored(
      R"sh(read -r l; echo '{"scores":{"accuracy":{"value":1,"weight":2}}}'; read -r l)sh",
      "score `accuracy` of the scorer program has weight 2, expected 1 (the metric is binary)");
  expect_unscored("read -r l; echo oops >&2; exit 3",
                  "the scorer program ended: exit code 3; it wrote: oops");
  expect_unscored("exec 1>&-; sleep 60", "the scorer program closed its output");
  expect_unscored("read -r l; sleep 60", "the scorer program gave no reply within 0.2 s",
                  {{"timeout", 0.2}});
  expect_unscored("read -r l; echo not JSON",
                  "reply of the scorer program:1:2: syntax error while parsing value - invalid "
                  "literal; last read: 'no'");
}

TEST(ProcessScorer, AReplyWithoutEndIsCutAtTheLimit) {
  const auto scorer = shell("read -r l; while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
                            {{"reply_bytes_max", 1000}});
  const auto scores = judge(*scorer, "x");
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored);
  EXPECT_EQ(scores[0].reason, "the scorer program's reply is longer than 1000 bytes");
}

TEST(ProcessScorer, LinesThatNobodyAskedForEndTheChild) {
  const auto scorer = shell(
      R"sh(while read -r l; do printf '{"scores":{"accuracy":1}}\n{"scores":{"accuracy":0}}\n'; done)sh");
  EXPECT_EQ(judge(*scorer, "x")[0].value, 1);
  const auto scores = judge(*scorer, "x");
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored) << "never the reply of another request";
  EXPECT_EQ(scores[0].reason, "the scorer program wrote a line that nobody asked for");
  EXPECT_EQ(judge(*scorer, "x")[0].value, 1);
}

TEST(ProcessScorer, ANewChildAfterACrash) {
  const auto scorer = shell(
      R"sh(while read -r l; do case $l in *'"answer":"die"'*) exit 1;; esac; echo '{"scores":{"accuracy":1}}'; done)sh");
  EXPECT_EQ(judge(*scorer, "x")[0].value, 1);
  EXPECT_EQ(judge(*scorer, "die")[0].status, ScoreStatus::kUnscored);
  EXPECT_EQ(judge(*scorer, "x")[0].value, 1);
}

TEST(ProcessScorer, ABigAnswerAndMuchOnStandardErrorDoNotBlock) {
  const auto scorer = shell(
      R"sh(while read -r l; do i=0; while [ $i -lt 3000 ]; do echo "noise noise noise noise noise noise" >&2; i=$((i+1)); done; echo '{"scores":{"accuracy":1}}'; done)sh");
  EXPECT_EQ(judge(*scorer, std::string(500'000, 'x'))[0].value, 1);
  EXPECT_EQ(judge(*scorer, "y")[0].value, 1);
}

TEST(ProcessScorer, AProgramThatCannotStartIsUnscored) {
  const auto scorer = make({{"command", {"no-such-program-anywhere"}}});
  const auto scores = judge(*scorer, "x");
  EXPECT_EQ(scores[0].status, ScoreStatus::kUnscored);
  EXPECT_NE(scores[0].reason.find("no-such-program-anywhere"), std::string::npos);
}

TEST(ProcessScorer, NoUsableAnswerIsWrongWithoutAsking) {
  const auto scorer = shell(kAlwaysRight);
  const auto scores = judge(*scorer, "", Outcome::kCutOffWhileThinking);
  EXPECT_EQ(scores[0].status, ScoreStatus::kScored);
  EXPECT_EQ(scores[0].value, 0);
  EXPECT_EQ(scores[0].reason, "cut off while thinking");
}

TEST(ProcessScorer, SeveralThreadsShareFewChildren) {
  // Each child says its process id; at most two of them may ever exist.
  const auto scorer =
      shell(R"sh(while read -r l; do echo "{\"scores\":{\"pid\":$$}}"; done)sh",
            {{"processes", 2}, {"metrics", {{{"name", "pid"}, {"binary", false}}}}});
  std::vector<std::vector<Score>> scores(6);
  std::vector<std::thread> threads;
  for (auto& mine : scores) {
    threads.emplace_back([&] {
      Response response;
      response.outcome = Outcome::kOk;
      for (int i = 0; i < 50; ++i) scorer->judge({}, response, mine);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<double> pids;
  for (const auto& mine : scores) {
    ASSERT_EQ(mine.size(), 50U);
    for (const Score& score : mine) {
      ASSERT_EQ(score.status, ScoreStatus::kScored) << score.reason;
      if (std::find(pids.begin(), pids.end(), score.value) == pids.end()) {
        pids.push_back(score.value);
      }
    }
  }
  EXPECT_LE(pids.size(), 2U);
}

TEST(ProcessScorer, IdentityCoversTheProgramsFile) {
  const auto scorer = make({{"command", {"sh", "says_sorry.sh"}}}, kExamples);
  EXPECT_NE(scorer->identity().find(" says_sorry.sh@"), std::string::npos) << scorer->identity();
}

TEST(ProcessScorerExamples, Shell) {
  const auto scorer =
      make({{"command", {"sh", "says_sorry.sh"}}, {"metrics", {"no_apology"}}}, kExamples);
  EXPECT_EQ(judge(*scorer, "Seoul.")[0].value, 1);
  EXPECT_EQ(judge(*scorer, "I am sorry, \"no\".")[0].value, 0);
  EXPECT_EQ(judge(*scorer, "죄송합니다.")[0].reason, "it apologises");
}

TEST(ProcessScorerExamples, Python) {
  if (std::system("python3 -c pass 2>/dev/null") != 0) GTEST_SKIP() << "python3 is not installed";
  const auto scorer = make({{"command", {"python3", "palindrome.py"}},
                            {"metrics", {"palindrome", {{"name", "letters"}, {"binary", false}}}}},
                           kExamples);
  const auto scores = judge(*scorer, "A man, a plan, a canal: Panama");
  EXPECT_EQ(scores[0].value, 1);
  EXPECT_EQ(scores[0].extracted, "amanaplanacanalpanama");
  EXPECT_EQ(scores[1].value, 21);
  EXPECT_EQ(judge(*scorer, "서울")[0].reason, "reads differently");
}

}  // namespace
}  // namespace assay::suites
