// The scorers on cases that are data: every line of NAME.jsonl beside this file is one case of the
// scorer NAME. A new case is one new line:
//
//   {"response": "Paris.", "target": "Paris", "options": {"ignore_punctuation": true},
//    "expected": {"accuracy": 1}, "extracted": "Paris", "source": "..."}
//
// response: text; response_hex: its bytes; response_repeat: [text, times]. target or targets,
// choices, fields, doc (the data row), tool_calls, finish_reason, outcome (default "ok"). expected:
// metric -> value, or {value, weight}, or "unscored". extracted and reason are compared when given.
// choices, fields, outcome (default "ok"). expected: metric -> value, or {value, weight, parts},
// or "unscored". extracted and reason are compared when given.
// choices, fields, doc (the data row), outcome (default "ok"). expected: metric -> value, or
// {value, weight}, or "unscored". extracted and reason are compared when given.
// choices, gold (numbers), doc (a row), fields, outcome (default "ok"); loglikelihoods: [[sum,
// greedy], ...]. expected: metric -> value, or {value, weight}, or "unscored". extracted, reason
// and parts (of the first metric) are compared when given.
// choices, fields, doc (the data row), tool_calls, finish_reason, outcome (default "ok"). expected:
// metric -> value, or {value, weight}, or "unscored". extracted and reason are compared when given.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

constexpr size_t kCasesMin = 40;

struct Case {
  Sample sample;
  Response response;
  Json options = Json::object();
};

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string response_text(const Json& line) {
  if (line.contains("response_hex")) return from_hex(line["response_hex"].get<std::string>());
  if (!line.contains("response_repeat")) return line.at("response").get<std::string>();
  const auto piece = line["response_repeat"].at(0).get<std::string>();
  std::string text;
  for (int i = 0; i < line["response_repeat"].at(1).get<int>(); ++i) text += piece;
  return text;
}

Case read_case(const Json& line) {
  Case out;
  out.response.answer = response_text(line);
  out.response.outcome = *outcome_from_name(line.value("outcome", "ok"));
  if (line.contains("target")) out.sample.targets = {line["target"].get<std::string>()};
  if (line.contains("targets")) {
    out.sample.targets = line["targets"].get<std::vector<std::string>>();
  }
  if (line.contains("choices")) {
    out.sample.choices = line["choices"].get<std::vector<std::string>>();
  }
  if (line.contains("fields")) {
    for (const auto& [name, value] : line["fields"].items()) {
      out.sample.fields.emplace_back(name, value.get<std::string>());
    }
  }
  if (line.contains("doc")) out.sample.doc = dump_json(line["doc"]);
  if (line.contains("tool_calls")) {
    out.response.tool_calls = tool_calls_from_json(dump_json(line["tool_calls"]));
  }
  out.response.finish_reason = line.value("finish_reason", "");
  if (line.contains("gold")) out.sample.gold = line["gold"].get<std::vector<uint32_t>>();
  for (const Json& pair : line.value("loglikelihoods", Json::array())) {
    out.response.loglikelihoods.push_back({pair.at(0).get<double>(), pair.at(1).get<bool>()});
  }
  if (line.contains("options")) out.options = line["options"];
  return out;
}

void check_score(const Score& score, const Json& expected) {
  if (expected == "unscored") {
    EXPECT_EQ(score.status, ScoreStatus::kUnscored);
    EXPECT_FALSE(score.reason.empty()) << "an unscored reply says why";
    return;
  }
  ASSERT_EQ(score.status, ScoreStatus::kScored) << score.reason;
  const Json& value = expected.is_object() ? expected.at("value") : expected;
  EXPECT_NEAR(score.value, value.get<double>(), 1e-12 * std::max(1.0, std::abs(score.value)));
  if (expected.is_object() && expected.contains("weight")) {
    EXPECT_EQ(score.weight, expected["weight"].get<double>());
  }
  if (expected.is_object() && expected.contains("parts")) {
    EXPECT_EQ(score.parts, expected["parts"].get<std::vector<double>>());
  }
}

void check_case(const std::string& scorer_name, const Json& line) {
  const Case test = read_case(line);
  const auto scorer = make_scorer(scorer_name, test.options, nullptr, "");
  ASSERT_TRUE(scorer.has_value()) << scorer.error().text();
  std::vector<Score> scores;
  (*scorer)->judge(test.sample, test.response, scores);
  const auto& metrics = (*scorer)->metrics();
  ASSERT_EQ(scores.size(), metrics.size());
  ASSERT_EQ(line.at("expected").size(), metrics.size()) << "the case names every metric";
  for (size_t i = 0; i < metrics.size(); ++i) {
    EXPECT_EQ(scores[i].metric, metrics[i].name);
    ASSERT_TRUE(line["expected"].contains(metrics[i].name)) << metrics[i].name;
    check_score(scores[i], line["expected"][metrics[i].name]);
    if (metrics[i].binary && scores[i].status == ScoreStatus::kScored) {
      EXPECT_TRUE(scores[i].value == 0 || scores[i].value == 1);
      EXPECT_EQ(scores[i].weight, 1);
    }
  }
  if (line.contains("extracted")) {
    EXPECT_EQ(scores[0].extracted, line["extracted"].get<std::string>());
  }
  if (line.contains("parts")) {
    EXPECT_EQ(scores[0].parts, line["parts"].get<std::vector<double>>());
  }
  if (line.contains("reason")) {
    EXPECT_EQ(scores[0].reason, line["reason"].get<std::string>());
  }
}

class ScorerCases : public ::testing::TestWithParam<const char*> {};

TEST_P(ScorerCases, EveryLine) {
  const std::string name = GetParam();
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/suites/score/" + name + ".jsonl";
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::string text;
  size_t cases = 0;
  for (int number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    SCOPED_TRACE(path + ":" + std::to_string(number) + ": " + text.substr(0, 300));
    const auto line = parse_json(text, path, number);
    ASSERT_TRUE(line.has_value()) << line.error().text();
    ASSERT_TRUE(line->contains("source")) << "a case says where it comes from";
    check_case(name, *line);
    ++cases;
  }
  EXPECT_GE(cases, kCasesMin);
}

INSTANTIATE_TEST_SUITE_P(All, ScorerCases,
                         ::testing::Values("anls", "assertions", "bleu", "cer", "choice", "chrf",
                                           "drop", "exact", "fields", "hendrycks_math", "ifeval",
                                           "includes", "json", "json_schema", "lm_eval", "math",
                                           "minerva_math", "number", "ratio", "regex", "rouge",
                                           "squad", "ter", "tool_calls", "wer"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace assay::suites
