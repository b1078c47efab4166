// Filters and exact_match on what Python makes of the same input (make_filter_cases.py writes the
// files), and what a task file may not say.
#include "suites/score/lm_eval/filters.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/lm_eval/choice_metrics.h"
#include "suites/score/lm_eval/generation.h"
#include "suites/score/lm_eval/metric_list.h"
#include "suites/score/lm_eval/python_text.h"

namespace assay::suites::lm_eval {
namespace {

void for_each_row(const std::string& name, size_t rows_min,
                  const std::function<void(const Json&)>& check) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/suites/score/lm_eval/" + name;
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::string line;
  size_t rows = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    SCOPED_TRACE(path + ":" + std::to_string(number) + ": " + line.substr(0, 400));
    const Result<Json> row = parse_json(line, path, number);
    ASSERT_TRUE(row.has_value()) << row.error().text();
    check(*row);
    ++rows;
  }
  EXPECT_GE(rows, rows_min);
}

TEST(Filters, MakeWhatTheReferenceMakes) {
  for_each_row("filters.jsonl", 500, [](const Json& row) {
    const auto pipeline = FilterPipeline::from_json(row["steps"], "filter");
    ASSERT_TRUE(pipeline.has_value()) << pipeline.error().text();
    std::vector<std::string> choices;
    if (row["choices"].is_array()) choices = row["choices"].get<std::vector<std::string>>();
    const Result<Json> got =
        pipeline->apply(row["responses"].get<std::vector<std::string>>(), {&choices});
    if (row.contains("error")) {
      EXPECT_FALSE(got.has_value()) << "the reference raises, this gives " << got.value().dump();
    } else {
      ASSERT_TRUE(got.has_value()) << got.error().text();
      EXPECT_EQ(*got, row["expected"]);
    }
  });
}

TEST(ExactMatch, EqualsWhatNumpyFinds) {
  for_each_row("exact_match.jsonl", 200, [](const Json& row) {
    Json config = row["options"];
    config["metric"] = "exact_match";
    const auto metrics =
        read_metric_list(Json::array({config}), OutputType::kGenerateUntil, "metric_list");
    ASSERT_TRUE(metrics.has_value()) << metrics.error().text();
    const auto share = metrics->front().exact->share(
        row["prediction"].get<std::string>(), row["references"].get<std::vector<std::string>>());
    ASSERT_TRUE(share.has_value());
    EXPECT_DOUBLE_EQ(*share, row["expected"].get<double>());
  });
}

TEST(ExactMatch, ValuesThatAreNoTexts) {
  const ExactMatch match;
  EXPECT_EQ(exact_match_value(match, Json(3), {"3"}).value(), 1);
  EXPECT_EQ(exact_match_value(match, Json(3), {"4", " 3.0 "}).value(), 1);
  EXPECT_EQ(exact_match_value(match, Json(3), {"three"}).value(), 0);
  EXPECT_EQ(exact_match_value(match, Json(), {"None"}).value(), 0);
  EXPECT_EQ(exact_match_value(match, Json::array({"a", "b"}), {"a"}).value(), 0.5);
  EXPECT_FALSE(exact_match_value(match, Json::array({"a", "b"}), {"a", "b"}).has_value());
  EXPECT_FALSE(exact_match_value(match, Json::array({1}), {"a"}).has_value());
}

std::string pipeline_error(const std::string& steps) {
  const auto pipeline = FilterPipeline::from_json(parse_json(steps, "test").value(), "filter");
  return pipeline ? "" : pipeline.error().text();
}

TEST(Filters, WrongOnesNamePlaceAndNearest) {
  EXPECT_EQ(pipeline_error(R"([{"function": "regx"}])"),
            "filter[0]: unknown filter `regx`, did you mean `regex`?");
  EXPECT_EQ(pipeline_error(R"([{"function": "take_first"}, {"function": "regex", "patern": "x"}])")
                .substr(0, 30),
            "filter[1]: unknown key `patern");
  EXPECT_EQ(pipeline_error(R"([{"function": "custom", "filter_fn": "!function utils.f"}])"),
            "filter[0]: filter `custom` needs Python (`filter_fn`)");
  EXPECT_EQ(pipeline_error(R"([{"function": "!function utils.Extract"}])"),
            "filter[0]: `function` is `!function utils.Extract`, which needs Python");
  EXPECT_EQ(pipeline_error(R"([{"function": "take_first_k"}])"),
            "filter[0]: take_first_k needs `k`");
  EXPECT_NE(pipeline_error(R"([{"function": "take_first_k", "k": 0}])"), "");
  EXPECT_NE(pipeline_error(R"([{"function": "regex", "regex_pattern": "(a"}])"), "");
  EXPECT_NE(pipeline_error(R"([{"function": "map", "mapping_dict": [1]}])"), "");
  EXPECT_NE(pipeline_error("[]"), "");
  EXPECT_NE(pipeline_error("{}"), "");
  EXPECT_NE(pipeline_error("[3]"), "");
}

Result<RepeatRule> rule_of(const std::string& steps) {
  auto pipeline = FilterPipeline::from_json(parse_json(steps, "test").value(), "filter");
  EXPECT_TRUE(pipeline.has_value()) << pipeline.error().text();
  return pipeline->repeats();
}

TEST(Filters, StepsOverRepeatsBecomeARule) {
  const std::string each = R"({"function": "lowercase"})";
  const std::string first = R"({"function": "take_first"})";
  const std::string three = R"({"function": "take_first_k", "k": 3})";
  const std::string vote = R"({"function": "majority_vote"})";
  const auto rule = [](std::initializer_list<std::string> steps) {
    std::string list;
    for (const std::string& step : steps) list += (list.empty() ? "" : ",") + step;
    const auto found = rule_of("[" + list + "]");
    return found ? std::to_string(found->first) + (found->vote ? " vote" : "") : "refused";
  };
  EXPECT_EQ(rule({each, first}), "1");
  EXPECT_EQ(rule({each}), "0");
  EXPECT_EQ(rule({three, each}), "3");
  EXPECT_EQ(rule({each, vote, first}), "0 vote");
  EXPECT_EQ(rule({three, each, vote, first}), "3 vote");
  EXPECT_EQ(rule({three, vote}), "3 vote");
  EXPECT_EQ(rule({vote, each, first}), "refused");
  EXPECT_EQ(rule({first, each}), "refused");
  EXPECT_EQ(rule({vote, vote}), "refused");
}

TEST(Filters, LimitsAreErrorsOfTheirOwn) {
  const auto pipeline = FilterPipeline::from_json(
      Json::array({Json{{"function", "regex"}, {"regex_pattern", "(a+)+$"}}}), "filter");
  const auto got = pipeline->apply_one(std::string(5000, 'a') + "!", {});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, ErrorCode::kLimit);
}

std::string metric_error(const std::string& list, OutputType type) {
  const auto metrics = read_metric_list(parse_json(list, "test").value(), type, "metric_list");
  return metrics ? "" : metrics.error().text();
}

TEST(MetricList, WrongOnesNamePlaceAndNearest) {
  const auto generate = [](const std::string& list) {
    return metric_error(list, OutputType::kGenerateUntil);
  };
  EXPECT_EQ(generate(R"([{"metric": "exact_mach"}])"),
            "metric_list[0]: unknown metric `exact_mach`, did you mean `exact_match`?");
  EXPECT_EQ(generate(R"([{"metric": "!function utils.score"}])"),
            "metric_list[0]: `metric` is `!function utils.score`, which needs Python");
  EXPECT_EQ(generate(R"([{"metric": "exact_match", "aggregation": "!function utils.agg"}])"),
            "metric_list[0]: `aggregation` is `!function utils.agg`, which needs Python");
  EXPECT_EQ(generate(R"([{"metric": "acc"}])"),
            "metric_list[0]: metric `acc` of generated texts needs `process_results`, a function "
            "in Python");
  EXPECT_EQ(generate(R"([{"metric": "bleu"}, {"metric": "chrf"}, {"metric": "ter"}])"), "");
  EXPECT_NE(generate(R"([{"metric": "f1"}])"), "");
  EXPECT_EQ(generate(R"([{"metric": "f1", "aggregation": "f1_macro"}])"), "");
  EXPECT_NE(generate(R"([{"metric": "exact_match", "aggregation": "perplexity"}])"), "");
  EXPECT_NE(generate(R"([{"metric": "exact_match", "ignore_cases": true}])"), "");
  EXPECT_NE(generate(R"([{"metric": "exact_match"}, {"metric": "exact_match"}])"), "");
  EXPECT_NE(generate(R"([{"metric": "f1", "aggregation": "f1_macro", "hf_evaluate": true}])"), "");
  EXPECT_EQ(generate(R"([{"metric": "exact_match", "hf_evaluate": true}])"), "");
  EXPECT_NE(generate("[]"), "");
}

TEST(MetricList, DefaultsAreThoseOfTheOutputType) {
  const auto names = [](OutputType type) {
    std::string out;
    const auto metrics = read_metric_list(Json(), type, "metric_list");
    for (const Metric& metric : metrics.value()) {
      out += metric.def.name + (metric.def.higher_is_better ? "+ " : "- ");
    }
    return out;
  };
  EXPECT_EQ(names(OutputType::kGenerateUntil), "exact_match+ ");
  EXPECT_EQ(names(OutputType::kMultipleChoice), "acc+ acc_norm+ ");
  EXPECT_EQ(names(OutputType::kLoglikelihood), "perplexity- acc+ ");
  EXPECT_EQ(names(OutputType::kLoglikelihoodRolling),
            "word_perplexity- byte_perplexity- bits_per_byte- ");
}

TEST(ChoiceMetrics, WordsAreThePiecesBetweenSpaces) {
  EXPECT_EQ(count_split_words(""), 1U);
  EXPECT_EQ(count_split_words("a"), 1U);
  EXPECT_EQ(count_split_words(" a\n\nb "), 4U);
  EXPECT_EQ(count_split_words("a\u3000b\x1c"
                              "c"),
            3U);
}

TEST(PythonText, CasesLikeStr) {
  EXPECT_EQ(python_lower("ΟΔΟΣ ΣΑΣ Σ ΑΣ'Α"), "οδος σας σ ασ'α");
  EXPECT_EQ(python_upper("straße ŉ ﬃ ᾳ ᾳ"), "STRASSE ʼN FFI ΑΙ ΑΙ");
}

}  // namespace
}  // namespace assay::suites::lm_eval
