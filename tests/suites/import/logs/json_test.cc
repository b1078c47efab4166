// JSON as Python writes it, lists found in long documents, and scores from whatever stands there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "suites/import/logs/json_slices.h"
#include "suites/import/logs/log_values.h"
#include "suites/import/logs/python_json.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PythonJson, BareWordsBecomeTextsOutsideStringsOnly) {
  EXPECT_EQ(plain_json(R"({"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \" NaN"})"),
            R"({"a":"NaN","b":["-Infinity","Infinity"],"c":"NaN \" NaN"})");
  EXPECT_EQ(plain_json("[-1,\"\\ud83d\\ude00\",\"\\ud83d x\",\"\\ude00\"]"),
            "[-1,\"\\ud83d\\ude00\",\"\\ufffd x\",\"\\ufffd\"]");
  const auto json = parse_python_json("{\n\"x\": NaN, oops}", "f.jsonl", 7);
  ASSERT_FALSE(json);
  EXPECT_THAT(json.error().where, HasSubstr("f.jsonl:8:"));
  for (const char* text : {"\"", "\"\\", "\"\\u", "\"\\ud83d", "-", "N", "\\"}) {
    (void)plain_json(text);
  }
}

TEST(JsonSlices, FindsTheElementsAndLeavesTheRest) {
  const std::string text = R"({"a":[1],"results":{"x":"]}","results":[{"b":"]"}, 2 ,"c"],"y":1}})";
  const auto slices = slice_json(text, {"results", "results"}, "f", 10);
  ASSERT_TRUE(slices) << slices.error().text();
  EXPECT_TRUE(slices->found);
  EXPECT_THAT(slices->elements, ElementsAre(R"({"b":"]"})", "2", R"("c")"));
  EXPECT_EQ(slices->rest, R"({"a":[1],"results":{"x":"]}","results":[],"y":1}})");
}

TEST(JsonSlices, WhatIsNotThereIsNotFound) {
  for (const char* text : {"{}", "[]", "1", "", R"({"samples":{}})", R"({"x":[1]})"}) {
    const auto slices = slice_json(text, {"samples"}, "f", 10);
    ASSERT_TRUE(slices) << text;
    EXPECT_FALSE(slices->found) << text;
  }
  const auto empty = slice_json(R"({"samples": [ ]})", {"samples"}, "f", 10);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->found);
  EXPECT_TRUE(empty->elements.empty());
}

TEST(JsonSlices, EveryCutIsAnErrorOrNotFound) {
  const std::string text = R"({"a":{"b":"c"},"samples":[{"x":[1,"]"]},{"y":2}]})";
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    const auto slices = slice_json(text.substr(0, size), {"samples"}, "f", 10);
    if (size + 1 == text.size() || !slices) continue;
    EXPECT_FALSE(slices->found && slices->elements.size() < 2) << size;
  }
  EXPECT_FALSE(slice_json("[1,2,3]", {}, "f", 2));
}

Score only(const Json& value, ScoreWords words = ScoreWords::kInspect) {
  std::vector<Score> scores;
  add_scores("m", value, words, "", "", scores);
  EXPECT_EQ(scores.size(), 1U);
  return scores.front();
}

// Values of inspect_ai's value_to_float (scorer/_metric.py), and what has none there.
TEST(ForeignScores, WordsOfInspect) {
  const std::vector<std::pair<std::string, double>> words{
      {"C", 1}, {"I", 0}, {"P", 0.5}, {"N", 0}, {"yes", 1}, {"No", 0}, {"TRUE", 1}, {"0.25", 0.25}};
  for (const auto& [word, value] : words) {
    const Score score = only(word);
    EXPECT_EQ(score.status, ScoreStatus::kScored) << word;
    EXPECT_EQ(score.value, value) << word;
  }
  EXPECT_EQ(only(true).value, 1);
  EXPECT_EQ(only(-3).value, -3);
}

TEST(ForeignScores, WhatIsNoNumberIsUnscoredWithTheReason) {
  const std::vector<std::pair<Json, std::string>> cases{
      {"NaN", "says NaN"},       {"-Infinity", "says -Infinity"}, {"GREAT", "expected a number"},
      {nullptr, "no value"},     {std::nan(""), "not finite"},    {Json::array(), "of 0 members"},
      {"", "expected a number"}, {"1e999", "expected a number"}};
  for (const auto& [value, reason] : cases) {
    const Score score = only(value);
    EXPECT_EQ(score.status, ScoreStatus::kUnscored) << value;
    EXPECT_THAT(score.reason, HasSubstr(reason)) << value;
  }
  EXPECT_EQ(only("C", ScoreWords::kNone).status, ScoreStatus::kUnscored);
}

TEST(ForeignScores, ObjectsAndListsAreSeveralMetrics) {
  std::vector<Score> scores;
  add_scores("judge", Json{{"style", 4}, {"facts", "NaN"}}, ScoreWords::kInspect, "", "", scores);
  add_scores("parts", Json{0.5, true}, ScoreWords::kInspect, "", "", scores);
  ASSERT_EQ(scores.size(), 4U);
  EXPECT_EQ(scores[0].metric, "judge.style");
  EXPECT_EQ(scores[0].value, 4);
  EXPECT_EQ(scores[1].metric, "judge.facts");
  EXPECT_EQ(scores[1].status, ScoreStatus::kUnscored);
  EXPECT_EQ(scores[2].metric, "parts.0");
  EXPECT_EQ(scores[3].metric, "parts.1");
  EXPECT_EQ(scores[3].value, 1);
}

TEST(ForeignScores, DirectionsByName) {
  for (const char* name : {"perplexity", "word_perplexity,none", "wer", "bits_per_byte", "WER",
                           "brier_score", "judge.error_rate", "eval_loss"}) {
    EXPECT_TRUE(lower_is_better(name)) << name;
  }
  for (const char* name : {"acc", "acc_norm,none", "exact_match,flexible-extract", "f1", "score",
                           "terms", "pass_rate", "answer", ""}) {
    EXPECT_FALSE(lower_is_better(name)) << name;
  }
}

TEST(LogValues, TimesAndMoney) {
  EXPECT_EQ(epoch_ns("1970-01-02T00:00:00Z"), 86'400'000'000'000);
  EXPECT_EQ(epoch_ns("2025-02-01T10:00:00.5+00:00"), 1'738'404'000'500'000'000);
  EXPECT_EQ(epoch_ns("2025-02-01T19:00:00+09:00"), 1'738'404'000'000'000'000);
  for (const char* text :
       {"", "2025", "2025-13-01T00:00:00", "2025-02-30T00:00:00", "yesterday at 5"}) {
    EXPECT_FALSE(epoch_ns(text)) << text;
  }
  EXPECT_EQ(nanoseconds(0.25), 250'000'000);
  EXPECT_EQ(nanoseconds(-1), -1);
  EXPECT_EQ(nanoseconds(1e300), -1);
  EXPECT_EQ(nanoseconds(std::nan("")), -1);
  EXPECT_EQ(dollars(0.001)->nano, 1'000'000);
  EXPECT_FALSE(dollars(-1));
  EXPECT_FALSE(dollars(1e18));
}

TEST(LogValues, ShortTextsAreWholeCharacters) {
  EXPECT_EQ(short_text("가나", 4), "가");
  EXPECT_EQ(short_text("a\nb", 10), "a b");
  EXPECT_EQ(log_name("  \t ", "x"), "x");
}

}  // namespace
}  // namespace assay::suites
